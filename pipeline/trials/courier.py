"""The courier: the only process that talks to a remote of trials. It reads requests, one JSON object a line, on stdin.

``{"fetch": [keys]}`` and ``{"keys": null}`` are answered by a line each; ``{"push": key}`` is not. After the last
request, the end of stdin, come a line of what was pushed, and the end. Who waits for an answer hears
``{"going": true}`` while it goes on. It reads and writes the store and no data, results or models: see boundaries.py.
"""

import json
import queue
import sys
import threading
import time
from typing import Any

from pipeline.console import run_stage
from pipeline.errors import HoldoutError
from pipeline.trials import carrying
from pipeline.trials.carrying import Carried
from pipeline.trials.remote import Remote, connected

INTERVAL = 5.0  # seconds between two signs of life
MORE = 64  # trials that are pushed at a time, where so many wait


class Courier:
    """Connects when it is first asked, and again where that failed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._remote: Remote | None = None
        self._told = time.monotonic()
        self.heard = False  # whether somebody waits for an answer

    def remote(self) -> Remote:
        if self._remote is None:
            self._remote = connected(self._url)
        return self._remote

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """What becomes of a request that is answered at once."""
        try:
            if "keys" in request:
                return {"keys": self.remote().keys()}
            self.heard = True
            return _facts(carrying.fetch(self.remote(), request["fetch"], self._tick))
        except (HoldoutError, OSError) as error:
            return {"trouble": str(error)}
        finally:
            self.heard = False

    def push(self, keys: list[str]) -> Carried:
        """Send trials, each of which is left, with the reason, where there is no connection."""
        try:
            found = carrying.push(self.remote(), keys, self._tick)
        except (HoldoutError, OSError) as error:
            return Carried(left=dict.fromkeys(keys, str(error)))
        if found.left:
            self._remote = None  # the connection may be lost
        return found

    def _tick(self) -> None:
        if self.heard and time.monotonic() - self._told >= INTERVAL:
            self._told = time.monotonic()
            _tell({"going": True})


def _facts(carried: Carried) -> dict[str, Any]:
    return {"done": carried.done, "lacking": carried.lacking, "left": carried.left}


def _tell(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


def _pushing(courier: Courier, waiting: "queue.Queue[str | None]", total: Carried) -> None:
    """Send what waits until None comes; a trial that stays is tried once more at the end."""
    ended = False
    while not ended:
        keys = [waiting.get()]
        while len(keys) < MORE and not waiting.empty():
            keys.append(waiting.get())
        ended = None in keys
        _add(total, courier.push([key for key in keys if key is not None]))
    again, total.left = list(total.left), {}
    _add(total, courier.push(again) if again else Carried())


def _add(total: Carried, part: Carried) -> None:
    total.done += part.done
    total.left |= part.left


def serve(courier: Courier) -> None:
    """Until stdin ends; answers go to stdout."""
    waiting: queue.Queue[str | None] = queue.Queue()
    total = Carried()
    pusher = threading.Thread(target=_pushing, args=(courier, waiting, total))
    pusher.start()
    try:
        for line in sys.stdin:
            request = json.loads(line)
            if "push" in request:
                waiting.put(request["push"])
            else:
                _tell(courier.answer(request))
    finally:
        courier.heard = True
        waiting.put(None)
        pusher.join()
    _tell(_facts(total))


if __name__ == "__main__":
    run_stage(lambda: serve(Courier(sys.argv[1])))
