"""The power of a file system is cut at the k-th change; it is mounted again and the same command run: nothing is lost.

A project lies on an ext4 or XFS of its own. Before the k-th change that any process makes there (a write, a sync, a
rename and so on) the file system is shut down, with all that was not yet on the device, and every process is killed.
Run as ``python -m tests.torture.power_cuts``.
"""

import argparse
import contextlib
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.sealing import attempts, gathered
from pipeline.storage.places import TRIALS
from pipeline.trials.whole import reusable
from tests.project import ROOT, change
from tests.torture.desk import Desk, Turn
from tests.torture.disk import missing
from tests.torture.io_failures import STAGES, contents
from tests.torture.kills import runs_in_mlflow
from tests.torture.synced import never_synced

DVC = ("prepare", "split", "check", "train@rates", "train@topologies", "select", "baselines", "evaluate", "report")
# Over what an older setting left.
BY_HAND = tuple(f"python -m pipeline.stages.{stage}" for stage in STAGES)
AD_HOC = "python -m pipeline.stages.train network.hidden=[6]"
OPENING = f"env PYTHONPATH={ROOT} python -m tests.sealing.opened 7"  # as evaluate records it
MIRROR = "python -m pipeline.tracking.mirror"
AFTERWARDS = (
    *(AD_HOC, MIRROR, "python -m pipeline.trials verify", "python -m pipeline.trials prune --ad-hoc"),
    *("python -m pipeline.sealing.ledger --join", OPENING),
)
ALL, BY_DVC, HAND, SMALL = "all", "dvc", "hand", "small"  # what is cut: small is a few commands
ENDS = ("fsync", "fdatasync", "rename", "exchange", "link", "unlink", "unlinkat", "rmdir")
OTHERS = ("/.dvc/", "/site/", "/__pycache__/", "/dvc.lock", "/.gitignore")  # of DVC and Python
TRANSIENT = (*OTHERS, "__pycache__", ".lock", "/.trials/tmp", "/.git/index", "/tmp_obj_", "/.artifact.uploading.")
TOLD = re.compile(r"^trial (\d+) of \d+, ([\w-]+): (?!.*, reused)", re.M)
WHOLE = 6  # every so often the whole pipeline is run after the cut, else the stage


@dataclass(frozen=True)
class Case:
    """The cut comes before change ``at``, or right after the command, if 0; whole: then all stages are run."""

    turn: Turn
    at: int
    whole: bool

    def __str__(self) -> str:
        if not self.at:
            return f"{self.turn.command}, after its end"
        changes = self.turn.changes
        number, _, call, path, _ = changes[min(self.at, len(changes)) - 1]
        return f"{self.turn.command}, change {number} of {len(changes)} ({call} {Path(path).name})"


