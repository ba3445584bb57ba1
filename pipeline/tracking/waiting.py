"""How long a stage that has ended waits for MLflow: as long as MLflow answers quickly, and a moment longer."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

ALLOWED = 0.3  # seconds that one call may take without being counted
READING = {"search_runs": 2.0}  # the same for calls that answer with much
LIMIT = 2.0  # seconds beyond that, summed over calls, after which the mirror stops
SHORT = 0.5  # the same where the pass before was slow already


class Waiting:
    """Counts the seconds that calls take beyond what they may.

    One thread calls, another one looks. What is not a call (imports, reading files) is never counted, so that a busy
    machine doesn't look like a slow server.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._spent = 0.0
        self._running: tuple[float, float] | None = None

    @contextlib.contextmanager
    def call(self, allowed: float = ALLOWED) -> Iterator[None]:
        """A call that may take ``allowed`` seconds."""
        self._running = self._clock(), allowed
        try:
            yield
        finally:
            self._spent, self._running = self.spent(), None

    def spent(self) -> float:
        """The seconds counted so far, with those of the call that is still waiting for its answer."""
        running = self._running
        if running is None:
            return self._spent
        start, allowed = running
        return self._spent + max(0.0, self._clock() - start - allowed)

    def restart(self) -> float:
        """Count from now on; returns the count so far, which held up nobody while training went on."""
        spent, running = self.spent(), self._running
        self._spent = 0.0
        if running is not None:
            self._running = self._clock(), running[1]
        return spent


waiting = Waiting()


class Timed:
    """An object whose methods are counted as calls."""

    def __init__(self, inner: Any, waiting: Waiting = waiting) -> None:
        self._inner = inner
        self._waiting = waiting

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def timed(*arguments: Any, **named: Any) -> Any:
            with self._waiting.call(READING.get(name, ALLOWED)):
                return found(*arguments, **named)

        return timed
