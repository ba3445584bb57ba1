"""Several trainings of one trial side by side, each as if it were alone; what is known of them is kept together."""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from pipeline.training.determinism import one_thread, side_by_side
from pipeline.training.fit import INTERRUPTED, Outcome
from pipeline.training.interruption import deferred
from pipeline.training.snapshots import Snapshot, Snapshots

Array = np.ndarray
Found = dict[str, Any]  # what came of a training, as plain values
NOT_BEGUN = Outcome(INTERRUPTED, "", "interrupt", 0, 0, None, "", None, asked=True)


class Several:
    """Snapshots of several trainings of one trial, numbered from 1, that go on side by side: each is kept with all.

    Attributes:
        done: what came of those that have ended, by their number.
    """

    def __init__(self, inner: Snapshots) -> None:
        self._inner, self._lock, self._round = inner, threading.Lock(), 0
        found = inner.load() or Snapshot({"done": {}, "under_way": {}}, {})
        self.done: dict[int, Found] = {int(number): one for number, one in found.facts["done"].items()}
        self._under_way = {
            int(number): Snapshot(facts, _without(f"training{number}_", found.arrays))
            for number, facts in found.facts["under_way"].items()
        }

    def of(self, number: int) -> "OneOfSeveral":
        """Those of one training, which may ask in a thread of its own."""
        return OneOfSeveral(self, number, self._round)

    def finish(self, number: int, found: Found) -> None:
        """Take what came of a training, plain values."""
        with self._lock:
            self.done[number] = found
            self._under_way.pop(number, None)

    def under_way(self, number: int) -> Snapshot | None:
        """Where that training stands."""
        return self._under_way.get(number)

    def round(self, last: int) -> int:
        """The number of the last call for snapshots, ``last`` or later; each training answers a call once."""
        with self._lock:
            self._round += last == self._round and self._inner.due()
            return self._round

    def save(self, number: int | None = None, snapshot: Snapshot | None = None) -> None:
        """Keep all that is known, with what is new of one training."""
        with self._lock:
            if number is not None and snapshot is not None:
                self._under_way[number] = snapshot
            facts = {str(one): known.facts for one, known in self._under_way.items()}
            arrays = {
                f"training{one}_{name}": array
                for one, known in self._under_way.items()
                for name, array in known.arrays.items()
            }
            done = {str(one): self.done[one] for one in sorted(self.done)}
            self._inner.save(Snapshot({"done": done, "under_way": facts}, arrays))


class OneOfSeveral:
    """Snapshots of one of ``Several`` trainings; ``answered``: the call for snapshots that it need not answer."""

    def __init__(self, several: Several, number: int, answered: int) -> None:
        self._several, self._number, self._answered = several, number, answered

    def load(self) -> Snapshot | None:
        """Its own last snapshot."""
        return self._several.under_way(self._number)

    def due(self) -> bool:
        """Whether there was a call for snapshots since its last one."""
        return self._several.round(self._answered) > self._answered

    def save(self, snapshot: Snapshot) -> None:
        """Keep it with those of the others, whose arrays are copies: they may be training."""
        self._answered = self._several.round(self._answered)
        copies = {name: array.copy(order="K") for name, array in snapshot.arrays.items()}
        self._several.save(self._number, Snapshot(snapshot.facts, copies))


# One of several trainings: how it ended, and what came of it, of which nothing matters unless it is finished.
Part = Callable[["OneOfSeveral"], tuple[Outcome, Found]]


def train_all(parts: Mapping[int, Part], kept: Several) -> dict[int, Outcome]:
    """Train those that are not done yet, by their numbers, on all cores; how each of them ended.

    They begin in their order, and none does after Ctrl-C or after one has failed: those from there on are
    ``NOT_BEGUN``. Which is the first that failed does not depend on the number of cores.
    """
    ended = threading.Event()

    def train(number: int) -> Outcome:
        if ended.is_set() or asked():
            return NOT_BEGUN
        outcome, found = parts[number](kept.of(number))
        if outcome.status == "finished":
            kept.finish(number, found)
        else:
            ended.set()
        return outcome

    left = [number for number in parts if number not in kept.done]
    with one_thread(), deferred() as asked:
        outcomes = side_by_side([partial(train, number) for number in left])
        if asked():
            kept.save()
    return dict(zip(left, outcomes, strict=True))


def _without(prefix: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Those arrays whose names begin so, without it."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
