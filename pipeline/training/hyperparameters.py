"""All that a trial may vary (notes §5: the hyperparameters), with limits, and what can be used together."""

import dataclasses
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.feed.augmentation import Augmentation
from pipeline.feed.inputs import AUTO, Preprocessing
from pipeline.feed.sampling import Sampling
from pipeline.feed.schema import CLASSIFICATION, MULTILABEL, REGRESSION, Schema
from pipeline.feed.targets import guarded
from pipeline.feed.weighting import Weighting, settled
from pipeline.limits import NotAllowed, setting
from pipeline.nn.activations import OUTPUT_ONLY, parse
from pipeline.nn.initializers import Initializer
from pipeline.nn.losses import LOSSES, accepts
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import Regularizer
from pipeline.nn.schedules import TIMED, Schedule
from pipeline.training.averaging import Averaging
from pipeline.training.stopping import Stopping
from pipeline.training.threshold import NONE, Decision

ENGINES = ("compiled", "numpy")
PROBABILITIES = {CLASSIFICATION: "softmax", MULTILABEL: "logistic"}  # the outputs of choice
SCHEMES = ("hold_out", "k_fold", "leave_one_out")
SEPARATE = re.compile(r",(?![^()]*\))")  # a comma outside of parentheses


@dataclass(frozen=True)
class Network:
    """hidden: units per hidden layer; activation: one name, or one per hidden layer, separated by commas.

    Names may carry constants: ``tanh(0.5,1.2)`` is 1.2 tanh(0.5 v), ``tanh_linear(0.1)`` is tanh v + 0.1 v.
    output, loss: ``auto`` for what matches the other, or the task.
    guard: how far targets stay from the outputs' asymptotes under squared_error; None for the activation's own.
    smoothing: the cross-entropies' guard: the share of each target that goes to all outputs alike; regression has none.
    """

    hidden: tuple[int, ...] = setting((30,), least=1, most=65536)
    activation: str = "lecun_tanh"
    output: str = AUTO
    loss: str = setting(AUTO, choices=(AUTO, *LOSSES))
    guard: float | None = setting(None, least=0)
    smoothing: float = setting(0.0, least=0, below=1)
    dtype: str = setting("float32", choices=("float32", "float64"))
    engine: str = setting("compiled", choices=ENGINES)

    @property
    def activations(self) -> tuple[str, ...]:
        """The names in ``activation``: of each hidden layer, or of the one that all have."""
        names = tuple(name.strip() for name in SEPARATE.split(self.activation))
        return names * len(self.hidden) if len(names) == 1 else names

    @property
    def target_values(self) -> tuple[float, float]:
        """The outputs that stand for "no" and "yes": a guard inside the asymptotes, if there are two (notes §4).

        A cross-entropy's targets are probabilities, 0 and 1; so are those of outputs without asymptotes.
        """
        unit = parse(self.output)
        bounded = math.isfinite(unit.low) and math.isfinite(unit.high)
        if self.loss != "squared_error" or not bounded or self.output in OUTPUT_ONLY:
            return (0.0, 1.0)
        return guarded(unit.low, unit.high, unit.guard if self.guard is None else self.guard)


@dataclass(frozen=True)
class Ensemble:
    """members: networks that are trained side by side, each from its own seed, and answer together, by their average.

    They are one candidate: stopped, scored and kept together. The first is the network that one alone would be.
    """

    members: int = setting(1, least=1, most=64)


@dataclass(frozen=True)
class Measuring:
    """measured_rows: training rows that are measured after each epoch, evenly taken from all; 0 for all of them.

    Validation rows are always all measured.
    """

    measured_rows: int = setting(0, least=0)


@dataclass(frozen=True)
class Validation:
    """How a trial is validated: ``hold_out``, ``k_fold`` (with ``folds``) or ``leave_one_out`` (notes §5).

    repeats: how often all rows are dealt to folds; seeds: how many networks are scored by themselves. Either way the
    trial is one candidate, its score is the mean, and its spread is told.
    """

    name: str = setting("hold_out", choices=SCHEMES)
    folds: int = setting(5, least=2, only={"name": ("k_fold",)})
    repeats: int = setting(1, least=1, most=100, only={"name": ("k_fold",)})
    seeds: int = setting(1, least=1, most=100, only={"name": ("hold_out",)})


