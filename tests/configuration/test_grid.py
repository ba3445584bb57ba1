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
