"""What every command promises: it works in a project's folder only, and on any terminal, or none."""

import contextlib
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from pipeline.console import fail
from pipeline.errors import HoldoutError
from pipeline.whereabouts import require
from tests.bad_inputs.run import tree
from tests.project import ROOT, environment
from tests.reporting import published

COMMANDS = [
    path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    for path in sorted((ROOT / "pipeline").rglob("*.py"))
    if re.search(r"^    run_stage\(main(?!.*anywhere)", path.read_text(encoding="utf-8"), re.M)
]


def refused(command: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    words = [command, *(["list"] if command.endswith("trials.__main__") else [])]
    with contextlib.chdir(folder), mock.patch.object(sys, "argv", words), pytest.raises(SystemExit) as end:
        runpy.run_module(command, run_name="__main__")
    assert end.value.code == 1
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_is_no_project_is_refused_and_stays_as_it_is(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "a project" / "notes"
    folder.mkdir(parents=True)
    assert "error: no project here, nor in a folder above" in refused(command, folder, capsys)
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copy(ROOT / name, folder.parent)
    before = sorted(tmp_path.rglob("*"))
    assert refused(command, folder, capsys) == (
        f"error: this folder is no project; the project is above it, so type first: cd '{folder.parent}'\n"
    )
    assert sorted(tmp_path.rglob("*")) == before


def test_all_commands_are_looked_at() -> None:
    stages = {
        f"pipeline.stages.{name}"
        for name in ("prepare", "split", "check", "train", "select", "baselines", "evaluate", "report")
    }
    others = {"reporting.summary", "tracking.mirror", "tracking.rebuild", "tracking.ui", "trials.__main__"}
    others |= {"claims.__main__", "tracking.laboratory"}
    assert set(COMMANDS) >= stages | {f"pipeline.{name}" for name in others}


def test_half_a_project_says_what_is_missing(tmp_path: Path) -> None:
    shutil.copy(ROOT / "params.yaml", tmp_path)
    with pytest.raises(HoldoutError, match=r"^dvc\.yaml is missing"):
        require(tmp_path)


def test_an_error_keeps_the_spaces_of_names_and_spells_what_can_not_be_seen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        fail("t.csv: column ' a  b\xa0':\n  found '\x1b[2J'\n")
    assert capsys.readouterr().err == "error: t.csv: column ' a  b\\xa0': found '\\x1b[2J'\n"


@pytest.mark.processes
@pytest.mark.parametrize(
    ("words", "encoding", "said"),
    [
        ("pipeline.stages.prepare", "ascii", "150 rows x 4 inputs"),
        ("pipeline.stages.prepare", "cp1252", "150 rows × 4 inputs"),
        ("pipeline.trials list", "latin-1", "0 trials"),
    ],
)
def test_any_terminal(words: str, encoding: str, said: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "dvc.yaml", tmp_path)
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text().replace("source: mnist5k", "source: iris"))
    more = {"PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT), "LC_ALL": "C", "HOLDOUT_TRACKING": "off"}
    command = [sys.executable, "-m", *words.split()]
    done = subprocess.run(command, cwd=tmp_path, env=environment(**more), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert said in done.stdout.decode(encoding)


@pytest.mark.processes
@pytest.mark.parametrize("where", ["| true; exit ${PIPESTATUS[0]}", ">&-", "2>&- <&- >&-"])
def test_nobody_has_to_read(where: str, tmp_path: Path) -> None:
    published.complete(tmp_path)
    before = tree(tmp_path)
    command = f"{sys.executable} -m pipeline.trials list {where}"
    more = environment(PYTHONPATH=str(ROOT))
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=more, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert tree(tmp_path) == before
