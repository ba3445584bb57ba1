"""kill -9 at random moments of ``dvc repro``, then ``dvc repro`` again: nothing is lost, and the bits are the same.

Killed are the whole process group, only dvc, only a trainer or worker, only the mirror, or whoever is about to make the
k-th change on disk (opening, writing, syncing, renaming). Run as ``python -m tests.torture.kills``.
"""

import argparse
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.project import ROOT, change, copy_program, environment, write_small_experiments
from tests.torture.faults import Faults, build
from tests.torture.io_failures import contents

KINDS = ("group", "dvc", "trainer", "mirror", "change")
PATIENCE = 300  # seconds for a run that is left alone
KEPT = ("pipeline", ".git")
EARLY = ("halving", "hyperband", "asha")  # searches that stop trials early


class Project:
    """A small project at one path, taken back to its beginning before each kill.

    Args:
        library: the one of ``faults``; sweeper: of an experiment that is searched, empty for grids alone.
    """

    def __init__(self, folder: Path, library: Path, sweeper: str = "") -> None:
        self.folder, self.faults, self.sweeper = folder, Faults(library, folder), sweeper
        self.seconds, self.changes = 0.0, 0  # of a run that is left alone
        self.mended = 0
        folder.mkdir(parents=True)
        copy_program(folder)
        subprocess.run("git init -q", shell=True, cwd=folder, check=True)
        self.reset()

    def reset(self) -> None:
        for path in self.folder.iterdir():
            if path.name not in KEPT:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(ROOT / "conf", self.folder / "conf")
        shutil.copytree(ROOT / ".dvc", self.folder / ".dvc", ignore=shutil.ignore_patterns("cache", "tmp"))
        for name in ("dvc.yaml", "params.yaml", ".dvcignore"):
            shutil.copyfile(ROOT / name, self.folder / name)
        change(self.folder / "params.yaml", lambda values: values["data"].update(source="iris"))
        write_small_experiments(self.folder)
        for name in ("rates", "topologies"):
            self._lengthen(self.folder / f"conf/experiment/{name}.yaml")
        if self.sweeper:
            change(self.folder / "conf/experiment/rates.yaml", self._search)
        change(self.folder / "conf/config.yaml", lambda values: values.update(checkpoint_seconds=0.05))

    def _search(self, values: dict) -> None:  # type: ignore[type-arg]
        values["defaults"] = [{"override /hydra/sweeper": self.sweeper}]
        values["hydra"]["sweeper"] |= {"trials": 6, "params": {"optimizer.learning_rate": "interval(0.01,0.3)"}}
        if self.sweeper in EARLY:
            values["hydra"]["sweeper"] |= {"min_epochs": 20, "reduction_factor": 2}

    @staticmethod
    def _lengthen(path: Path) -> None:
        def edit(values: dict) -> None:  # type: ignore[type-arg]
            params = values["hydra"]["sweeper"]["params"]
            values["stopping"] = {"epochs": 150, "patience": 0}
            values["optimizer"] = {"batch_size": 1}
            if "network.hidden" not in params:
                values["network"] = {"hidden": [60]}

        change(path, edit)

    def start(self, **more: str) -> subprocess.Popen[bytes]:
        variables = environment(**more)
        with (self.folder / "repro.log").open("ab") as log:
            command = ["dvc", "repro"]
            return subprocess.Popen(
                command, cwd=self.folder, env=variables, stdout=log, stderr=log, start_new_session=True
            )

    def finished(self) -> dict[str, bytes]:
        """Who trained each trial that is finished, and when."""
        found = {}
        for path in (self.folder / ".trials").glob("*/run.json"):
            with suppress(OSError):
                found[path.parent.name] = path.read_bytes()
        return found


def members(process: subprocess.Popen[bytes], word: str) -> list[psutil.Process]:
    """Descendants whose command line has ``word``."""
    found = []
    with suppress(psutil.Error):
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.Error):
                if word in " ".join(child.cmdline()):
                    found.append(child)
    return found


def strike(process: subprocess.Popen[bytes], kind: str, chance: random.Random) -> bool:
    """Kill; False if there was nobody of that kind."""
    if kind == "group":
        os.killpg(process.pid, signal.SIGKILL)
        return True
    if kind == "dvc":
        process.kill()
        return True
    victims = members(process, "pipeline.tracking.mirror") if kind == "mirror" else _trainers(process)
    if victims:
        with suppress(psutil.Error):
            chance.choice(victims).kill()
    return bool(victims)


