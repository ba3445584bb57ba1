"""The settings of each job are those that Hydra itself composes."""

import re
from pathlib import Path
from unittest import mock

import pytest
from hydra import compose, initialize_config_dir
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from pipeline.configuration.composing import Composer
from pipeline.errors import HoldoutError
from tests.configuration.test_composition import HEAD, conf
from tests.configuration.test_settings import OPTIONS, ROOT, SWEEPS

__all__ = ["conf"]
CONF = ROOT / "conf"
COMPOSER = Composer(CONF)
# Values of settings in different sections, of each type, and spellings that Hydra reads in ways of its own.
VALUES = {
    "optimizer.learning_rate": ("0.1", "1e-3", "3"),
    "optimizer.rate_factors": ("[]", "[2,1]"),
    "network.hidden": ("[30]", "[100,30]"),
    "network.activation": ("relu", "'tanh(0.5,1.2)'"),
    "network.guard": ("null", "0.2"),
    "weighting.classes": ("{in:5}", "null"),
    "stopping": ("{epochs:7,patience:2}", "epochs"),
    "schedule": ("cycles", "step"),
    "optimizer": ("adam", "momentum"),
    "experiment": ("regularization", "tables"),
    "seed": ("1", "2"),
    "+network.more": ("5",),
    "++seed": ("9",),
    "~regularizer.l1": ("0.0",),
}


@pytest.fixture(autouse=True)
def no_job_before() -> None:
    HydraConfig.instance().cfg = None


def assert_as_hydra(words: list[str], swept: bool = True, folder: Path = CONF, composer: Composer = COMPOSER) -> None:
    line = composer.line(words, swept)
    with initialize_config_dir(str(folder), version_base="1.3"):
        for number in {0, len(line.jobs) // 2, len(line.jobs) - 1}:
            ours, theirs = composer.job(line, number), compose("config", list(line.jobs[number]))
            assert OmegaConf.to_container(ours) == OmegaConf.to_container(theirs), line.jobs[number]
            assert OmegaConf.to_container(ours, resolve=True) == OmegaConf.to_container(theirs, resolve=True)


GROUPS = {group: [name for other, name in OPTIONS if other == group] for group, _ in OPTIONS}


@pytest.mark.slow
@pytest.mark.parametrize("number", range(max(map(len, GROUPS.values()))))
def test_every_option_of_conf_comes_to_what_hydra_makes_of_it(number: int) -> None:
    """The first option of each group together, then the second ones, and so on: each composition is dear."""
    assert_as_hydra([f"{group}={names[number % len(names)]}" for group, names in GROUPS.items()], swept=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", SWEEPS)
def test_every_experiment_comes_to_what_hydra_makes_of_it(name: str) -> None:
    assert_as_hydra([f"experiment={name}"], swept=False)


@st.composite
def sweeps(draw: st.DrawFn) -> list[str]:
    names = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=4))
    values = [draw(st.sets(st.sampled_from(VALUES[name]), min_size=1, max_size=2)) for name in names]
    return [f"{name}={','.join(sorted(some))}" for name, some in zip(names, values, strict=True)]


@pytest.mark.ci
@settings(max_examples=20, deadline=None)
@given(sweeps())
def test_random_sweeps_come_to_what_hydra_makes_of_them(words: list[str]) -> None:
    try:
        assert_as_hydra(words)
    except HydraException:
        with pytest.raises(HydraException):
            by_hydra(words)


def by_hydra(words: list[str]) -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        for job in COMPOSER.line(words, True).jobs:
            compose("config", list(job))


def test_a_sweep_of_values_is_composed_once() -> None:
    composer = Composer(CONF)
    with mock.patch.object(ConfigLoaderImpl, "load_configuration", autospec=True, side_effect=LOADED) as loaded:
        line = composer.line(["experiment=baseline", "seed=1,2,3"])
        rates = [composer.job(line, number).optimizer.learning_rate for number in range(len(line.jobs))]
    assert len(rates) == 24 and len(set(rates)) == 4
    assert loaded.call_count == 1


LOADED = ConfigLoaderImpl.load_configuration


def test_a_value_may_name_the_job(conf: Path) -> None:
    (conf / "experiment/mine.yaml").write_text(f"{HEAD}seed: ${{hydra:job.num}}\n")
    composer = Composer(conf)
    line = composer.line(["experiment=mine", "optimizer=adam,adamw"], True)
    assert [composer.job(line, number).seed for number in range(2)] == [0, 1]


@pytest.mark.parametrize(
    ("words", "swept", "message"),
    [
        (["network.hiden=[3],[4]"], True, "Could not override 'network.hiden'"),
        (["optimizer=adam,adamm"], True, "adamm"),
        (["seed=1,2"], False, "Ambiguous value for argument 'seed=1,2'"),
        (["hydra.verbose=true,false"], True, "Sweeping over Hydra's configuration is not supported"),
    ],
)
def test_what_can_not_be_composed_is_named(words: list[str], swept: bool, message: str) -> None:
    with pytest.raises(HydraException, match=re.escape(message)):
        all_jobs(words, swept)


def all_jobs(words: list[str], swept: bool) -> None:
    line = COMPOSER.line(words, swept)
    for number in range(len(line.jobs)):
        COMPOSER.job(line, number)


@pytest.mark.parametrize(
    ("words", "workers"),
    [
        ([], -1),
        (["hydra/launcher=basic"], 1),
        (["hydra/launcher=two_workers"], 2),
        (["hydra/launcher=workers", "hydra.launcher.n_jobs=3"], 3),
    ],
)
def test_the_launcher_says_how_many_are_trained_at_once(words: list[str], workers: int) -> None:
    assert COMPOSER.line(words).launcher.workers == workers


@pytest.mark.parametrize("found", ["0", "-2", "many", "1.5"])
def test_a_number_of_workers_is_a_whole_one(found: str) -> None:
    with pytest.raises((HoldoutError, HydraException), match="n_jobs"):
        print(COMPOSER.line(["hydra/launcher=two_workers", f"hydra.launcher.n_jobs={found}"]).launcher)


def test_no_other_launcher_or_sweeper_is_loaded(conf: Path) -> None:
    (conf / "hydra/launcher/far.yaml").write_text("{}\n")
    with pytest.raises(
        HoldoutError,
        match=r"hydra/launcher is far, allowed: basic, ray, submitit_local,",
    ):
        print(Composer(conf).line(["hydra/launcher=far"]).launcher)