def draw(turns: Sequence[Turn], points: int, chance: random.Random) -> list[Case]:
    """So many points: half of them right after one of our syncs, renames and removals, spread over the whole run."""
    ours, rest = [], []
    for turn in turns:
        for number, _, call, path, _ in turn.changes:
            own = not any(word in path for word in OTHERS)
            (ours if own and call in ENDS else rest).append((turn, int(number) + (own and call in ENDS)))
    half = min(points // 2, len(ours))
    drawn = [*_spread(ours, half, chance), *_spread(rest, points - half, chance)]
    drawn += [(turn, 0) for turn in turns]
    return [Case(turn, at, number % WHOLE == 0 and "dvc" in turn.command) for number, (turn, at) in enumerate(drawn)]


def _spread(found: list[tuple[Turn, int]], count: int, chance: random.Random) -> list[tuple[Turn, int]]:
    """One from each of ``count`` pieces of equal length."""
    return [found[int((number + chance.random()) * len(found) / count)] for number in range(count)]


def try_case(case: Case, desk: Desk) -> list[str] | None:
    """What is wrong; None if the command ended before the cut."""
    turn = case.turn
    desk.disk.load(turn.before)
    desk.run(turn.command, **desk.disk.environment(case.at))
    if case.at and not desk.disk.was_cut:
        return None
    told = desk.said()
    desk.disk.cut()
    with contextlib.chdir(desk.folder):
        wrong = lost(turn, told, not case.at)
        before = finished()
    again = "dvc repro" if case.whole else turn.command.replace(" -s", "")
    if not recovers(desk, again):
        return [*wrong, f"{again} fails after the cut: {desk.said()[-1500:]}"]
    expected = desk.final if case.whole else turn.after
    found = contents(desk.folder)
    if found != expected:
        wrong.append(f"other outputs: {differences(found, expected)}")
    with contextlib.chdir(desk.folder):
        after, known = finished(), gathered.gather()
    wrong += [f"finished trial {key} was trained again" for key, run in before.items() if after.get(key, run) != run]
    wrong += [f"{path} was left" for path in desk.folder.rglob(".*.tmp-*") if ".dvc" not in path.parts]
    wrong += known.faults
    if turn.command == MIRROR:
        runs, statuses = runs_in_mlflow(desk.folder / "mlflow.db")
        wrong += [f"{count} runs of {run}" for run, count in runs.items() if count > 1]
        wrong += [f"runs ended as {dict(statuses)}"] if set(statuses) != {"FINISHED"} else []
    desk.resumed += sum(b'"resumed_after": null' not in run for key, run in after.items() if key not in before)
    return wrong


def differences(found: dict[str, str], expected: dict[str, str]) -> str:
    names = sorted({name for name, _ in found.items() ^ expected.items()})
    words = ("missing" if name not in found else "new" if name not in expected else "other" for name in names)
    return ", ".join(f"{name} is {word}" for name, word in zip(names[:5], words, strict=False))


def recovers(desk: Desk, command: str) -> bool:
    """Run it again; where DVC can't read its own files, do first what `make repro` does."""
    if not desk.run(command):
        return True
    said = desk.said()
    if desk.run("python -m pipeline.preflight") or desk.run(command):
        return False
    desk.mended += 1
    print(f"mended by preflight: {said[-300:]}", flush=True)
    return True


def lost(turn: Turn, told: str, ended: bool) -> list[str]:
    """What was acknowledged before the cut and is not there after it, in the project of the current folder."""
    wrong = [f"the store has half a trial: {path.parent.name}" for path in TRIALS.glob("[!.]*/run.json")
             if reusable(path.parent) is None]  # fmt: skip
    tried = {one.key for one in attempts.read()}
    for number, name in TOLD.findall(told):
        key = turn.keys[name, int(number) - 1]
        if reusable(TRIALS / key) is None:
            wrong.append(f"trial {key} was told as finished, and is lost")
        if key not in tried:
            wrong.append(f"trial {key} was told as finished, and is no candidate on record")
    opened = len(gathered.gather().entries)
    scored = ("test/error" in told and "evaluate" in turn.command) or (turn.command == OPENING and ended)
    if opened < turn.opened + scored:
        wrong.append(f"an opening is lost: {opened} of {turn.opened} + {int(scored)}")
    return wrong


def finished() -> dict[str, bytes]:
    """Who trained each whole trial of the store, and when."""
    return {path.parent.name: path.read_bytes() for path in TRIALS.glob("*/run.json") if reusable(path.parent)}


def left_unsynced(turn: Turn) -> list[str]:
    return [f"{turn.command}: {text}" for text in never_synced(turn.changes, TRANSIENT)]


def turns(desk: Desk, which: str) -> None:
    """Run everything undisturbed."""
    desk.begin()
    if which in (ALL, BY_DVC):
        desk.take_turns([f"dvc repro -s {stage}" for stage in DVC])
        desk.final = desk.turns[-1].after
    for command in {HAND: BY_HAND, SMALL: BY_HAND[:2]}.get(which, ()):
        desk.run(command)
    if which in (ALL, HAND):
        change(desk.folder / "params.yaml", lambda values: values["split"].update(seed=7))
        desk.take_turns([*BY_HAND, *AFTERWARDS])
    if which == SMALL:
        desk.take_turns([AD_HOC, OPENING, MIRROR])


def serve(folder: Path, kind: str, points: int, seed: int, which: str = ALL) -> int:
    """All points of one file system; the last line printed is what came of them, as JSON."""
    desk, chance = Desk(folder, kind), random.Random(f"{seed} {kind}")
    turns(desk, which)
    unsynced = [text for turn in desk.turns if "dvc" not in turn.command for text in left_unsynced(turn)]
    print("\n".join(unsynced), flush=True)
    cases = draw(desk.turns, points, chance)
    chance.shuffle(cases)
    wrong = cut = 0
    for case in cases:
        found = try_case(case, desk)
        if found is None:
            continue
        if found:
            shutil.copytree(
                desk.folder, folder / f"wrong-{cut}", ignore=shutil.ignore_patterns("pipeline"), symlinks=True
            )
        cut += 1
        wrong += bool(found)
        print(f"{kind} cut {cut}: {case}: {'; '.join(found) or 'recovered'}", flush=True)
    changes = sum(len(turn.changes) for turn in desk.turns)
    facts = {"cut": cut, "wrong": wrong, "unsynced": len(unsynced), "of": changes}
    print(json.dumps({**facts, "mended": desk.mended, "resumed": desk.resumed}), flush=True)
    desk.disk.remove()
    return bool(wrong or unsynced)


def suite(folder: Path, kind: str, points: int, seed: int, which: str = ALL) -> dict[str, int]:
    """What ``serve`` comes to, in namespaces of its own: nothing stays mounted, and no process is left."""
    apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    words = ["--serve", str(folder), kind, "--points", str(points), "--seed", str(seed), "--commands", which]
    command = [*apart, sys.executable, "-m", "tests.torture.power_cuts", *words]
    last = ""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for last in process.stdout:
            print(last, end="", flush=True)
    if not last.startswith("{"):
        raise RuntimeError(f"the power cuts on {kind} did not end (status {process.returncode}); last was {last!r}")
    found: dict[str, int] = json.loads(last)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=100, help="on each file system, and one after each command")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--systems", default="ext4,xfs")
    parser.add_argument("--commands", choices=(ALL, BY_DVC, HAND, SMALL), default=ALL, help="%(default)s")
    parser.add_argument("--serve", nargs=2, metavar=("FOLDER", "SYSTEM"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(Path(options.serve[0]), options.serve[1], options.points, options.seed, options.commands)
    print(f"seed {options.seed}")
    bad = 0
    for kind in options.systems.split(","):
        if reason := missing(kind):
            print(f"Power cuts, {kind}: none, {reason}")
            continue
        with tempfile.TemporaryDirectory() as name:
            found = suite(Path(name), kind, options.points, options.seed, options.commands)
        print(in_words(kind, found), flush=True)
        bad += found["wrong"] + found["unsynced"]
    return bool(bad)


def in_words(kind: str, found: dict[str, int]) -> str:
    cut, wrong = found["cut"], found["wrong"]
    return (
        f"Power cuts, {kind}: {cut - wrong} of {cut} points end well, of {found['of']} changes in all; "
        f"{found['resumed']} trials went on from a checkpoint, {found['unsynced']} changes were left unsynced, "
        f"and preflight mended what DVC had left {found['mended']} times"
    )


if __name__ == "__main__":
    sys.exit(main())
