"""What an experiment sets has an effect, or is refused: nothing is ignored without a word."""

import shutil
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from pipeline.configuration import plain
from pipeline.errors import HoldoutError
from tests.configuration.test_settings import ROOT

HEAD = "# @package _global_\n"


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """conf/ of a project whose experiment ``mine`` the tests write."""
    return Path(shutil.copytree(ROOT / "conf", tmp_path / "conf"))


def write(conf: Path, text: str, name: str = "experiment/mine.yaml") -> None:
    (conf / name).write_text(HEAD + text)


def composed(conf: Path, *words: str) -> DictConfig:
    with initialize_config_dir(str(conf), version_base="1.3"):
        return compose("config", list(words), return_hydra_config=True)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("seed: 7\n", "seed", 7),
        ("allow_failed: true\n", "allow_failed", True),
        ("checkpoint_seconds: 0\n", "checkpoint_seconds", 0),
        ("stopping: {epochs: 3}\n", "stopping.epochs", 3),
        ("defaults: [override /network: deep]\nnetwork: {hidden: [5]}\n", "network.hidden", [5]),
        ("hydra: {mode: MULTIRUN}\n", "hydra.mode", "MULTIRUN"),
    ],
)
def test_what_an_experiment_sets_wins_over_config_yaml(conf: Path, text: str, name: str, value: object) -> None:
    write(conf, text)
    plain.check(["experiment=mine"], conf)
    found: object = composed(conf, "experiment=mine")
    for key in name.split("."):
        found = found[key]  # type: ignore[index]
    assert getattr(found, "name", found) == value


def test_the_command_line_wins_over_an_experiment(conf: Path) -> None:
    write(conf, "seed: 7\n")
    assert composed(conf, "experiment=mine", "seed=9").seed == 9


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("experiment/mine.yaml", "seed: 3\nhydra: {sweeper: {params: {seed: '1,2'}}}\n", "seed is 3 and is swept too"),
        (
            "experiment/mine.yaml",
            "network: {hidden: [3]}\nhydra: {sweeper: {params: {network.hidden: '[1],[2]'}}}\n",
            "network.hidden is [3] and is swept too",
        ),
        ("experiment/mine.yaml", "hydra: {run: {dir: elsewhere}}\n", "hydra.run is for conf/config.yaml"),
        ("experiment/mine.yaml", "hydra: {job: {chdir: true}}\n", "hydra.job is for conf/config.yaml"),
        ("experiment/mine.yaml", "defaults: [override /hydra/launcher: two_workers]\n", "by HOLDOUT_LAUNCHER"),
        ("network/mine.yaml", "seed: 3\n", "@package _global_ is for conf/experiment/"),
    ],
)
def test_what_could_have_no_effect_is_refused(conf: Path, name: str, text: str, message: str) -> None:
    write(conf, text, name)
    with pytest.raises(HoldoutError, match="^conf/" + name) as caught:
        plain.check([], conf)
    assert message in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["config.yaml", "experiment/mine.yaml"])
def test_a_setting_of_the_past_comes_with_what_to_do(conf: Path, name: str) -> None:
    with pytest.raises(HoldoutError, match=r"^numerics=native: is no setting any more, .*: remove it$"):
        plain.check(["numerics=native"], conf)
    (conf / name).write_text("numerics: portable\n")
    with pytest.raises(HoldoutError, match=rf"^conf/{name}: numerics is no setting any more, .*: remove it$"):
        plain.check([], conf)


def test_a_sweep_over_options_may_stand_beside_settings_of_the_section(conf: Path) -> None:
    write(conf, "network: {activation: tanh}\nhydra: {sweeper: {params: {network: 'deep,two_hidden'}}}\n")
    plain.check(["experiment=mine"], conf)
