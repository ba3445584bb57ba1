"""How many jobs a command line makes, told before Hydra writes them out."""

import re
from pathlib import Path

import pytest

from pipeline.configuration import grid
from pipeline.errors import HoldoutError

TOO_LONG = f"range(0,1{'0' * 400})"


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "config.yaml").write_text("seed: 1\n")
    for name, head, params in (
        ("base", "", "{seed: 'range(0,5000)', a: '1,2'}"),
        ("above", "defaults: [base]\n", "{b: '1,2,3'}"),
        ("itself", "defaults: [itself, _self_]\n", "{b: '1,2,3'}"),
    ):
        text = f"# @package _global_\n{head}hydra: {{mode: MULTIRUN, sweeper: {{params: {params}}}}}\n"
        (tmp_path / f"experiment/{name}.yaml").write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("-m seed=range(0,10001)", "10,001 jobs, for seed has 10,001 values (the command line)"),
        ("-m seed=range(0,101) b=range(0,100,1)", "10,100 jobs, for seed has 101 values"),
        ("-m seed=shuffle(range(0,20000))", "20,000 jobs"),
        ("-m experiment=base b=1,2", "20,000 jobs, for seed has 5,000 values (conf/experiment/base.yaml)"),
        ("experiment=above", "30,000 jobs, for seed has 5,000 values (conf/experiment/base.yaml)"),
        ("-m experiment=base ++seed=1,2", "20,000 jobs"),
        ("-m a=range(0,1,0)", "endlessly many"),
        ("-m a=range(0,inf)", "endlessly many"),
        ("-m a=range(0,1,nan)", "endlessly many"),
        (f"-m a={TOO_LONG}", "endlessly many"),
        (f"-m a=range(0,1{'0' * 300}) b=range(0,1{'0' * 300})", "endlessly many"),
    ],
)
def test_too_many_are_refused(conf: Path, line: str, said: str) -> None:
    with pytest.raises(HoldoutError, match=re.escape(said)):
        grid.check([line.split()], conf)


@pytest.mark.parametrize(
    "line",
    [
        "-m seed=range(0,10000)",
        "experiment=base",
        "experiment=itself",
        "experiment=nowhere",
        "experiment=base seed=range(0,5)",  # in place of the file's
        "--cfg job",
        "-c job seed=5",
        "--info defaults",
        "--multirun hydra/launcher=joblib a=choice(1,2) ~x +y=3 b={c:1} d=glob(*) e=interval(0,1)",
        "network.hidden=[100,50] x='a,b' y=null z=",
    ],
)
def test_other_command_lines_pass(conf: Path, line: str) -> None:
    grid.check([line.split()], conf)


def test_the_jobs_of_several_lines_add_up(conf: Path) -> None:
    grid.check([["experiment=base", "seed=1,2"], ["-m", "b=range(0,9996)"]], conf)
    with pytest.raises(HoldoutError, match="10,001 jobs, for b has 9,997 values"):
        grid.check([["experiment=base", "seed=1,2"], ["-m", "b=range(0,9997)"]], conf)


SEARCHING = (
    "# @package _global_\ndefaults: [{override /hydra/sweeper: random}]\nhydra: {sweeper: {trials: 5, params: {}}}\n"
)


def test_a_search_is_no_grid_however_many_values_it_draws_from(conf: Path) -> None:
    (conf / "experiment/look.yaml").write_text(
        SEARCHING.replace("params: {}", "params: {seed: 'range(0,5000)', b: 'range(0,5000)'}")
    )
    grid.check([["experiment=look"], ["hydra/sweeper=tpe", "a=range(0,5000)", "b=range(0,5000)"]], conf)
    with pytest.raises(HoldoutError, match="25,000,000 jobs"):
        grid.check([["hydra/sweeper=basic", "a=range(0,5000)", "b=range(0,5000)"]], conf)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("experiment=look", "random"),
        ("experiment=look hydra/sweeper=sobol", "sobol"),
        ("experiment=child", "random"),
        ("experiment=base", "basic"),
        ("", "basic"),
    ],
)
def test_the_sweeper_is_the_one_that_hydra_will_choose(conf: Path, words: str, name: str) -> None:
    (conf / "experiment/look.yaml").write_text(SEARCHING)
    (conf / "experiment/child.yaml").write_text("# @package _global_\ndefaults: [look, _self_]\n")
    assert grid.sweeper(words.split(), conf) == name


def test_what_is_for_a_search_is_refused_in_a_grid(conf: Path) -> None:
    (conf / "experiment/look.yaml").write_text(SEARCHING.replace("{override /hydra/sweeper: random}", "base"))
    message = (
        r"^conf/experiment/look\.yaml: hydra\.sweeper\.trials is for a search, .*`override /hydra/sweeper: random`"
    )
    with pytest.raises(HoldoutError, match=message):
        grid.check([["experiment=look"]], conf)
