"""For every k: the k-th change that a stage makes on disk fails, with a full disk or a broken one.

Each run must end with one line that says so and leave every file as it was or as it should become; the same command
without the fault must then come to what it comes to undisturbed. Run as ``python -m tests.torture.io_failures``.
"""

import argparse
import contextlib
import errno
import hashlib
import queue
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pipeline.sealing import gathered, git_places
from tests.project import ROOT, change, copy_program, write_small_experiments
from tests.torture.faults import Faults, build, without_faults

TRAIN = "train experiment=rates checkpoint_seconds=0.0001"
STAGES = (
    *("prepare", "split", "check", TRAIN, "train experiment=topologies", "select", "baselines", "evaluate", "report"),
)
OUTS = ("data", "models", "reports", "experiments")
PROGRAM = "pipeline"
KINDS = (errno.ENOSPC, errno.EIO)


@dataclass(frozen=True)
class Case:
    """The ``at``-th change of a stage's run in a copy of the folder ``before`` fails; ``after`` is what should be."""

    stage: str
    at: int
    before: Path
    after: Path


class Desk:
    """A project folder that cases use one after the other: what was compiled for its path stays.

    Args:
        library: the one of ``faults``.
    """

    def __init__(self, folder: Path, library: Path) -> None:
        self.folder, self.faults = folder, Faults(library, folder)
        folder.mkdir(parents=True)
        copy_program(folder)

    def clear(self) -> None:
        for path in self.folder.iterdir():
            if path.name != PROGRAM:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def load(self, state: Path) -> None:
        """Make the project what ``save`` kept."""
        self.clear()
        shutil.copytree(state, self.folder, dirs_exist_ok=True)

    def save(self, state: Path) -> None:
        shutil.copytree(self.folder, state, ignore=lambda folder, names: {PROGRAM} & {*names})

    def new(self) -> None:
        """A project with small data, nothing run yet."""
        self.clear()
        shutil.copytree(ROOT / "conf", self.folder / "conf")
        for name in ("dvc.yaml", "params.yaml"):
            shutil.copyfile(ROOT / name, self.folder / name)
        change(self.folder / "params.yaml", lambda values: values["data"].update(source="iris"))
        write_small_experiments(self.folder)

    def run(self, stage: str, **more: str) -> subprocess.CompletedProcess[str]:
        """A stage as dvc.yaml starts it, without a mirror."""
        variables = {**without_faults(), "PYTHONPATH": ".", "HOLDOUT_TRACKING": "off", **more}
        command = [sys.executable, "-m", *f"pipeline.stages.{stage}".split()]
        return subprocess.run(command, cwd=self.folder, env=variables, capture_output=True, text=True, check=False)


def contents(folder: Path) -> dict[str, str]:
    """SHA-256 of every file that a stage hands on; not the ledger, which only grows, nor what DVC adds for git."""
    left_out = {gathered.LEDGER.name, ".gitignore", "report.html", "circumstances.json", "tried.jsonl"}  # tell when
    every = [path for out in OUTS for path in (folder / out).rglob("*") if path.is_file()]
    paths = [path for path in every if path.name not in left_out]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(paths)}


def prepare(desk: Desk, states: Path) -> list[Case]:
    """Run all stages undisturbed, twice: the second time over what an older setting left; every change is a case."""
    cases = []
    desk.new()
    for turn in ("older", "newer"):
        if turn == "newer":
            change(desk.folder / "params.yaml", lambda values: values["split"].update(seed=7))
        for number, stage in enumerate(STAGES):
            before, after = (states / f"{turn}-{number}-{name}" for name in ("before", "after"))
            desk.save(before)
            done = desk.run(stage, **desk.faults.environment(0))
            if done.returncode:
                raise RuntimeError(f"{stage} fails undisturbed:\n{done.stderr}")
            desk.save(after)
            if turn == "newer":
                cases += [Case(stage, at, before, after) for at in range(1, desk.faults.count + 1)]
    return cases


def try_case(case: Case, desk: Desk) -> str | None:
    """None if all is well, else what is wrong."""
    desk.load(case.before)
    kind = KINDS[case.at % len(KINDS)]
    done = desk.run(case.stage, **desk.faults.environment(case.at, str(kind)))
    old, found, new = contents(case.before), contents(desk.folder), contents(case.after)
    half = [name for name, digest in found.items() if digest not in (old.get(name), new.get(name))]
    lost = [name for name in old.keys() & new.keys() if name not in found]
    if half or lost:
        return f"neither old nor new: {half or lost}"
    with contextlib.chdir(desk.folder):
        gathered.gather()
    lines = done.stderr.splitlines()
    if done.returncode == 0:  # what failed was of no importance: a leftover that could not be removed, say
        return None if found == new else "status 0, but the outputs are not those of an undisturbed run"
    named = any(place in done.stderr for place in (*OUTS, ".trials", git_places.BESIDE))
    if done.returncode != 1 or len(lines) != 1 or not lines[0].startswith("error: ") or not named:
        return f"status {done.returncode} with {done.stderr!r}"
    again = desk.run(case.stage)
    if again.returncode or contents(desk.folder) != new:
        return f"does not recover: {again.stderr!r}, {contents(desk.folder).items() ^ new.items()}"
    return None


def suite(
    folder: Path, every: int = 1, workers: int = 2, stages: tuple[str, ...] = STAGES
) -> tuple[int, int, list[str]]:
    """Points in all, points tried (every n-th), and what is wrong."""
    library = build(folder)
    desks: queue.Queue[Desk] = queue.Queue()
    for number in range(workers):
        desks.put(Desk(folder / f"desk-{number}", library))
    first = desks.get()
    cases = [case for case in prepare(first, folder / "states") if case.stage in stages]
    desks.put(first)

    def attempt(case: Case) -> str | None:
        desk = desks.get()
        try:
            found = try_case(case, desk)
            return found and f"{case.stage}, change {case.at}: {found}"
        finally:
            desks.put(desk)

    with ThreadPoolExecutor(workers) as pool:
        found = []
        for text in pool.map(attempt, cases[::every]):
            found.append(text)
            if text:
                print(text, flush=True)
            if len(found) % 50 == 0:
                print(f"{len(found)} points, {sum(map(bool, found))} of them wrong", flush=True)
    return len(cases), len(found), [text for text in found if text]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="try every n-th point only")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        every, tried, wrong = suite(Path(name), options.every, options.workers)
    print(f"I/O failures: {tried - len(wrong)} of {tried} points end well, of {every} in all")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
