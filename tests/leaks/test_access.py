"""Whatever code a stage of training runs, it reaches no row that is not its own, and changes nothing that is sealed.

`make leaks` prints what is caught of all that is planted; see tests/leaks/ways.py.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.sealing import landlock
from pipeline.storage.places import COPIES
from tests.leaks.ways import PLACES, READS, WORK, WRITES, Way
from tests.reporting import published

pytestmark = [pytest.mark.processes, pytest.mark.slow]
needs_landlock = pytest.mark.skipif(not landlock.available(), reason="this kernel has no Landlock")
MECHANISMS = [pytest.param("landlock", marks=needs_landlock), "audit"]
SEALED = ("data", "raw", "models", "reports", "pipeline", "dvc.yaml", "params.yaml", "experiments/beta", ".git/refs")
RUNNER = """
from pipeline.sealing.confine import confine
confine("train", ["experiment=alpha"])
found, home = {}, os.getcwd()
for name, code in PLANTS:
    if AFRESH:  # nothing keeps them from one another
        home = OUTSIDE + "/fresh"
        os.chdir(OUTSIDE)
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(PROJECT, home, symlinks=True)
        os.chdir(home)
    try:
        exec(code)
        found[name] = None
    except BaseException as error:
        found[name] = f"{type(error).__name__}: {error}"[:300]
    os.chdir(home)
print("\\n" + json.dumps(found))
"""


def plant(folder: Path) -> Path:
    """A project with rows in every place where a project can have them."""
    folder.mkdir()
    published.complete(folder)
    for path, text in {
        "raw/own.csv": "a,b\n1,2\n",
        "notes/copy.csv": "a,b\n1,2\n",
        "pipeline/stages/evaluate.py": "",
        "pipeline/stages/train.py": "",
        "conf/config.yaml": "",
        ".dvc/cache/files/md5/00/1": "rows",
        ".dvc/tmp/rows": "rows",
        ".trials/mine": "mine",
        ".trials/k/summary.json": "{}",
        "mlartifacts/1/artifacts/rows.npy": "rows",
        "models/selected/certificate.json": "{}",
        "reports/metrics.json": "{}",
        "reports/ledger.jsonl": "{}\n",
        str(COPIES): json.dumps({"files": ["notes/copy.csv", "pipeline/linked.csv"]}),
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    os.link(folder / "raw/own.csv", folder / "pipeline/linked.csv")
    (folder / "innocent.npy").symlink_to("data/sealed/test/X.npy")
    (folder / "pipeline/folder").symlink_to(folder / "data/sealed")
    params = yaml.safe_load((folder / "params.yaml").read_text())
    params["data"] |= {"source": "file", "path": "raw/own.csv", "labels": "raw/own.csv"}
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    for database in ("mlflow.db", "data/prepared/rows.db"):
        with sqlite3.connect(folder / database) as connection:
            connection.execute("create table rows (a)")
        connection.close()
    repository(folder)
    return folder


def repository(folder: Path) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "raw", "dvc.yaml"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *words], cwd=folder, check=True)
    subprocess.run(["git", "update-ref", "refs/holdout/openings", "HEAD"], cwd=folder, check=True)
    subprocess.run(["git", "worktree", "add", "-q", "--detach", str(folder.parent / "tree")], cwd=folder, check=True)
    shutil.copytree(folder / "data", folder.parent / "tree/data")
    (folder / ".git/holdout").mkdir()
    for name in ("openings.jsonl", "candidates.jsonl"):
        (folder / ".git/holdout" / name).write_text("{}")


def run(folder: Path, mechanism: str, plants: list[tuple[str, str]]) -> dict[str, Any]:
    """What became of each plant in a stage of training: what refused it, or None where nothing did.

    Without confinement, each has a project of its own.
    """
    outside = folder.parent / "outside"
    outside.mkdir(exist_ok=True)
    rows = os.open(folder / "data/sealed/test/X.npy", os.O_RDONLY)
    names = f"PARENTS, OUTSIDE, TREE = {rows}, {str(outside)!r}, {str(folder.parent / 'tree')!r}\nPLANTS = {plants!r}\n"
    names += f"AFRESH, PROJECT = {mechanism == 'off'}, {str(folder)!r}\n"
    environment = {**os.environ, "HOLDOUT_CONFINE": mechanism, "PYTHONPATH": str(published.ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", PLACES + names + RUNNER],
        cwd=folder,
        env=environment,
        stdin=rows,
        pass_fds=[rows],
        capture_output=True,
        text=True,
        errors="replace",  # some ways print what they read
        check=False,
    )
    os.close(rows)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def state(folder: Path) -> dict[str, str]:
    files = [path for place in SEALED for path in (folder / place, *(folder / place).rglob("*"))]
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.is_file() and "__pycache__" not in path.parts and ".results.tmp" not in path.parts
    }


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_training_reaches_no_row_and_changes_nothing_sealed(
    tmp_path: Path, mechanism: str, record_property: Any
) -> None:
    folder = plant(tmp_path / "project")
    before = state(folder)
    ways: tuple[Way, ...] = (*READS, *WRITES)
    found = run(folder, mechanism, [(way.name, way.code) for way in ways])
    through = [way.name for way in ways if found[way.name] is None]
    print(f"{mechanism}: {len(ways) - len(through)} of {len(ways)} ways caught; through: {through or 'none'}")
    expected = [] if mechanism == "landlock" else [way.name for way in ways if not way.seen]
    assert set(through) <= set(expected)
    if mechanism == "landlock":
        assert state(folder) == before
        record_property("planted", len(ways))
        record_property("caught", len(ways) - len(through))


def test_every_way_is_one_where_nothing_holds(tmp_path: Path) -> None:
    """Else its being caught would say nothing."""
    found = run(plant(tmp_path / "project"), "off", [(way.name, way.code) for way in (*READS, *WRITES)])
    assert {name: error for name, error in found.items() if error} == {}


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_training_can_do_its_work(tmp_path: Path, mechanism: str) -> None:
    folder = plant(tmp_path / "project")
    found = run(folder, mechanism, [(code, code) for code in WORK])
    assert {code: error for code, error in found.items() if error} == {}
