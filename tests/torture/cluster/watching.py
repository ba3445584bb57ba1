"""How often each trial was started, and where: seen while a sweep goes on, for a trial's files only tell the last."""

import json
import threading
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.trials.unfinished import SENT_FROM

INTERVAL = 0.02  # seconds between two looks


class Start(NamedTuple):
    """A process that began to train a trial; after: the epochs that it went on from, None from the beginning."""

    host: str
    process: tuple[int, float]
    after: int | None


class Watch:
    """Looks at the trials that grow, until it is closed.

    Args:
        stores: folders of stores (``.trials``), which may appear later.
    """

    def __init__(self, stores: Iterable[Path]) -> None:
        self._stores, self._over = list(stores), threading.Event()
        self.starts: dict[str, set[Start]] = defaultdict(set)
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(INTERVAL):
            for store in self._stores:
                for pattern in ("running/[!.]*/run.json", "[!.]*/run.json"):
                    for path in store.glob(pattern):
                        self._note(path)

    def _note(self, path: Path) -> None:
        run: dict[str, Any] = {}
        with suppress(OSError, ValueError):
            run = json.loads(path.read_text())
        with suppress(KeyError, TypeError):
            who = run.get(SENT_FROM, run)  # a copy is no start
            process = (int(who["pid"]), float(who["process_start"]))
            key = path.parent.name.partition(".")[0]
            self.starts[key].add(Start(who["host"], process, run["resumed_after"]))

    def close(self) -> None:
        self._over.set()
        self._thread.join()

    @property
    def count(self) -> int:
        return sum(map(len, self.starts.values()))

    @property
    def resumed(self) -> int:
        """Starts that went on from a checkpoint."""
        return sum(start.after is not None for found in self.starts.values() for start in found)

    def again(self) -> int:
        """Starts from the beginning beyond a trial's first: killed before its first checkpoint, or trained twice."""
        beginnings = (sum(start.after is None for start in found) for found in self.starts.values())
        return sum(max(0, count - 1) for count in beginnings)
