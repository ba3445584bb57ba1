"""All that a trial may vary, as plain values (notes §5 call these the hyperparameters)."""

from dataclasses import dataclass, field

from pipeline.feed.augmentation import Augmentation
from pipeline.nn.optimizers import Rules
from pipeline.nn.regularizers import Penalty
from pipeline.nn.schedules import Schedule
from pipeline.training.loop import Plan
from pipeline.training.stopping import Limits

SCHEMES = ("hold_out", "k_fold", "leave_one_out")


@dataclass(frozen=True)
class Scheme:
    """How a trial is validated: ``hold_out``, ``k_fold`` (with ``folds``) or ``leave_one_out`` (notes §5)."""

    name: str = "hold_out"
    folds: int = 5


@dataclass(frozen=True)
class Hyperparameters:
    """hidden: units per hidden layer; activations: one per hidden layer; guard: None for the activation's own."""

    hidden: tuple[int, ...]
    activations: tuple[str, ...]
    output: str
    loss: str
    plan: Plan
    limits: Limits
    seed: int
    dtype: str = "float32"
    guard: float | None = None
    initializer: str = "fan_in"
    sigma: float = 0.1
    preprocessing: str = "none"
    components: float = 0.0
    rules: Rules = field(default_factory=Rules)
    penalty: Penalty = field(default_factory=Penalty)
    schedule: Schedule = field(default_factory=Schedule)
    layer_rates: str = "equal"
    rate_factors: tuple[float, ...] = ()
    sampling: str = "uniform"
    augmentation: Augmentation = field(default_factory=Augmentation)
    diagnostics: bool = True
    scheme: Scheme = field(default_factory=Scheme)
