"""The typed schema: defaults, ranges, unknown keys, and every file under conf/."""

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from pipeline.configuration.auto import candidates
from pipeline.configuration.grid import with_bases
from pipeline.configuration.settings import from_config, resolve
from pipeline.data.card import Card
from pipeline.errors import HoldoutError
from pipeline.feed.rows import Rows
from pipeline.training.hyperparameters import Hyperparameters, changed
from pipeline.training.validation import validate
from pipeline.trials.jobs import OF_THE_SWEEP

ROOT = Path(__file__).parents[2]
CLASSES = Card("classification", ("a", "b"), ("in", "out"), (1, 2), source="made", targets=("y",), rows=0, hashes={})
REAL = Card("regression", ("a", "b"), (), (1, 2), source="made", targets=("y",), rows=0, hashes={})
OPTIONS = sorted(
    (path.parent.name, path.stem)
    for path in (ROOT / "conf").glob("*/*.yaml")
    if path.parent.name not in ("experiment", "hydra", "claims")
)
FOR_CLASSES = [("network", "logistic"), ("weighting", "balanced"), ("weighting", "given")]
FOR_CLASSES += [("decision", "chosen"), ("decision", "given")]
NO_TABLE = [("augmentation", "image"), ("weighting", "given")]
TABLE = dataclasses.replace(
    CLASSES,
    image_shape=None,
    features=("income", "city", "member", "when"),
    kinds=("number", "category", "flag", "date"),
    levels=((), ("Bern", "Rome"), ("no", "yes"), ()),
)
EXPERIMENTS = sorted(path.stem for path in (ROOT / "conf/experiment").glob("*.yaml"))
SWEEPS = [name for name in EXPERIMENTS if not candidates(name, ROOT / "conf")]


def composed(*overrides: str) -> DictConfig:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        config = compose("config", list(overrides))
    return OmegaConf.create({name: config[name] for name in config if name not in OF_THE_SWEEP})


def grid(experiment: str) -> list[list[str]]:
    """Every job of an experiment as a list of overrides."""
    params = yaml.safe_load((ROOT / f"conf/experiment/{experiment}.yaml").read_text())["hydra"]["sweeper"]["params"]
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
    from hydra.core.override_parser.overrides_parser import OverridesParser

    words = [f"{name}={value}" for name, value in params.items()]
    jobs = BasicSweeper.split_arguments(OverridesParser.create().parse_overrides(words), None)[0]
    return [[f"experiment={experiment}", *job] for job in jobs]


SYMPTOM = "ignore::pipeline.training.symptoms.Symptom"  # zeros can't move, raw numbers saturate: that is said


def one_step(config: DictConfig, card: Card) -> str:
    settings = changed(from_config(config), {"stopping.epochs": 1})
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((12, 2)), rng.integers(0, 2, 12)
    part = Rows(X, y if card is CLASSES else X.sum(axis=1))
    return validate(resolve(settings, card), part, part, card).status


@pytest.mark.filterwarnings(SYMPTOM)
@pytest.mark.slow
@pytest.mark.parametrize(("group", "option"), OPTIONS)
def test_every_option_composes_and_trains(group: str, option: str) -> None:
    more = ["weighting.classes={in: 5}"] if (group, option) == ("weighting", "given") else []
    assert one_step(composed(f"{group}={option}", *more), CLASSES) == "finished"


@pytest.mark.filterwarnings(SYMPTOM)
@pytest.mark.slow
@pytest.mark.parametrize(("group", "option"), [pair for pair in OPTIONS if pair not in FOR_CLASSES])
def test_every_option_trains_a_regression(group: str, option: str) -> None:
    slower = ["optimizer.learning_rate=0.01"] if option == "deep" else []  # at 0.1 it is lost in one epoch, rightly
    assert one_step(composed(f"{group}={option}", *slower), REAL) == "finished"


@pytest.mark.slow
@pytest.mark.parametrize("experiment", SWEEPS)
def test_every_job_of_every_experiment_composes_and_trains(experiment: str) -> None:
    for job in grid(experiment):
        assert one_step(composed(*job), CLASSES) == "finished", job


