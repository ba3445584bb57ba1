"""The typed schema of a trial's settings, with ranges: what conf/ and the command line may say."""

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from pipeline.errors import HoldoutError
from pipeline.feed.preprocessing import PREPROCESSING
from pipeline.feed.sampling import SAMPLING
from pipeline.nn.initializers import INITIALIZERS
from pipeline.nn.losses import LOSSES
from pipeline.nn.optimizers import OPTIMIZERS
from pipeline.nn.schedules import RATE_SCHEMES, SCHEDULES
from pipeline.numerics import MODES, NATIVE
from pipeline.training.heads import AUTO
from pipeline.training.hyperparameters import SCHEMES
from pipeline.training.loop import ENGINES


def setting(default: Any, **limits: Any) -> Any:
    """A field with limits: above, least, below, most, choices (each applied to list items as well)."""
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=limits)
    return field(default=default, metadata=limits)


@dataclass
class NetworkSettings:
    """hidden: units per hidden layer; activation: one name, or one per hidden layer, separated by commas.

    Names may carry constants: ``tanh(0.5,1.2)`` is 1.2 tanh(0.5 v), ``tanh_linear(0.1)`` is tanh v + 0.1 v.
    guard: how far targets stay from the outputs' asymptotes under squared_error; null for the activation's own.
    """

    hidden: list[int] = setting([30], least=1, most=65536)
    activation: str = "lecun_tanh"
    output: str = AUTO
    loss: str = setting(AUTO, choices=(AUTO, *LOSSES))
    guard: float | None = setting(None, least=0)
    dtype: str = setting("float32", choices=("float32", "float64"))
    engine: str = setting("compiled", choices=ENGINES)


@dataclass
class OptimizerSettings:
    """batch_size: 1 is online, 0 is batch learning (all rows).

    momentum: of momentum and nesterov; beta1, beta2, epsilon: of adam; clip: the largest norm of the gradient, 0 for
    any. layer_rates: ``equal``, or ``fan_in`` for η/√m; rate_factors: one factor of η per layer, or none.
    """

    name: str = setting("descent", choices=tuple(OPTIMIZERS))
    learning_rate: float = setting(0.1, above=0)
    momentum: float = setting(0.0, least=0, below=1)
    beta1: float = setting(0.9, least=0, below=1)
    beta2: float = setting(0.999, least=0, below=1)
    epsilon: float = setting(1e-8, above=0)
    clip: float = setting(0.0, least=0)
    batch_size: int = setting(10, least=0)
    layer_rates: str = setting("equal", choices=tuple(RATE_SCHEMES))
    rate_factors: list[float] = setting([], above=0)


@dataclass
class ScheduleSettings:
    """The factor of η in each epoch; see conf/schedule/ for what each name takes."""

    name: str = setting("constant", choices=tuple(SCHEDULES))
    factor: float = setting(0.5, above=0, most=1)
    every: int = setting(10, least=1)
    decay: float = setting(0.05, least=0)
    epochs: int = setting(60, least=1)
    floor: float = setting(0.0, least=0, most=1)
    patience: int = setting(3, least=1)


@dataclass
class RegularizerSettings:
    """l2 and l1 are λ of the notes' §6; dropout, input_dropout: shares of hidden units and inputs removed."""

    l2: float = setting(0.0, least=0)
    l1: float = setting(0.0, least=0)
    dropout: float = setting(0.0, least=0, below=1)
    input_dropout: float = setting(0.0, least=0, below=1)


@dataclass
class InitializerSettings:
    """sigma: of ``normal``."""

    name: str = setting("fan_in", choices=tuple(INITIALIZERS))
    sigma: float = setting(0.1, above=0)


@dataclass
class PreprocessingSettings:
    """components: of pca and whiten; 0 for all, a whole number, or a share of the variance."""

    name: str = setting("center", choices=tuple(PREPROCESSING))
    components: float = setting(0.0, least=0)


