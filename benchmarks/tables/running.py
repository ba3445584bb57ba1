"""Who is tried in which order; what is kept is not tried again."""

import datetime
import hashlib
import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from benchmarks.markdown import machine
from benchmarks.tables import sweep
from benchmarks.tables.dealt import SEEDS, Table, frames, ours
from benchmarks.tables.kept import Kept, Try, identified, versions
from benchmarks.tables.measures import measured, of_validation
from benchmarks.tables.peers import PEERS, Peer, load
from benchmarks.tables.sweep import Sweep
from benchmarks.tables.trying import Clock, Facts, alone

OURS, DEAREST = "Holdout", "TabM"
MANY = 10_000  # rows
VALIDATION, TEST = "validation", "test"


@dataclass(frozen=True)
class Bench:
    """What is to be compared: the part is TEST, or VALIDATION for ours alone, which then never sees a test row."""

    tables: Sequence[Table]
    splits: int
    names: Sequence[str]
    sweep: Sweep
    part: str
    kept: Kept
    place: Path

    def tries(self) -> Iterator[tuple[Table, Try]]:
        """Split by split, so that what there is is whole for the first splits; in each what is cheap first."""
        for split in range(1, self.splits + 1):
            for name, table in sorted(itertools.product(self.names, self.tables), key=self._dear):
                yield table, self._known(table, split, name)

    def _dear(self, pair: tuple[str, Table]) -> tuple[bool, bool, int, int]:
        name, table = pair
        return name == DEAREST, table.rows >= MANY, self.names.index(name), table.rows

    def missing(self) -> list[tuple[Table, Try]]:
        return [(table, one) for table, one in self.tries() if self.kept.get(one) is None]

    def results(self) -> list[Facts]:
        """What there is of all that is compared."""
        return [found for _, one in self.tries() if (found := self.kept.get(one))]

    def _known(self, table: Table, split: int, name: str) -> Try:
        facts = {"data": _digest(table.file), "seed": SEEDS[split - 1]}
        if name == OURS:
            own = sweep.identity(self.sweep)
            return identified(
                table.name, split, OURS, f"engine {own['engine'][:12]}", {**facts, **own, "part": self.part}
            )
        packages = versions(PEERS[name].packages) or self.kept.recorded_versions(name)
        return identified(table.name, split, name, packages, {**facts, "settings": PEERS[name].settings})

    def run(self, names: Collection[str], look: Callable[[Try], None], say: Callable[[str], None]) -> None:
        """Try who of these has no result yet, each in a process of its own; ``look`` is told of each try before it."""
        for table, one in self.missing():
            if one.contestant not in names:
                continue
            if one.contestant != OURS and not versions(PEERS[one.contestant].packages):
                say(f"{one.contestant} on {one.table}, split {one.split}: neither installed nor on record, left open")
                continue
            look(one)
            found = alone(self._work(table, one))
            say(in_words(self.kept.put(one, {**found, "machine": machine(), "date": str(datetime.date.today())})))

    def _work(self, table: Table, one: Try) -> Callable[[], Facts]:
        if one.contestant == OURS:
            return partial(_ours, self.sweep, table, one.split, self.place, self.part == TEST)
        load(PEERS[one.contestant].packages)
        return partial(_peer, PEERS[one.contestant], table, one.split, self.place)


@cache
def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def in_words(found: Facts) -> str:
    """A result in one line of the log."""
    moment = datetime.datetime.now().strftime("%H:%M:%S")
    scores = [
        f"{name} {found[key]:.4g}" for name, key in (("score", "score"), (VALIDATION, VALIDATION)) if key in found
    ]
    what = ", ".join(scores) if found["status"] == "finished" else f"failed: {found['reason']}"
    where = f"split {found['split']} {found['table']} {found['contestant']}"
    chosen = f" ({found['chosen']})" if found.get("chosen") else ""
    return f"{moment} {where}: {what}, {found['cpu_seconds']:.1f} CPU s, {found['wall_seconds']:.1f} s{chosen}"


def _ours(wished: Sweep, table: Table, split: int, place: Path, test: bool) -> Facts:
    return sweep.tried(wished, ours(table, split, place, test))


def _peer(peer: Peer, table: Table, split: int, place: Path) -> Facts:
    rows, clock = frames(table, split, place), Clock()
    fitted = peer.fit(rows, table.classifies, split)
    costs = {**clock.read(), "chosen": fitted.chosen}
    found = {part: measured(rows.y[part], fitted.answer(rows.X[part]), table.classifies) for part in (VALIDATION, TEST)}
    return {**costs, **found[TEST], **of_validation(found[VALIDATION])}