@pytest.mark.filterwarnings(SYMPTOM)
@pytest.mark.slow
@pytest.mark.parametrize(("group", "option"), [pair for pair in OPTIONS if pair not in NO_TABLE])
def test_every_option_trains_on_a_table_with_gaps(group: str, option: str) -> None:
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(6e4, 2e4, 24), *rng.integers(0, 2, (2, 24)), 1.7e9 + rng.integers(0, 1e8, 24)])
    X[rng.random(X.shape) < 0.1] = np.nan
    part = Rows(X, np.arange(24) % 2)
    settings = changed(from_config(composed(f"{group}={option}")), {"stopping.epochs": 1})
    assert validate(resolve(settings, TABLE), part, part, TABLE).status == "finished"


def test_auto_preprocessing_goes_by_what_the_columns_are() -> None:
    settings = from_config(composed())
    assert resolve(settings, CLASSES).preprocessing.name == "center"
    assert resolve(settings, TABLE).preprocessing.name == "robust"
    chosen = from_config(composed("preprocessing=whiten"))
    assert resolve(chosen, TABLE).preprocessing.name == "whiten"


def test_the_memory_that_is_asked_for_counts_the_inputs_that_columns_become() -> None:
    many = dataclasses.replace(TABLE, levels=((), tuple(map(str, range(10**6))), ("no", "yes"), ()))
    with pytest.raises(HoldoutError, match=r"network\.hidden=\[65536\] is not allowed"):
        resolve(from_config(composed("network.hidden=[65536]", "preprocessing.levels=1000000")), many)


def test_the_default_experiments_are_24_trials() -> None:
    (name,) = yaml.safe_load((ROOT / "params.yaml").read_text())["experiments"]
    assert sum(len(grid(one)) for one in candidates(name, ROOT / "conf")["images"]) == 24


def test_every_experiment_file_opens_with_its_command() -> None:
    for name in EXPERIMENTS:
        head = (ROOT / f"conf/experiment/{name}.yaml").read_text().splitlines()[:2]
        assert f"python -m pipeline.stages.train experiment={name}" in head[1]


