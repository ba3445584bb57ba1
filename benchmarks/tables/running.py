"""Who is tried in which order; what is kept is not tried again."""

import datetime
import hashlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.markdown import machine
from benchmarks.tables.dealt import SEEDS, Table, frames
from benchmarks.tables.kept import Kept, Try, identified, versions
from benchmarks.tables.measures import measured
from benchmarks.tables.peers import PEERS, Peer, load
from benchmarks.tables.trying import Clock, Facts, alone

LAST = "TabM"  # by far the dearest: in each split after the others
Say = Callable[[str], None]


def order(tables: Sequence[Table], splits: int, names: Sequence[str]) -> Iterator[tuple[int, str, Table]]:
    """Split by split, so that what is there at any time is whole for the first splits; in each the cheap ones first."""
    late = [name for name in names if name == LAST]
    for some in ([name for name in names if name not in late], late):
        yield from itertools.product(range(1, splits + 1), some, tables)


def known(table: Table, split: int, name: str, peer: Peer) -> Try:
    data = hashlib.sha256(table.file.read_bytes()).hexdigest()
    facts = {"settings": peer.settings, "data": data, "seed": SEEDS[split - 1]}
    return identified(table.name, split, name, versions(peer.packages), facts)


def run_peers(tables: Sequence[Table], splits: int, names: Sequence[str], kept: Kept, place: Path, say: Say) -> None:
    """Try whoever has no result yet."""
    for split, name, table in order(tables, splits, names):
        one = known(table, split, name, PEERS[name])
        if kept.get(one) is None:
            load(PEERS[name].packages)
            found = alone(lambda table=table, split=split, name=name: _tried(table, split, PEERS[name], place))
            say(line(kept.put(one, {**found, **here()})))


def here() -> Facts:
    return {"machine": machine(), "date": str(datetime.date.today())}


def line(found: Facts) -> str:
    """A result in one line of the log."""
    moment = datetime.datetime.now().strftime("%H:%M:%S")
    what = f"score {found['score']:.4g}" if found["status"] == "finished" else f"failed: {found['reason']}"
    where = f"split {found['split']} {found['table']} {found['contestant']}"
    return f"{moment} {where}: {what}, {found['cpu_seconds']:.1f} CPU s, {found['wall_seconds']:.1f} s"


def _tried(table: Table, split: int, peer: Peer, place: Path) -> Facts:
    rows, clock = frames(table, split, place), Clock()
    fitted = peer.fit(rows, table.classifies, split)
    costs: dict[str, Any] = clock.read()
    found = {
        part: measured(rows.y[part], fitted.answer(rows.X[part]), table.classifies) for part in ("validation", "test")
    }
    of_validation = {"validation": found["validation"]["score"]}
    if table.classifies:
        of_validation["validation_log_loss"] = found["validation"]["log_loss"]
    return {**found["test"], **of_validation, **costs, "chosen": fitted.chosen}