@dataclass(frozen=True)
class Hyperparameters:
    """All settings of one trial; sections and fields are those of conf/. Hand them on ``resolved``."""

    network: Network = field(default_factory=Network)
    optimizer: Optimizer = field(default_factory=Optimizer)
    schedule: Schedule = field(default_factory=Schedule)
    regularizer: Regularizer = field(default_factory=Regularizer)
    initializer: Initializer = field(default_factory=Initializer)
    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    augmentation: Augmentation = field(default_factory=Augmentation)
    sampling: Sampling = field(default_factory=Sampling)
    weighting: Weighting = field(default_factory=Weighting)
    averaging: Averaging = field(default_factory=Averaging)
    ensemble: Ensemble = field(default_factory=Ensemble)
    stopping: Stopping = field(default_factory=Stopping)
    measuring: Measuring = field(default_factory=Measuring)
    validation: Validation = field(default_factory=Validation)
    decision: Decision = field(default_factory=Decision)
    seed: int = setting(1, least=0)


def changed(settings: Any, values: Mapping[str, Any]) -> Any:
    """The settings with other values under dotted names: ``{"optimizer.learning_rate": 0.1}``."""
    inner: dict[str, dict[str, Any]] = {}
    own: dict[str, Any] = {}
    for name, value in values.items():
        head, dot, rest = name.partition(".")
        if dot:
            inner.setdefault(head, {})[rest] = value
        else:
            own[head] = value
    own |= {head: changed(getattr(settings, head), some) for head, some in inner.items()}
    return dataclasses.replace(settings, **own)


def resolved(settings: Hyperparameters, schema: Schema) -> Hyperparameters:
    """The settings with each ``auto`` decided for these rows.

    Raises:
        NotAllowed: values that are each allowed but can't be used together, or not with these rows.
    """
    output, loss = head(settings.network.output, settings.network.loss, schema.task)
    network = dataclasses.replace(settings.network, output=output, loss=loss)
    if schema.task == REGRESSION:  # so that one sweep serves both tasks: real targets have no asymptotes
        network = dataclasses.replace(network, smoothing=0.0)
    _check_activations(network)
    names = network.activations
    if names:  # one spelling for one network
        network = dataclasses.replace(network, activation=names[0] if len({*names}) == 1 else ",".join(names))
    _check_smoothing(network, schema.task)
    _check_momentum(settings.optimizer)
    _check_decay(settings.optimizer)
    _check_factors(settings)
    _check_measured(settings)
    _check_components(settings.preprocessing.components)
    if settings.augmentation.geometric and schema.image_shape is None:
        reason = ", shift and elastic need rows that are images, and these are none: set them to 0"
        raise NotAllowed("augmentation.rotation", f"{reason} (noise works on any rows)")
    _check_guard(network)
    _check_decision(settings, schema)
    preprocessing = settings.preprocessing
    if preprocessing.name == AUTO:
        preprocessing = dataclasses.replace(preprocessing, name="robust" if schema.kinds else "center")
    weighting = settled(settings.weighting, schema.classes if schema.task == CLASSIFICATION else ())
    return dataclasses.replace(settings, network=network, preprocessing=preprocessing, weighting=weighting)