def _trainers(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return [*members(process, "python -m pipeline.stages.train"), *members(process, "loky")]


def attack(project: Project, kind: str, moment: float, chance: random.Random, variables: dict[str, str]) -> bool:
    """One run of ``dvc repro`` with one kill in it; whether somebody was killed."""
    if kind == "change":
        at = 1 + int(moment * project.changes)
        process = project.start(**variables, **project.faults.environment(at))
        process.wait(PATIENCE)
        return project.faults.count >= at
    process = project.start(**variables)
    end = time.monotonic() + moment * project.seconds
    struck = False
    while process.poll() is None and not struck:
        if time.monotonic() >= end:
            struck = strike(process, kind, chance)
        time.sleep(0.02)
    process.wait(PATIENCE)
    return struck


def measure(project: Project, variables: dict[str, str]) -> dict[str, str]:
    """An undisturbed run: how long it takes, how many changes it makes, and what comes out."""
    for _ in range(2):  # the first one compiles
        project.reset()
        start = time.monotonic()
        process = project.start(**variables, **project.faults.environment(0))
        if process.wait(PATIENCE):
            raise RuntimeError((project.folder / "repro.log").read_text())
        project.seconds = time.monotonic() - start
        project.changes = project.faults.count
    return contents(project.folder)


def runs_in_mlflow(database: Path) -> tuple[Counter[tuple[str, ...]], Counter[str]]:
    """How often each (stage, experiment, key) is there, and the statuses."""
    identity = "SELECT run_uuid, key, value FROM tags WHERE key IN ('holdout.stage','holdout.experiment','holdout.key')"
    with closing(sqlite3.connect(database)) as connection:
        tags: dict[str, dict[str, str]] = {}
        for run, key, value in connection.execute(identity):
            tags.setdefault(run, {})[key] = value
        statuses = Counter(status for (status,) in connection.execute("SELECT status FROM runs"))
    names = ("holdout.stage", "holdout.experiment", "holdout.key")
    return Counter(tuple(found.get(name, "") for name in names) for found in tags.values()), statuses


def mend(project: Project) -> bool:
    """Do what README says where DVC was killed while it wrote its own table of locks; whether that was so."""
    table = project.folder / ".dvc/tmp/rwlock"
    if "Unable to read RWLock-file" not in (project.folder / "repro.log").read_text():
        return False
    table.unlink(missing_ok=True)
    project.mended += 1
    return True


def catch_up(project: Project) -> None:
    """Do what the warning says where the mirror itself was killed, and no stage is run any more."""
    if "is behind" in (project.folder / "repro.log").read_text():
        command = [sys.executable, "-m", "pipeline.tracking.mirror"]
        subprocess.run(command, cwd=project.folder, env=environment(HOLDOUT_TRACKING="on"), check=True)


def judge(project: Project, before: dict[str, bytes], expected: dict[str, str], tracked: bool) -> list[str]:
    """What is wrong after the run that follows the kill."""
    variables = {"HOLDOUT_TRACKING": "on" if tracked else "off"}
    wrong: list[str] = []
    if project.start(**variables).wait(PATIENCE) and (not mend(project) or project.start(**variables).wait(PATIENCE)):
        return ["dvc repro fails after the kill: " + (project.folder / "repro.log").read_text()[-2000:]]
    if tracked:
        catch_up(project)
    found = contents(project.folder)
    if found != expected:
        wrong.append(f"other outputs: {sorted({name for name, _ in found.items() ^ expected.items()})[:5]}")
    after = project.finished()
    wrong += [f"finished trial {key} was trained again" for key, run in before.items() if after.get(key) != run]
    wrong += [f"{path} was left" for path in project.folder.rglob(".*.tmp-*") if ".dvc" not in path.parts]
    if tracked:
        runs, statuses = runs_in_mlflow(project.folder / "mlflow.db")
        wrong += [f"{count} runs of {run}" for run, count in runs.items() if count > 1]
        wrong += [f"runs ended as {dict(statuses)}"] if set(statuses) - {"FINISHED"} else []
    return wrong


class Result(NamedTuple):
    """done: kills by kind; wrong: what went wrong; resumed: trials that went on from a checkpoint; mended: see mend."""

    done: Counter[str]
    wrong: list[str]
    resumed: int
    mended: int


def suite(folder: Path, kills: int, seed: int, tracked_share: int = 3, sweeper: str = "") -> Result:
    """Kill and judge so often; every ``tracked_share``-th run has a mirror, besides those whose mirror is killed."""
    chance = random.Random(seed)
    project = Project(folder / "project", build(folder), sweeper)
    wrong: list[str] = []
    done: Counter[str] = Counter()
    expected = measure(project, {"HOLDOUT_TRACKING": "off"})
    number = resumed = 0
    while done.total() < kills:
        kind = KINDS[number % len(KINDS)]
        tracked = kind == "mirror" or number % tracked_share == 0
        workers = "two_workers" if chance.random() < 0.5 else "basic"
        variables = {"HOLDOUT_TRACKING": "on" if tracked else "off", "HOLDOUT_LAUNCHER": workers}
        project.reset()
        struck = attack(project, kind, chance.random(), chance, variables)
        number += 1
        if not struck:
            continue
        done[kind] += 1
        found = judge(project, project.finished(), expected, tracked)
        resumed += sum(b'"resumed_after": null' not in run for run in project.finished().values())
        wrong += [f"kill {done.total()} ({kind}, {workers}): {text}" for text in found]
        print(f"kill {done.total()} of {kills}: {kind}, {workers}: {'; '.join(found) or 'recovered'}", flush=True)
    return Result(done, wrong, resumed, project.mended)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--sweeper", default="", help="of one of the experiments, halving, say; else both are grids")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    with tempfile.TemporaryDirectory() as name:
        done, wrong, resumed, mended = suite(Path(name), options.kills, options.seed, sweeper=options.sweeper)
    print(*wrong, sep="\n")
    bad = len({text.partition(":")[0] for text in wrong})
    kinds = ", ".join(f"{count} {kind}" for kind, count in done.items())
    print(f"Kills survived: {done.total() - bad} of {done.total()} ({kinds})")
    print(f"{resumed} trials went on from a checkpoint; DVC's own table of locks was removed {mended} times")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
