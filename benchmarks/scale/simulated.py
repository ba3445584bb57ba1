"""Many workers, one controller and one place for trials, event by event: who waits for whom, and how long."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass


class Station:
    """Serves requests in the order in which they come, so many at a time.

    busy: seconds of work that were asked of it so far.
    """

    def __init__(self, servers: int) -> None:
        self._free = [0.0] * servers
        self._servers, self.busy = servers, 0.0

    def serve(self, now: float, work: float) -> float:
        """When a request is done that comes at ``now`` and takes ``work`` seconds."""
        done = max(now, heapq.heappop(self._free)) + work
        heapq.heappush(self._free, done)
        self.busy += work
        return done

    def load(self, end: float) -> float:
        """The share of its time that it worked."""
        return self.busy / (self._servers * end)


@dataclass(frozen=True)
class Load:
    """What a trial asks for, in seconds of work of the station; all of it is waited for.

    controller: of the sweep's own process; start, checkpoint, end: of the place that keeps trials; trips: seconds
    for each of these three in which no other worker waits; interval: seconds between two checkpoints.
    """

    controller: float
    start: float
    checkpoint: float
    end: float
    trips: tuple[float, float, float] = (0.0, 0.0, 0.0)
    interval: float = 10.0


@dataclass(frozen=True)
class Outcome:
    """seconds: until the last trial has ended; ideal: if nobody ever waited; loads: of controller and place."""

    seconds: float
    ideal: float
    controller: float
    place: float

    @property
    def waiting(self) -> float:
        """The share of the workers' time that was no training."""
        return 1 - self.ideal / self.seconds


def simulate(workers: int, trials: int, length: float, load: Load, servers: int) -> Outcome:
    """Each worker takes trials of ``length`` seconds one after the other, until all are trained.

    Args:
        servers: requests that the place works on at the same time.
    """
    controller, place = Station(1), Station(servers)
    phases = _phases(length, load)
    # time, worker, phase; -1: asks the controller for a trial
    events = [(0.0, worker, -1) for worker in range(min(workers, trials))]
    left, end = trials, 0.0
    while events:
        now, worker, phase = heapq.heappop(events)
        if phase < 0:
            if left:
                left -= 1
                heapq.heappush(events, (controller.serve(now, load.controller), worker, 0))
            continue
        work, trip, training = phases[phase]
        now = place.serve(now, work) + trip + training
        end = max(end, now)
        heapq.heappush(events, (now, worker, phase + 1 if phase + 1 < len(phases) else -1))
    ideal = -(-trials // workers) * length
    return Outcome(end, ideal, controller.load(end), place.load(end))


def _phases(length: float, load: Load) -> Sequence[tuple[float, float, float]]:
    """Of each: work of the place, trip, and how long is trained after it."""
    checkpoints = int((length - 1e-9) // load.interval)
    if not load.checkpoint:  # nobody waits for another
        return [(load.start, load.trips[0], length + checkpoints * load.trips[1]), (load.end, load.trips[2], 0.0)]
    first = min(length, load.interval)
    middle = [(load.checkpoint, load.trips[1], load.interval)] * (checkpoints - 1)
    last = [(load.checkpoint, load.trips[1], length - checkpoints * load.interval)] if checkpoints else []
    return [(load.start, load.trips[0], first), *middle, *last, (load.end, load.trips[2], 0.0)]
