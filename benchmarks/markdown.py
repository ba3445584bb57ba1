"""Runs the parts of the benchmark and words them as Markdown tables, which are printed as they come."""

import datetime
import importlib.metadata
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks import footprint
from benchmarks.cells import Cell, make_cell
from benchmarks.ours import VARIANTS, Ours
from benchmarks.peers import PEERS, Contestant, Products
from benchmarks.published import PUBLISHED, Fann, Online, chain, fann
from benchmarks.timing import Ratio, check, ratio, time_epochs

BEGIN, END = "<!-- written by make bench: begin -->", "<!-- end -->"
OURS, PRODUCTS = "Holdout", "products"
FEATURES = {"momentum": 1.15, "dropout": 1.3, "diagnostics": 1.03}
Say = Callable[[str], None]


def run(networks: Sequence[tuple[int, ...]], batches: Sequence[int], rounds: int, parts: Sequence[str]) -> str:
    """The wished parts one after the other; returns all that was printed."""
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        print(line, flush=True)

    say(f"`{' '.join(['python -m benchmarks', *sys.argv[1:]])}` on {datetime.date.today()}, {machine()}. {versions()}.")
    for part in parts:
        say("")
        PARTS[part](networks, batches, rounds, say)
    return "\n".join(lines) + "\n"


def machine() -> str:
    """Processor and system, one core of it."""
    try:
        found = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        name = found[0].partition(":")[2].strip()
    except (OSError, IndexError):
        name = platform.processor() or platform.machine()
    return f"one core of {name}, {platform.system()}"


def versions() -> str:
    found = [f"Python {platform.python_version()}"]
    for name in ("numpy", "scipy", "numba", "scikit-learn", "torch", "jax"):
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"{name} is not installed and left out")
    return ", ".join(found)


def contestants(cell: Cell) -> dict[str, Contestant]:
    """Ours, and the peers that are installed."""
    made: dict[str, Contestant] = {OURS: Ours(cell)}
    for name, peer in PEERS.items():
        try:
            made[name] = peer(cell)
        except ImportError:
            continue
    return made


def peers(networks: Sequence[tuple[int, ...]], batches: Sequence[int], rounds: int, say: Say) -> None:
    """Microseconds per update of everyone, and how much faster ours is than each."""
    best: dict[Cell_, Ratio] = {}
    torch: dict[Cell_, Ratio] = {}
    floor: dict[Cell_, Ratio] = {}
    names: list[str] = []
    for sizes in networks:
        for batch in batches:
            cell = make_cell(sizes, batch)
            made = contestants(cell)
            check(cell, made)
            made[PRODUCTS] = Products(cell)
            made[PRODUCTS].epoch(np.arange(0))
            if not names:
                names = [name for name in made if name != OURS]
                say(
                    "| network | batch | Holdout µs | "
                    + " | ".join(f"{name} µs" for name in names)
                    + " | best peer / Holdout |"
                )
                say("|---|---|" + "---:|" * (len(names) + 2))
            times = time_epochs(cell, made, rounds)
            key = (cell.network, cell.label)
            rivals = [name for name in names if name != PRODUCTS]
            rival = min(rivals, key=lambda name: float(np.median(times[name])))
            best[key] = ratio(times, rival, OURS)
            floor[key] = ratio(times, OURS, PRODUCTS)
            if "PyTorch" in times:
                torch[key] = ratio(times, "PyTorch", OURS)
            cells = [f"{float(np.median(times[name])) / cell.updates * 1e6:.1f}" for name in (OURS, *names)]
            say(f"| {cell.network} | {cell.label} | " + " | ".join(cells) + f" | {words(best[key])} ({rival}) |")
    summary(best, torch, floor, say)


Cell_ = tuple[str, str]


def words(found: Ratio) -> str:
    return f"**{found.median:.2f}** ({found.low:.2f}–{found.high:.2f})"