def within_updates(settings: Hyperparameters, rows: int) -> Hyperparameters:
    """The settings with as few epochs as ``stopping.updates`` allows on so many rows; the same if it allows more.

    Patience and the schedule's epochs shrink by the same share, so that it is the same way in fewer steps.
    """
    limits, batch = settings.stopping, settings.optimizer.batch_size or rows
    epochs = max(1, limits.updates // math.ceil(rows / batch)) if limits.updates and rows else limits.epochs
    if epochs >= limits.epochs:
        return settings
    share = epochs / limits.epochs
    stopping = dataclasses.replace(limits, epochs=epochs, patience=math.ceil(share * limits.patience))
    schedule = settings.schedule
    if schedule.name in TIMED:
        schedule = dataclasses.replace(schedule, epochs=math.ceil(share * schedule.epochs))
    return dataclasses.replace(settings, stopping=stopping, schedule=schedule)


def head(output: str, loss: str, task: str) -> tuple[str, str]:
    """Output activation and loss, with each ``auto`` replaced by what matches the other, or the task.

    Raises:
        NotAllowed: the two can't be used together, or not for this task; the message names both.
    """
    if output != AUTO:
        _parsed("network.output", output)
    if task == REGRESSION:
        output, loss = (output if output != AUTO else "identity"), (loss if loss != AUTO else "squared_error")
        if loss != "squared_error" or output in OUTPUT_ONLY:
            needs = "regression needs squared_error, and outputs other than softmax"
            raise NotAllowed("network.output", f"={output}, network.loss={loss}: {needs}")
        return output, loss
    if output == AUTO:
        output = PROBABILITIES[task] if loss == AUTO else LOSSES[loss].matched[0]
    if task == MULTILABEL and output in OUTPUT_ONLY:
        raise NotAllowed("network.output", f"={output} picks one of the labels, and a row may have several: use auto")
    if loss == AUTO:
        loss = next((name for name, found in LOSSES.items() if name != "squared_error" and output in found.matched), "")
        loss = loss or "squared_error"
    if not accepts(loss, output):
        needs = " or ".join(LOSSES[loss].matched)
        raise NotAllowed("network.loss", f"={loss} can't be used with network.output={output}: it needs {needs}")
    return output, loss


def _parsed(key: str, name: str) -> str:
    try:
        parse(name)
    except ValueError as error:
        raise NotAllowed(key, f"={name} is not allowed: {error}") from None
    return name


def _check_activations(network: Network) -> None:
    key, names = "network.activation", network.activations
    for name in names:
        if _parsed(key, name) in OUTPUT_ONLY:
            raise NotAllowed(key, f"={name} is not allowed: it is for outputs only")
    if len(names) != len(network.hidden):
        layers = f"{len(network.hidden)} hidden layers"
        raise NotAllowed(key, f" names {len(names)} activations for {layers}: name 1 or all")


def _check_momentum(optimizer: Optimizer) -> None:
    if optimizer.name not in ("momentum", "nesterov") and optimizer.momentum:
        raise NotAllowed(
            "optimizer.momentum",
            f"={optimizer.momentum} has no effect with optimizer.name={optimizer.name}: "
            "use optimizer=momentum or optimizer=nesterov",
        )


def _check_decay(optimizer: Optimizer) -> None:
    if optimizer.name != "adamw" and optimizer.weight_decay:
        raise NotAllowed(
            "optimizer.weight_decay",
            f"={optimizer.weight_decay} has no effect with optimizer.name={optimizer.name}: "
            "use optimizer=adamw, or regularizer.l2 for the penalty of the notes",
        )


def _check_smoothing(network: Network, task: str) -> None:
    if network.smoothing and network.loss == "squared_error" and task != REGRESSION:
        raise NotAllowed(
            "network.smoothing",
            f"={network.smoothing} is for the cross-entropies: under squared_error use network.guard",
        )


def _check_factors(settings: Hyperparameters) -> None:
    factors, layers = settings.optimizer.rate_factors, len(settings.network.hidden) + 1
    if factors and len(factors) != layers:
        raise NotAllowed(
            "optimizer.rate_factors", f" names {len(factors)} factors for {layers} layers: name all or none"
        )


def _check_measured(settings: Hyperparameters) -> None:
    """Refuse to measure some rows only where a setting goes by all of them."""
    needs = {
        f"sampling.name={settings.sampling.name}": settings.sampling.name == "largest_error",
        "stopping.gradient_norm": settings.stopping.gradient_norm > 0,
        "stopping.error_change": settings.stopping.error_change > 0,
        "stopping.loss_change": settings.stopping.loss_change > 0,
    }
    named = next((name for name, needed in needs.items() if needed), None)
    if settings.measuring.measured_rows and named:
        rows = settings.measuring.measured_rows
        raise NotAllowed("measuring.measured_rows", f"={rows}: {named} goes by all training rows: set it to 0")


def _check_components(components: float) -> None:
    if components > 1 and components != int(components):
        raise NotAllowed(
            "preprocessing.components", f"={components} is not allowed: it must be whole, or a share below 1"
        )


def _check_decision(settings: Hyperparameters, schema: Schema) -> None:
    key, name = "decision.name", settings.decision.name
    if name == NONE:
        return
    if schema.task != CLASSIFICATION or len(schema.classes) != 2:
        found = f"{len(schema.classes)} {'labels' if schema.task == MULTILABEL else 'classes'}"
        raise NotAllowed(key, f"={name} needs two classes, and these data have {found if schema.classes else 'none'}")
    if settings.validation.name != "hold_out":
        needs = "a threshold is for the one model of the hold-out method: use validation=hold_out"
        raise NotAllowed(key, f"={name} can't be used with validation.name={settings.validation.name}: {needs}")


def _check_guard(network: Network) -> None:
    try:
        _ = network.target_values
    except ValueError as error:
        raise NotAllowed("network.guard", f"={network.guard} is not allowed: {error}") from None
