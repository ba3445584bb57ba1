"""The typed schema of a trial's settings, with ranges: what conf/ and the command line may say."""

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from pipeline.data.card import CLASSIFICATION, Card
from pipeline.data.preprocessing import PREPROCESSING
from pipeline.errors import HoldoutError
from pipeline.nn.activations import ACTIVATIONS, OUTPUT_ONLY
from pipeline.nn.initializers import INITIALIZERS
from pipeline.nn.losses import LOSSES, OUTPUTS
from pipeline.nn.optimizers import OPTIMIZERS
from pipeline.nn.regularizers import Penalty
from pipeline.training.fit import Hyperparameters
from pipeline.training.loop import Plan

HIDDEN_ACTIVATIONS = tuple(name for name in ACTIVATIONS if name not in OUTPUT_ONLY)
AUTO = "auto"


def setting(default: Any, **limits: Any) -> Any:
    """A field with limits: above, least, below, most, choices (each applied to list items as well)."""
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=limits)
    return field(default=default, metadata=limits)


@dataclass
class NetworkSettings:
    """hidden: units per hidden layer; activation: one name, or one per hidden layer, separated by commas."""

    hidden: list[int] = setting([30], least=1, most=65536)
    activation: str = "lecun_tanh"
    output: str = setting(AUTO, choices=(AUTO, *ACTIVATIONS))
    loss: str = setting(AUTO, choices=(AUTO, *LOSSES))
    dtype: str = setting("float32", choices=("float32", "float64"))


@dataclass
class OptimizerSettings:
    """batch_size: 1 is online, 0 is batch learning (all rows)."""

    name: str = setting("descent", choices=tuple(OPTIMIZERS))
    learning_rate: float = setting(0.1, above=0)
    momentum: float = setting(0.0, least=0, below=1)
    batch_size: int = setting(10, least=0)


@dataclass
class RegularizerSettings:
    """l2 and l1 are λ of the notes' §6; dropout is the share of hidden units removed at each step."""

    l2: float = setting(0.0, least=0)
    l1: float = setting(0.0, least=0)
    dropout: float = setting(0.0, least=0, below=1)


@dataclass
class InitializerSettings:
    name: str = setting("fan_in", choices=tuple(INITIALIZERS))


@dataclass
class PreprocessingSettings:
    name: str = setting("center", choices=tuple(PREPROCESSING))


@dataclass
class StoppingSettings:
    """epochs: the most that are trained; patience: epochs without improvement before stopping, 0 for none."""

    epochs: int = setting(60, least=1)
    patience: int = setting(8, least=0)


@dataclass
class Settings:
    """All settings of one trial."""

    network: NetworkSettings = field(default_factory=NetworkSettings)
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)
    regularizer: RegularizerSettings = field(default_factory=RegularizerSettings)
    initializer: InitializerSettings = field(default_factory=InitializerSettings)
    preprocessing: PreprocessingSettings = field(default_factory=PreprocessingSettings)
    stopping: StoppingSettings = field(default_factory=StoppingSettings)
    seed: int = setting(1, least=0)

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
            _check_limits(key, entry, dict(item.metadata))


def _check_limits(key: str, value: Any, limits: dict[str, Any]) -> None:
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


def _activations(network: NetworkSettings) -> tuple[str, ...]:
    names = [name.strip() for name in network.activation.split(",")]
    for name in names:
        _check_limits("network.activation", name, {"choices": HIDDEN_ACTIVATIONS})
    if len(names) == 1:
        return tuple(names) * len(network.hidden)
    if len(names) != len(network.hidden):
        layers = f"{len(network.hidden)} hidden layers"
        raise HoldoutError(f"settings: network.activation names {len(names)} activations for {layers}: name 1 or all")
    return tuple(names)


def _head(network: NetworkSettings, task: str) -> tuple[str, str]:
    """Output activation and loss; ``auto`` takes the matched pair of the task."""
    output, loss = network.output, network.loss
    if task != CLASSIFICATION:
        output, loss = (output if output != AUTO else "identity"), (loss if loss != AUTO else "squared_error")
        if (output, loss) != ("identity", "squared_error"):
            found = f"network.output={output}, network.loss={loss}"
            raise HoldoutError(f"settings: {found}: regression needs identity outputs and squared_error")
        return output, loss
    matched = {loss.matched[0]: name for name, loss in LOSSES.items()}
    if output == AUTO:
        output = "softmax" if loss == AUTO else LOSSES[loss].matched[0]
    if loss == AUTO:
        loss = matched.get(output, "squared_error")
    if output not in OUTPUTS[loss]:
        raise HoldoutError(
            f"settings: network.loss={loss} can't be used with network.output={output}: "
            f"it needs {' or '.join(OUTPUTS[loss])}"
        )
    return output, loss


def hyperparameters(settings: Settings, card: Card) -> Hyperparameters:
    """Settings as the plain values that training takes, with every ``auto`` decided by the data's task."""
    optimizer, regularizer = settings.optimizer, settings.regularizer
    if optimizer.name == "descent" and optimizer.momentum:
        found = f"optimizer.momentum={optimizer.momentum}"
        raise HoldoutError(f"settings: {found} has no effect with optimizer.name=descent: use optimizer=momentum")
    output, loss = _head(settings.network, card.task)
    return Hyperparameters(
        hidden=tuple(settings.network.hidden),
        activations=_activations(settings.network),
        output=output,
        loss=loss,
        dtype=settings.network.dtype,
        initializer=settings.initializer.name,
        preprocessing=settings.preprocessing.name,
        optimizer=optimizer.name,
        plan=Plan(optimizer.learning_rate, optimizer.batch_size, regularizer.dropout),
        momentum=optimizer.momentum,
        penalty=Penalty(regularizer.l2, regularizer.l1),
        epochs=settings.stopping.epochs,
        patience=settings.stopping.patience,
        seed=settings.seed,
    )
