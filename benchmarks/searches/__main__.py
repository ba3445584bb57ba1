"""Searches against one another at equal numbers of trained epochs: python -m benchmarks.searches [--seeds 10].

Six data sets that are there without a network, each split anew for each seed; every trial trains as many epochs. Told
is how good the best trial so far is by its validation score, which is what a search goes by; not by a test score.
Runs go to benchmarks/results/search.csv as they end, and those that are there are not run again.
"""

import argparse
import csv
import itertools
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.markdown import write_between_marks
from benchmarks.searches.contestants import BUDGET, CONTESTANTS
from benchmarks.searches.standing import told
from benchmarks.searches.tasks import EPOCHS, Task, task_of
from pipeline.configuration.composing import Words
from pipeline.data.bundled import BUNDLED
from pipeline.search.asking import Search, Told

PAGE = Path(__file__).parents[2] / "docs/searching.md"
BEGIN = "<!-- written by python -m benchmarks.searches: begin -->"
RESULTS = Path(__file__).parents[1] / "results/search.csv"
MARKS = tuple(BUDGET * part // 4 for part in (1, 2, 3, 4))  # epochs after which the best is told


def best(search: Search, task: Task) -> list[float]:
    """The best score of a whole trial after each of MARKS epochs of all trials; infinite where there is none."""
    tried: list[Told] = []
    known: dict[Words, tuple[str, list[float]]] = {}
    came: dict[Words, int] = {}
    spent, found = 0, [np.inf] * len(MARKS)
    while batch := search.ask(tried):
        for one in batch:
            if one.words not in known:
                known[one.words] = task.trained(one.words)
            status, scores = known[one.words]
            until = one.until or EPOCHS
            spent += until - came.get(one.words, 0)
            came[one.words] = until
            score = scores[until - 1] if scores else None
            tried.append(Told(one, " ".join(one.words), status, score, waits=bool(scores) and one.until is not None))
            if score is not None and one.until is None:
                found = [min(score, old) if spent <= mark else old for mark, old in zip(MARKS, found, strict=True)]
    return found


def runs(names: Sequence[str], seeds: int, folder: Path | None) -> Iterator[dict[str, Any]]:
    """All that are not there yet, seed by seed, so that a run that is cut short has whole blocks."""
    there = {(one["data"], one["seed"], one["search"]) for one in read()}
    for seed, name in itertools.product(range(1, seeds + 1), names):
        missing = [search for search in CONTESTANTS if (name, str(seed), search) not in there]
        task = task_of(name, seed, folder) if missing else None
        for search in missing:
            assert task is not None
            began = time.perf_counter()
            found = best(CONTESTANTS[search](seed), task)
            print(f"{name} seed {seed} {search}: {found} in {time.perf_counter() - began:.0f} s", flush=True)
            yield {"data": name, "seed": seed, "search": search, **dict(zip(map(str, MARKS), found, strict=True))}


def read() -> list[dict[str, str]]:
    if not RESULTS.exists():
        return []
    return list(csv.DictReader(RESULTS.read_text(encoding="utf-8").splitlines()))


def write(found: Iterator[dict[str, Any]]) -> None:
    for one in found:
        head = not RESULTS.exists()
        with RESULTS.open("a", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(one), lineterminator="\n")
            if head:
                writer.writeheader()
            writer.writerow(one)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only", nargs="+", default=list(BUNDLED), metavar="NAME", help="data sets (all six)")
    parser.add_argument("--tables", type=Path, help="a folder of tables with its index.json; --only names some")
    parser.add_argument("--told", action="store_true", help="only the tables of what is there")
    options = parser.parse_args()
    if not options.told:
        write(runs(options.only, options.seeds, options.tables))
    lines: list[str] = []
    told(read(), list(CONTESTANTS), MARKS, lines.append)
    print("\n".join(lines))
    write_between_marks(PAGE, "\n".join(lines) + "\n", BEGIN)


if __name__ == "__main__":
    main()