@dataclass
class AugmentationSettings:
    """rotation: degrees; shift, elastic, smoothness: pixels; noise: standard deviations of the training data."""

    rotation: float = setting(0.0, least=0, most=180)
    shift: float = setting(0.0, least=0)
    elastic: float = setting(0.0, least=0)
    smoothness: float = setting(4.0, above=0)
    noise: float = setting(0.0, least=0)


@dataclass
class SamplingSettings:
    """In which order, and how often, examples are drawn in an epoch."""

    name: str = setting("uniform", choices=tuple(SAMPLING))


@dataclass
class StoppingSettings:
    """epochs: the most that are trained; patience: epochs without improvement before stopping, 0 for none.

    gradient_norm, error_change: the notes' two criteria (§3), 0 for off; seconds: a time budget, 0 for none.
    """

    epochs: int = setting(60, least=1)
    patience: int = setting(8, least=0)
    gradient_norm: float = setting(0.0, least=0)
    error_change: float = setting(0.0, least=0)
    seconds: float = setting(0.0, least=0)


@dataclass
class ValidationSettings:
    """name: hold_out, k_fold (with ``folds``) or leave_one_out (notes §5)."""

    name: str = setting("hold_out", choices=SCHEMES)
    folds: int = setting(5, least=2)


@dataclass
class Settings:
    """All settings of one trial. numerics: see pipeline/numerics.py."""

    network: NetworkSettings = field(default_factory=NetworkSettings)
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)
    schedule: ScheduleSettings = field(default_factory=ScheduleSettings)
    regularizer: RegularizerSettings = field(default_factory=RegularizerSettings)
    initializer: InitializerSettings = field(default_factory=InitializerSettings)
    preprocessing: PreprocessingSettings = field(default_factory=PreprocessingSettings)
    augmentation: AugmentationSettings = field(default_factory=AugmentationSettings)
    sampling: SamplingSettings = field(default_factory=SamplingSettings)
    stopping: StoppingSettings = field(default_factory=StoppingSettings)
    validation: ValidationSettings = field(default_factory=ValidationSettings)
    seed: int = setting(1, least=0)
    numerics: str = setting(NATIVE, choices=MODES)

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def from_config(config: DictConfig) -> Settings:
    """Merge a composed configuration into the schema: unknown keys, wrong types and bad ranges are errors."""
    try:
        settings = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(Settings), config))
    except (OmegaConfBaseException, ValueError) as error:
        raise HoldoutError(f"settings: {getattr(error, 'full_key', '') or '?'}: {str(error).splitlines()[0]}") from None
    assert isinstance(settings, Settings)
    _check(settings, "")
    return settings


def _check(section: Any, prefix: str) -> None:
    for item in dataclasses.fields(section):
        value, key = getattr(section, item.name), prefix + item.name
        if dataclasses.is_dataclass(value):
            _check(value, f"{key}.")
        for entry in value if isinstance(value, list) else [value]:
            check_limits(key, entry, dict(item.metadata))


def check_limits(key: str, value: Any, limits: dict[str, Any]) -> None:
    """Raise HoldoutError unless ``value`` keeps to the limits of ``setting``; None is no value."""
    if value is None:
        return
    allowed = {
        "above": (lambda limit: value > limit, "greater than {}"),
        "least": (lambda limit: value >= limit, "at least {}"),
        "below": (lambda limit: value < limit, "less than {}"),
        "most": (lambda limit: value <= limit, "at most {}"),
        "choices": (lambda limit: value in limit, "one of {}"),
    }
    if isinstance(value, float) and not math.isfinite(value):
        raise HoldoutError(f"settings: {key}={value} is not allowed: it must be a finite number")
    if any(not allowed[name][0](limit) for name, limit in limits.items()):
        texts = (allowed[name][1].format(_listed(limit)) for name, limit in limits.items())
        raise HoldoutError(f"settings: {key}={value} is not allowed: it must be {' and '.join(texts)}")


def _listed(limit: Any) -> str:
    return ", ".join(limit) if isinstance(limit, tuple) else str(limit)
