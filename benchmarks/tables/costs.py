"""What it costs to train: one network of ours against RealMLP-TD-S, and the default sweep against one RealMLP-TD."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks.tables.dealt import Table, frames, ours
from benchmarks.tables.peers import PEERS, load
from benchmarks.tables.running import Bench
from benchmarks.tables.sweep import Sweep, warm
from benchmarks.tables.trying import Clock, Facts, alone
from pipeline.configuration.settings import resolve
from pipeline.training.validation import validate

TABLES = ("churn", "concrete")
# RealMLP-TD-S's size and epochs: three layers of 256 units, 256 epochs, batches of 256, no stopping before.
SAME = (
    "network.hidden=[256,256,256]", "optimizer.batch_size=256", "stopping.epochs=256", "stopping.patience=0",
    "ensemble.members=1", "seed=1",
)  # fmt: skip
WORKERS = 2


def lines(bench: Bench, rounds: int, say: Callable[[str], None]) -> list[str]:
    """Medians over rounds in which both take turns; each line is said as soon as it is there."""
    made = ["| table | what | ours | pytabkit's | ratio |", "|---|---|---:|---:|---:|"]
    load(PEERS["RealMLP-TD-S"].packages)
    one = replace(bench.sweep, words=(*bench.sweep.words, *_fitting(bench.sweep)))
    for table in (table for table in bench.tables if table.name in TABLES):
        network, sweep = partial(_network, one, table, bench.place), partial(_sweep, bench.sweep, table, bench.place)
        small, large = (partial(_fit, name, table, bench.place) for name in ("RealMLP-TD-S", "RealMLP-TD"))
        for what, unit, mine, theirs in (
            ("one network, RealMLP-TD-S, CPU s (goal 0.6)", "cpu_seconds", network, small),
            ("the sweep with two workers, RealMLP-TD, s (goal 5)", "wall_seconds", sweep, large),
        ):
            made.append(f"| {table.name} | {what} | {_compared(unit, mine, theirs, rounds)} |")
            say(made[-1])
    return made


def _fitting(sweep: Sweep) -> Sequence[str]:
    """SAME, without the section that these settings may not have."""
    known = hasattr(sweep.settings()[0], "ensemble")
    return [word for word in SAME if known or "ensemble" not in word]


def _compared(unit: str, mine: partial[Facts], theirs: partial[Facts], rounds: int) -> str:
    taken = []
    for turn in range(rounds):
        pair = {work: alone(work) for work in ((mine, theirs) if turn % 2 else (theirs, mine))}
        if failed := next((found["reason"] for found in pair.values() if found["status"] != "finished"), None):
            return f"failed: {failed} | | "
        taken.append((pair[mine][unit], pair[theirs][unit]))
    a, b = np.array(taken).T
    return f"{np.median(a):.2f} | {np.median(b):.2f} | **{np.median(a / b):.2f}**"


def _fit(name: str, table: Table, place: Path) -> Facts:
    rows, clock = frames(table, 1, place), Clock()
    PEERS[name].fit(rows, table.classifies, 1)
    return clock.read()


def _network(sweep: Sweep, table: Table, place: Path) -> Facts:
    rows = ours(table, 1, place, test=False)
    settings = resolve(sweep.settings()[0], rows.card)
    warm(settings, rows)
    clock = Clock()
    validate(settings, rows.train, rows.validation, rows.card)
    return clock.read()


def _sweep(sweep: Sweep, table: Table, place: Path) -> Facts:
    rows = ours(table, 1, place, test=False)
    every = [resolve(one, rows.card) for one in sweep.settings()]
    for one in every:
        warm(one, rows)
    with ProcessPoolExecutor(min(WORKERS, os.cpu_count() or 1), get_context("fork")) as pool:
        clock = Clock()
        waiting = [pool.submit(validate, one, rows.train, rows.validation, rows.card) for one in every]
        for future in waiting:
            future.result()
        return clock.read()
