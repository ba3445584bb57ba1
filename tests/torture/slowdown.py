"""How long a stage trains while MLflow is well, down, slow, locked or off: ``python -m tests.torture.slowdown``.

Each line: what MLflow does, the stage's seconds from start to exit, those of its trials alone, both compared with the
first line, and the seconds around the trials, in which the stage starts and waits for MLflow. The quickest of some
rounds, for the machine may have other things to do.
"""

import contextlib
import datetime
import json
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.project import Run, change, make_project
from tests.torture.servers import Server, proxied

ROUNDS = 2
EPOCHS = 30  # of each of two trials
LENGTH = {"network": {"hidden": [300]}, "stopping": {"epochs": EPOCHS, "patience": 0}}
Times = tuple[float, float]


@contextlib.contextmanager
def down(server: Server) -> Iterator[str]:
    server.stop()
    yield server.uri
    server.start()


@contextlib.contextmanager
def slow(server: Server) -> Iterator[str]:
    with proxied(server, delay=1.0) as proxy:
        yield proxy.uri


@contextlib.contextmanager
def locked(server: Server) -> Iterator[str]:
    with contextlib.closing(sqlite3.connect(server.database, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield server.uri


@contextlib.contextmanager
def well(server: Server) -> Iterator[str]:
    yield server.uri


TROUBLES: dict[str, Callable[[Server], contextlib.AbstractContextManager[str]]] = {
    "a server that is well": well,
    "down": down,
    "slow, 1 s a call": slow,
    "its database locked": locked,
}


def measure(folder: Path, run: Run, **environment: str) -> Times:
    """Train the sweep ``rates`` anew; seconds of the stage and of its trials."""
    shutil.rmtree(folder / ".trials", ignore_errors=True)
    start = time.monotonic()
    run("python -m pipeline.stages.train experiment=rates", **environment)
    return time.monotonic() - start, sum(map(_seconds, (folder / ".trials").glob("*/run.json")))


def _seconds(path: Path) -> float:
    facts = json.loads(path.read_text())
    start, end = (datetime.datetime.fromisoformat(facts[name]) for name in ("started", "finished"))
    return (end - start).total_seconds()


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder, server = Path(place) / "project", Server(Path(place) / "server")
        run = make_project(folder, {"source": "mnist5k"})
        change(folder / "conf/experiment/rates.yaml", lambda values: values.update(LENGTH))
        run("dvc repro split")
        server.start()
        measure(folder, run, HOLDOUT_TRACKING="off")  # compiles
        found: dict[str, list[Times]] = {}
        try:
            for _ in range(ROUNDS):
                for name, trouble in TROUBLES.items():
                    with trouble(server) as uri:
                        found.setdefault(name, []).append(measure(folder, run, MLFLOW_TRACKING_URI=uri))
                found.setdefault("the project's own database", []).append(measure(folder, run))
                found.setdefault("off", []).append(measure(folder, run, HOLDOUT_TRACKING="off"))
        finally:
            server.stop()
    first = [min(column) for column in zip(*found["a server that is well"], strict=True)]
    print("MLflow                       stage            trials           around")
    for name, times in found.items():
        best = [min(column) for column in zip(*times, strict=True)]
        words = [f"{own:6.1f} s {100 * (own / of - 1):+5.1f} %" for own, of in zip(best, first, strict=True)]
        around = min(stage - trials for stage, trials in times)
        print(f"{name:27s}  {'  '.join(words)}  {around:6.1f} s")


if __name__ == "__main__":
    main()
