"""Trials between the store and a remote, several at the same time: what came, what went, and what did not, and why."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from pipeline.errors import HoldoutError
from pipeline.trials.archives import LARGEST
from pipeline.trials.parcels import packed, unpacked
from pipeline.trials.remote import NotThere, Remote, Unreachable

Tick = Callable[[], object]
SIDE_BY_SIDE = 8  # what waits is the network
STEADY = 3  # so many trials that failed one after the other: the remote is away, and the rest are not tried


@dataclass
class Carried:
    """What became of the trials: those carried, those that the remote lacks, and why others were not, by key."""

    done: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)


def fetch(remote: Remote, keys: Iterable[str], tick: Tick = lambda: None) -> Carried:
    """Bring trials into the store; one that is damaged or no such trial is left where it is.

    Args:
        tick: called after each trial.
    """
    return _carry(keys, lambda key: unpacked(remote.get(key, LARGEST), key), tick)


def push(remote: Remote, keys: Iterable[str], tick: Tick = lambda: None) -> Carried:
    """Send trials of the store, in place of what the remote has under their keys; ``tick`` as in ``fetch``."""
    return _carry(keys, lambda key: remote.put(key, packed(key)), tick)


def _carry(keys: Iterable[str], one: Callable[[str], object], tick: Tick) -> Carried:
    found = Carried()
    failed = 0

    def tried(key: str) -> None:
        nonlocal failed
        if failed >= STEADY:
            raise HoldoutError("not tried, after others that failed")
        try:
            one(key)
        except (Unreachable, OSError):
            failed += 1
            raise
        failed = 0

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        pending = [(key, pool.submit(tried, key)) for key in dict.fromkeys(keys)]
        for key, future in pending:
            _settle(found, key, future)
            tick()
    return found


def _settle(found: Carried, key: str, future: "Future[None]") -> None:
    try:
        future.result()
        found.done.append(key)
    except NotThere:
        found.lacking.append(key)
    except (HoldoutError, OSError) as error:
        found.left[key] = str(error)
