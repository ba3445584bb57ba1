"""Print the table of many small networks; see docs/benchmarks.md for how to read it."""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import argparse
import datetime
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.many.contestants import CrossValScore, SideBySide, Validated
from benchmarks.many.lots import Lot, lots
from benchmarks.many.vmapped import JaxVmap, TorchVmap
from benchmarks.markdown import machine, versions, write_between_marks
from pipeline.training.determinism import cores

Array = np.ndarray
BEGIN = "<!-- written by python -m benchmarks.many: begin -->"
OURS = "Holdout"
CONTESTANTS: dict[str, Callable[[Lot], Any]] = {
    OURS: SideBySide,
    "JAX vmap": JaxVmap,
    "torch.func.vmap": TorchVmap,
    "Holdout, validated": Validated,
    "cross_val_score": CrossValScore,
}


def contestants(lot: Lot) -> dict[str, Any]:
    """Those that are installed and have to do with the lot."""
    made = {}
    for name, make in CONTESTANTS.items():
        try:
            made[name] = make(lot)
        except ImportError:
            continue
    return made


def check(lot: Lot, found: Mapping[str, list[Array]], tolerance: float = 1e-3) -> None:
    """ValueError names who came to other weights than ours."""
    for name, weights in found.items():
        gap = max((float(np.abs(a - b).max()) for a, b in zip(weights, found[OURS], strict=False)), default=0.0)
        if not gap < tolerance:
            raise ValueError(f"{name} at {lot.name}: weights differ by {gap:.2g}")


def timed(contestant: Any) -> tuple[float, list[Array]]:
    start = time.perf_counter()
    weights: list[Array] = contestant.train()
    return time.perf_counter() - start, weights


def time_lot(lot: Lot, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds of the first call of each contestant, compilation with it, and the median of later ones, in turn."""
    made = contestants(lot)
    first = {name: timed(contestant) for name, contestant in made.items()}
    check(lot, {name: weights for name, (_, weights) in first.items()})
    later = [{name: timed(contestant)[0] for name, contestant in made.items()} for _ in range(rounds)]
    median = {name: float(np.median([times[name] for times in later])) for name in made}
    return {name: seconds for name, (seconds, _) in first.items()}, median


def run(rounds: int, only: str) -> str:
    said = f"`python -m benchmarks.many --rounds {rounds}` on {datetime.date.today()}"
    lines = [f"{said}, {cores()} cores of {machine().removeprefix('one core of ')}. {versions()}.", ""]
    lines += ["| milliseconds | " + " | ".join(CONTESTANTS) + " |", "|---|" + "---:|" * len(CONTESTANTS)]
    for line in lines:
        print(line, flush=True)
    for lot in lots():
        if only not in lot.name:
            continue
        first, later = time_lot(lot, rounds)
        cells = [f"{later[name] * 1e3:.0f} ({first[name] * 1e3:.0f})" if name in later else "" for name in CONTESTANTS]
        lines.append(f"| {lot.name} | " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="lots whose name has this in it")
    parser.add_argument("--markdown", type=Path, help="write the table into this file, between its marks")
    options = parser.parse_args()
    text = run(options.rounds, options.only)
    if options.markdown:
        write_between_marks(options.markdown, text, BEGIN)


if __name__ == "__main__":
    main()
