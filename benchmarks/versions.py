"""This checkout against another one of the project, epoch by epoch in turn: did a change cost speed?

``make bench-versions OTHER=../older-checkout``. Each version trains in a process of its own, on one core, with the
packages that run this; what is compared is the time of an epoch of the training loop, gathering included.
"""

import argparse
import itertools
import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import numpy as np

HERE = Path(__file__).resolve().parents[1]
ANEW = 11  # rounds
VARIANTS = ("plain", "momentum", "dropout", "diagnostics")
# Imports whatever version is at PYTHONPATH; reads "NETWORK BATCH VARIANT" for a new contestant, "go SEED" for an epoch.
CHILD = """
import sys, time
import numpy as np
from benchmarks.cells import make_cell
from benchmarks.ours import VARIANTS
for line in sys.stdin:
    words = line.split()
    if words[0] == "go":
        order = np.random.default_rng(int(words[1])).permutation(len(cell.x))
        start = time.perf_counter()
        ours.epoch(order)
        print(time.perf_counter() - start, flush=True)
    else:
        cell = make_cell(tuple(map(int, words[0].split("-"))), int(words[1]))
        ours = VARIANTS[words[2]](cell)
        ours.epoch(np.arange(len(cell.x)))
        print("ready", flush=True)
"""


class Version:
    """A checkout that trains when it is asked to."""

    def __init__(self, checkout: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(checkout)}
        self._process = subprocess.Popen(
            [sys.executable, "-c", CHILD], cwd=checkout, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def ask(self, words: str) -> str:
        """One line there, one line back."""
        source, sink = self._pipes()
        sink.write(f"{words}\n")
        sink.flush()
        answer = source.readline()
        if not answer:
            raise SystemExit(f"error: the version in {self._process.args!r} ended at {words!r}")
        return answer.strip()

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        assert self._process.stdout is not None
        assert self._process.stdin is not None
        return self._process.stdout, self._process.stdin


def compare(one: Version, other: Version, cell: str, rounds: int) -> tuple[float, float, float]:
    """Quartiles of the ratio of seconds per epoch, ``one`` over ``other``, who goes first changing every round.

    Both are made anew every few rounds, for speed depends on where in memory the buffers happen to lie.
    """
    ratios = []
    for turn in range(rounds):
        if turn % ANEW == 0:
            for version in (one, other):
                version.ask(cell)
        pair = [one, other] if turn % 2 else [other, one]
        taken = {version: float(version.ask(f"go {turn}")) for version in pair}
        ratios.append(taken[one] / taken[other])
    low, middle, high = np.percentile(ratios, [25, 50, 75])
    return float(low), float(middle), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.versions", description=__doc__)
    parser.add_argument("other", type=Path, help="another checkout of the project")
    parser.add_argument("--rounds", type=int, default=44)
    parser.add_argument("--variant", action="append", choices=VARIANTS, help="all by default")
    parser.add_argument("--network", action="append", help="such as 784-30-10; all by default")
    parser.add_argument("--batch", action="append", type=int, help="rows per update, 0 for all; all by default")
    options = parser.parse_args()
    from benchmarks.cells import BATCHES, NETWORKS
    from benchmarks.markdown import machine, versions

    new, old = Version(HERE), Version(options.other.resolve())
    print(f"this checkout over the other, seconds per epoch, {machine()}. {versions()}.\n")
    print("| network | batch | variant | ratio (quartiles) |\n|---|---|---|---|")
    slower = []
    networks = options.network or ["-".join(map(str, sizes)) for sizes in NETWORKS]
    for cell in itertools.product(networks, map(str, options.batch or BATCHES), options.variant or VARIANTS):
        low, middle, high = compare(new, old, " ".join(cell), options.rounds)
        print(f"| {' | '.join(cell)} | {middle:.3f} ({low:.3f}–{high:.3f}) |", flush=True)
        slower += [" ".join(cell)] if middle > 1.03 and not low <= 1 <= high else []
    print(f"\nmedian above 1.03 with quartiles above 1: {', '.join(slower) or 'none'}")


if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    main()