def test_dvc_yaml_tracks_every_conf_file_that_a_sweep_can_reach() -> None:
    stage = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]["train"]["do"]
    tracked = set(itertools.chain.from_iterable(stage["params"]))
    files = {f"conf/{group}/{option}.yaml" for group, option in OPTIONS}
    chosen = {one for name in EXPERIMENTS for some in candidates(name, ROOT / "conf").values() for one in some}
    sweeps = {f"conf/{file}" for name in chosen for file in with_bases([name], ROOT / "conf")}
    searches = {path.relative_to(ROOT).as_posix() for path in (ROOT / "conf/hydra/sweeper").glob("*.yaml")}
    assert tracked == files | sweeps | searches | {"conf/config.yaml", "conf/experiment/${item}.yaml"}


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("optimizer.learning_rate=0", "optimizer.learning_rate=0 is not allowed: it must be greater than 0"),
        ("optimizer.learning_rate=-1", "optimizer.learning_rate=-1 is not allowed"),
        ("optimizer.learning_rate=nan", "optimizer.learning_rate=NaN is not allowed: it must be a finite number"),
        ("optimizer.learning_rate=inf", "optimizer.learning_rate=Infinity is not allowed: it must be a finite number"),
        ("optimizer.learning_rate=fast", "optimizer.learning_rate=fast is not allowed: it must be a number, as 0.1"),
        ("optimizer.momentum=1", "optimizer.momentum=1 is not allowed: it must be at least 0 and less than 1"),
        ("optimizer.batch_size=-1", "optimizer.batch_size=-1 is not allowed: it must be at least 0"),
        (
            "optimizer.name=sgd",
            "optimizer.name=sgd is not allowed: it must be one of descent, momentum, nesterov, adam, adamw",
        ),
        ("optimizer.rate_factors=[1,2,3]", "optimizer.rate_factors names 3 factors for 2 layers: name all or none"),
        ("optimizer.rate_factors=[1,0]", "optimizer.rate_factors=[1, 0] is not allowed: it must be greater than 0"),
        ("optimizer.weight_decay=0.1", "optimizer.weight_decay=0.1 has no effect with optimizer.name=descent: use"),
        ("optimizer.bias_factor=-1", "optimizer.bias_factor=-1 is not allowed"),
        ("optimizer.input_scale=-1", "optimizer.input_scale=-1 is not allowed"),
        ("network.smoothing=1", "network.smoothing=1 is not allowed: it must be at least 0 and less than 1"),
        ("schedule.cycles=0", "schedule.cycles=0 is not allowed"),
        ("optimizer.clip=-1", "optimizer.clip=-1 is not allowed"),
        ("schedule.name=warmup", "schedule.name=warmup is not allowed: it must be one of constant, step"),
        ("schedule.every=0", "schedule.every=0 is not allowed"),
        ("initializer.sigma=0", "initializer.sigma=0 is not allowed"),
        ("preprocessing.components=-1", "preprocessing.components=-1 is not allowed"),
        ("preprocessing.components=2.5", "preprocessing.components=2.5 has no effect with preprocessing.name=auto: it"),
        ("preprocessing.name=scale", "preprocessing.name=scale is not allowed: it must be one of auto, none, center"),
        ("preprocessing.rare=0", "preprocessing.rare=0 is not allowed: it must be at least 1"),
        ("preprocessing.bins=1", "preprocessing.bins=1 is not allowed: it must be at least 2"),
        ("preprocessing.embedding=learned", "preprocessing.embedding=learned is not allowed: it must be one of none"),
        ("augmentation.rotation=270", "augmentation.rotation=270 is not allowed"),
        ("sampling.name=hardest", "sampling.name=hardest is not allowed: it must be one of uniform, largest_error"),
        ("weighting.name=even", "weighting.name=even is not allowed: it must be one of none, balanced, given"),
        ("weighting.classes={in: -1}", "weighting.classes.in=-1 is not allowed: it must be at least 0"),
        ("weighting.classes=5", "weighting.classes"),
        ("+weighting.classes.1.5=2", "weighting.classes"),
        ("validation.name=bootstrap", "validation.name=bootstrap is not allowed: it must be one of hold_out, k_fold"),
        ("validation.folds=1", "validation.folds=1 is not allowed: it must be at least 2"),
        ("stopping.seconds=-1", "stopping.seconds=-1 is not allowed"),
        ("network.activation='tanh(0)'", "tanh takes constants above 0"),
        ("network.engine=cuda", "network.engine=cuda is not allowed: it must be one of compiled, numpy"),
        ("network.hidden=[0]", "network.hidden=[0] is not allowed: it must be at least 1"),
        ("network.hidden=[30,-2]", "network.hidden=[30, -2] is not allowed"),
        ("network.hidden=thirty", "network.hidden=thirty is not allowed: it must be a list, as [30]"),
        ("network.hidden=50", "network.hidden=50 is not allowed: it must be a list, as [50]"),
        ("network.hidden=[3,x]", "network.hidden[1]=x is not allowed: it must be a whole number, as 30"),
        ("optimizer.rate_factors=2", "optimizer.rate_factors=2 is not allowed: it must be a list, as [2]"),
        ("network.activation=tahn", "network.activation=tahn is not allowed: tahn is not one of tanh"),
        ("network.activation=softmax", "network.activation=softmax is not allowed"),
        ("network.activation='tanh,relu'", "network.activation names 2 activations for 1 hidden layers"),
        ("network.output=sigmoid", "network.output=sigmoid is not allowed"),
        ("network.loss=mse", "network.loss=mse is not allowed"),
        ("network.dtype=float16", "network.dtype=float16 is not allowed: it must be one of float32, float64"),
        ("regularizer.l2=-0.1", "regularizer.l2=-0.1 is not allowed"),
        ("regularizer.dropout=1", "regularizer.dropout=1 is not allowed"),
        ("stopping.epochs=0", "stopping.epochs=0 is not allowed"),
        ("stopping.patience=2.5", "stopping.patience"),
        ("seed=-1", "seed=-1 is not allowed"),
        ("+optimizer.typo=3", "optimizer.typo: there is no such setting; optimizer has name, learning_rate, momentum"),
        ("+optimizer.lr=3", "optimizer.lr: there is no such setting; did you mean optimizer.learning_rate?"),
        ("+new.section=3", "new"),
        ("+optimizer._target_=os.system", "_target_"),
        ("optimizer.momentum=0.5", "optimizer.momentum=0.5 has no effect with optimizer.name=descent"),
        ("optimizer.beta2=0.9", "optimizer.beta2=0.9 has no effect with optimizer.name=descent: it is for adam and"),
        ("schedule.decay=0.1", "schedule.decay=0.1 has no effect with schedule.name=constant: it is for exponential"),
        ("schedule.floor=0.1", "schedule.floor=0.1 has no effect with schedule.name=constant"),
        ("initializer.sigma=0.2", "initializer.sigma=0.2 has no effect with initializer.name=fan_in: it is for normal"),
        ("preprocessing.bins=4", "preprocessing.bins=4 has no effect with preprocessing.embedding=none: it is for"),
        ("preprocessing.waves=2", "preprocessing.waves=2 has no effect with preprocessing.embedding=none"),
        ("averaging.decay=0.5", "averaging.decay=0.5 has no effect with averaging.name=none: it is for exponential"),
        ("validation.folds=3", "validation.folds=3 has no effect with validation.name=hold_out: it is for k_fold"),
        ("decision.cost=5", "decision.cost=5 has no effect with decision.name=none: it is for chosen"),
        ("decision.threshold=0.4", "decision.threshold=0.4 has no effect with decision.name=none: it is for given"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_the_key(override: str, message: str) -> None:
    with pytest.raises(HoldoutError) as caught:
        resolve(from_config(composed(override)), CLASSES)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_setting_may_be_that_of_another() -> None:
    schedule = {"name": "cosine", "epochs": "${stopping.epochs}"}
    config = OmegaConf.create({"schedule": schedule, "stopping": {"epochs": 7}})
    assert from_config(config).schedule.epochs == 7
    with pytest.raises(HoldoutError, match="settings: seed: Interpolation key 'nowhere' not found"):
        from_config(OmegaConf.create({"seed": "${nowhere}"}))


def test_one_network_has_one_spelling() -> None:
    spelled = ("lecun_tanh", "'lecun_tanh,lecun_tanh'", "'lecun_tanh, lecun_tanh'")
    made = [composed("network=two_hidden", f"network.activation={words}") for words in spelled]
    assert len({resolve(from_config(config), CLASSES) for config in made}) == 1


@pytest.mark.parametrize(
    ("network", "card", "expected"),
    [
        ({}, CLASSES, ("softmax", "cross_entropy")),
        ({}, REAL, ("identity", "squared_error")),
        ({"output": "logistic"}, CLASSES, ("logistic", "binary_cross_entropy")),
        ({"loss": "binary_cross_entropy"}, CLASSES, ("logistic", "binary_cross_entropy")),
        ({"output": "tanh"}, CLASSES, ("tanh", "squared_error")),
        ({"output": "logistic", "loss": "squared_error"}, CLASSES, ("logistic", "squared_error")),
    ],
)
def test_auto_takes_the_matched_pair(network: dict[str, Any], card: Card, expected: tuple[str, str]) -> None:
    found = resolve(from_config(OmegaConf.create({"network": network})), card)
    assert (found.network.output, found.network.loss) == expected


@pytest.mark.parametrize(
    ("network", "card"),
    [({"output": "tanh", "loss": "cross_entropy"}, CLASSES), ({"output": "softmax"}, REAL)],
)
def test_outputs_that_do_not_fit_are_refused(network: dict[str, Any], card: Card) -> None:
    with pytest.raises(HoldoutError, match=r"network\.output"):
        resolve(from_config(OmegaConf.create({"network": network})), card)


def test_a_guard_must_leave_something_between_the_targets() -> None:
    config = composed("network=logistic", "network.guard=0.5")
    with pytest.raises(HoldoutError, match=r"network\.guard=0\.5 is not allowed: .* less than 0\.5, half the range"):
        resolve(from_config(config), CLASSES)


def test_pixels_can_only_be_moved_in_images() -> None:
    card = dataclasses.replace(CLASSES, image_shape=None)
    with pytest.raises(HoldoutError, match="augmentation.rotation, shift and elastic need rows that are images"):
        resolve(from_config(composed("augmentation=image")), card)
    assert resolve(from_config(composed("augmentation=noise")), card).augmentation.noise == 0.1


def test_each_layer_may_have_constants_of_its_own() -> None:
    config = composed("network=two_hidden", "network.activation='tanh(0.5,1.2),tanh_linear(0.2)'")
    assert resolve(from_config(config), CLASSES).network.activations == ("tanh(0.5,1.2)", "tanh_linear(0.2)")


def test_the_schema_alone_gives_the_same_defaults_as_conf() -> None:
    assert from_config(composed()) == Hyperparameters()
