"""Measures the store here, simulates many workers from that, and prints docs/scale.md's tables in Markdown.

    python -m benchmarks.scale [--measured FILE] [--remote URL ...] [--entries 1000 10000 100000] [--trials 1000000]

``python -m tests.servers COMMAND`` runs a command beside an SSH server and an S3-compatible store on loopback.
"""

import argparse
import datetime
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.markdown import machine
from benchmarks.scale import measured
from benchmarks.scale.simulated import Load, simulate

CONF = Path(__file__).resolve().parents[2] / "conf"
STORED = 1000  # trials whose handling is measured
WORKERS = (10, 100, 1000, 10_000)
LENGTHS = (10.0, 60.0, 600.0)  # seconds of a trial
LONGEST = 600.0  # seconds in which a worker is followed, at least two trials long
SERVERS = 16  # requests that a shared disk works on at the same time
TRIP = 0.0005  # seconds on the network for each of its requests, as NFS within a building
SELDOM = 300.0  # seconds between checkpoints where there are many workers
PUTS = 3500.0  # a second that S3 is said by its maker to take under one prefix


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    for line in (columns, ["---"] + ["---:"] * (len(columns) - 1), *rows):
        print(f"| {' | '.join(line)} |", flush=True)
    print()


def brief(seconds: float) -> str:
    """Seconds in the unit in which they are read."""
    for factor, unit in ((1e6, "µs"), (1e3, "ms"), (1.0, "s"), (1 / 60, "min"), (1 / 3600, "h")):
        if seconds * factor < 100 or unit == "h":
            return f"{seconds * factor:.3g} {unit}"
    raise AssertionError


def show_files(folder: Path, counts: Sequence[int]) -> dict[str, float]:
    found = {count: measured.files(folder / "files", count) for count in counts}
    names = list(found[counts[0]])
    table(["a folder of", *(f"{count:,}" for count in counts)], [
        [name, *(brief(found[count][name]) for count in counts)] for name in names
    ])  # fmt: skip
    return found[counts[-1]]


def show_program(folder: Path, trials: int) -> dict[str, float]:
    found = measured.program(folder / "program", STORED, CONF)
    table(["step of a sweep", "for a trial", f"for {trials:,}"], [
        [name, brief(each), "" if name.startswith("find") else brief(each * trials)] for name, each in found.items()
    ])  # fmt: skip
    return found


def show_remotes(urls: Sequence[str]) -> None:
    found = {url.partition(":")[0]: measured.remote(url) for url in urls}
    if found:
        names = list(next(iter(found.values())))
        table(
            ["a remote's step", *found],
            [[name, *(brief(steps[name]) for steps in found.values())] for name in names],
        )


def loads(
    disk: Mapping[str, float], steps: measured.Steps, program: Mapping[str, float]
) -> dict[str, tuple[Load, int]]:
    """What trials ask of a shared disk, and of an object store beside disks of the workers' own; see simulated.py."""
    plain = steps.opens * disk["look up"] + steps.renames * disk["rename"]
    whole = plain + steps.syncs * disk["write and fsync"]
    checkpoint = disk["write and fsync"] * 3 + disk["rename"]
    requests = steps.opens + steps.renames + steps.syncs
    controller = program["look up a trial that is not there"] + program["count it as a candidate"]
    shared = Load(controller, whole / 2, checkpoint, whole / 2, (requests * TRIP / 2, 4 * TRIP, requests * TRIP / 2))
    own = (checkpoint, 0.0, whole)  # waited for, but on a disk that no other worker uses
    objects = Load(controller, 0.0, 0.0, 1 / PUTS, own)
    rarely = replace(shared, interval=SELDOM)
    return {
        "shared disk": (shared, SERVERS),
        f"the same, checkpoints each {SELDOM:.0f} s": (rarely, SERVERS),
        "object store": (objects, 1),
    }


def show_simulation(found: Mapping[str, tuple[Load, int]], trials: int) -> None:
    lines = []
    for name, (load, servers) in found.items():
        for length in LENGTHS:
            for workers in WORKERS:
                count = min(trials, workers * max(2, min(10, int(LONGEST / length))))
                came = simulate(workers, count, length, load, servers)
                whole = brief(came.seconds * trials / count)
                facts = f"{length:.0f} s", f"{workers:,}", f"{count:,}", whole, f"{came.waiting:.1%}"
                lines.append([name, *facts, f"{came.controller:.0%}", f"{came.place:.0%}"])
    table(
        [
            "trials kept on",
            "a trial",
            "workers",
            "trials",
            f"so {trials:,} take",
            "waiting",
            "controller busy",
            "place busy",
        ],
        lines,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale")
    parser.add_argument("--remote", action="append", default=[], metavar="URL")
    parser.add_argument("--entries", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--trials", type=int, default=1_000_000)
    parser.add_argument("--measured", metavar="FILE", help="simulate only, from the figures in this JSON file")
    options = parser.parse_args()
    if options.measured:
        known = json.loads(Path(options.measured).read_text())
        show_simulation(loads(known["disk"], measured.Steps(**known["steps"]), known["program"]), options.trials)
        return
    load = f"load average {os.getloadavg()[0]:.0f}"  # other work beside it makes all of this slower
    print(f"`python -m benchmarks.scale` on {datetime.date.today()}, {machine()}, {load}.\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        steps = measured.steps_of_a_trial(folder / "steps")
        print(f"A trial opens, makes or removes {steps.opens} files, renames {steps.renames}, syncs {steps.syncs}.\n")
        disk, program = show_files(folder, options.entries), show_program(folder, options.trials)
        show_remotes(options.remote)
    show_simulation(loads(disk, steps, program), options.trials)


if __name__ == "__main__":
    main()