def summary(best: dict[Cell_, Ratio], torch: dict[Cell_, Ratio], floor: dict[Cell_, Ratio], say: Say) -> None:
    """The goals, and what came of each."""
    say("")
    medians = [found.median for found in best.values()]
    below = [f"{' batch '.join(key)} ({found.median:.2f})" for key, found in best.items() if found.median < 1]
    say(f"- Cells below 1.0x of the best peer (goal: none): {', '.join(below) or 'none'}.")
    say(f"- Geometric mean over the best peers (goal: at least 1.5): {float(np.exp(np.mean(np.log(medians)))):.2f}.")
    small = {key: found.median for key, found in torch.items() if key[1] in ("1", "10")}
    if small:
        worst = min(small, key=lambda key: small[key])
        over = f"{small[worst]:.1f} at {' batch '.join(worst)}"
        say(f"- Least over PyTorch at batch 1 and 10 (goal: at least 10): {over}.")
    large = {key: found.median for key, found in floor.items() if key[1] not in ("1", "10")}
    if large:
        worst = max(large, key=lambda key: large[key])
        over = f"{large[worst]:.2f} at {' batch '.join(worst)}"
        say(f"- Most over its own matrix products from batch 32 on (goal: at most 1.25): {over}.")


def features(networks: Sequence[tuple[int, ...]], batches: Sequence[int], rounds: int, say: Say) -> None:
    """What momentum, dropout and the diagnostics add to an epoch."""
    say("| network | batch | " + " | ".join(f"{name} (goal {goal})" for name, goal in FEATURES.items()) + " |")
    say("|---|---|" + "---:|" * len(FEATURES))
    for sizes in networks:
        for batch in batches:
            cell = make_cell(sizes, batch, rows=5000)
            made: dict[str, Contestant] = {name: make(cell) for name, make in VARIANTS.items()}
            for contestant in made.values():
                contestant.epoch(np.arange(len(cell.x)))
            times = time_epochs(cell, made, rounds)
            found = [words(ratio(times, name, "plain")) for name in FEATURES]
            say(f"| {cell.network} | {cell.label} | " + " | ".join(found) + " |")


def flat_memory(networks: Sequence[tuple[int, ...]], batches: Sequence[int], rounds: int, say: Say) -> None:
    """Training from a file that is larger than what may be kept in memory."""
    size, taken = footprint.measure()
    listed = ", ".join(f"{mib:.0f}" for mib in taken)
    say(f"Training from a memory map of {size:.0f} MiB took {listed} MiB of memory after epochs 1 to {len(taken)}.")


def published(networks: Sequence[tuple[int, ...]], batches: Sequence[int], rounds: int, say: Say) -> None:
    """Online training beside FANN's, and the task that SimpleChains publishes a time for."""
    if fann() is None:
        say("FANN is not installed (Debian: libfann-dev) and left out.")
    else:
        say("| network | batch | Holdout µs | FANN µs | FANN / Holdout |")
        say("|---|---|---:|---:|---:|")
        for sizes in networks:
            cell = make_cell(sizes, 1)
            made: dict[str, Contestant] = {OURS: Online(cell), "FANN": Fann(cell)}
            for contestant in made.values():
                contestant.epoch(np.arange(0))
            times = time_epochs(cell, made, rounds)
            ours, theirs = (float(np.median(times[name])) / cell.updates * 1e6 for name in (OURS, "FANN"))
            say(f"| {cell.network} | 1 | {ours:.1f} | {theirs:.1f} | {words(ratio(times, 'FANN', OURS))} |")
    say("")
    taken = float(np.median([chain() for _ in range(3)]))
    say(f"4-32-16-4, 10,000 rows, 10,000 steps of Adam: {taken:.2f} s (SimpleChains, 8 threads: {PUBLISHED} s).")


PARTS = {"peers": peers, "features": features, "published": published, "memory": flat_memory}


def write_between_marks(path: Path, text: str, begin: str = BEGIN) -> None:
    """Put the tables into ``path`` in place of those of the last run."""
    old = path.read_text(encoding="utf-8")
    head, _, rest = old.partition(begin)
    tail = rest.partition(END)[2]
    path.write_text(f"{head}{begin}\n{text}{END}{tail}", encoding="utf-8")
