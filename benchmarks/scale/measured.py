"""What the store's steps cost on this machine: a file system's, the program's own for each trial, and a remote's."""

import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from filelock import FileLock

from pipeline.configuration.composing import Composer
from pipeline.configuration.settings import resolve
from pipeline.data.card import Card
from pipeline.feed.rows import Rows
from pipeline.sealing import witness
from pipeline.storage import digests, documents
from pipeline.storage.parts import OpenData
from pipeline.storage.places import TRIALS
from pipeline.tracking.contents import fingerprint
from pipeline.training.hyperparameters import Hyperparameters, changed
from pipeline.trials import store, sweeps
from pipeline.trials.keys import trial_key
from pipeline.trials.remote import NotThere, connected
from pipeline.trials.trial import find_trained, run_trial

CARD = Card(
    "classification",
    tuple(f"x{number}" for number in range(64)),
    ("in", "out"),
    None,
    source="made",
    targets=("y",),
    rows=300,
    hashes={},
)
TIMES = 200
PARCEL = 100_000  # bytes: a network of 784-30-10 with its curves


def median(step: Callable[[int], object], times: int = TIMES) -> float:
    """Seconds that a step takes, which is told its number."""
    taken = []
    for number in range(times):
        start = time.perf_counter()
        step(number)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def seconds(step: Callable[[], object]) -> float:
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def files(folder: Path, entries: int) -> dict[str, float]:
    """Seconds of a file system's steps in a folder that has so many entries; ``list`` is of all of them."""
    folder.mkdir(parents=True)
    for number in range(entries):
        os.mkdir(folder / f"{number:016x}")
    present = [folder / f"{entries * n // TIMES:016x}" for n in range(TIMES)]

    def sync(number: int) -> None:
        with (folder / "new").open("wb") as stream:
            stream.write(bytes(1000))
            os.fsync(stream.fileno())

    def held(number: int) -> None:
        with FileLock(folder / "lock"):
            pass

    found = {
        "list": seconds(lambda: os.listdir(folder)),
        "look up": median(lambda number: present[number].exists()),
        "make": median(lambda number: os.mkdir(folder / f"new{number}")),
        "rename": median(lambda number: os.replace(folder / f"new{number}", folder / f"old{number}")),
        "write and fsync": median(sync),
        "lock": median(held),
    }
    shutil.rmtree(folder)
    return found


def rows() -> OpenData:
    X = np.random.default_rng(0).uniform(-1, 1, (300, 64)).astype(np.float32)
    y = (X[:, :2].sum(axis=1) > 0).astype(np.int64)
    return OpenData(
        Rows(X[:200], y[:200], origin=np.arange(200)), Rows(X[200:], y[200:], origin=np.arange(200, 300)), CARD
    )


def plain(seed: int) -> Hyperparameters:
    made: Hyperparameters = changed(Hyperparameters(), {"seed": seed, "stopping.epochs": 3, "network.hidden": (30,)})
    return resolve(made, CARD)


@dataclass
class Steps:
    """How many steps of each kind a trial takes in the store, from its start to its place."""

    opens: int = 0
    renames: int = 0
    syncs: int = 0
    active: bool = False


STEPS = Steps()


def _count(event: str, arguments: tuple[Any, ...]) -> None:
    if STEPS.active:
        STEPS.opens += event in ("open", "os.mkdir", "os.remove")
        STEPS.renames += event == "os.rename"


def steps_of_a_trial(folder: Path) -> Steps:
    """Counted by an audit hook; fsync, of which Python tells nothing, by a function in its place."""
    sys.addaudithook(_count)
    fsync = os.fsync

    def counted(descriptor: Any) -> None:
        STEPS.syncs += STEPS.active
        fsync(descriptor)

    with inside(folder):
        run_trial(plain(1), rows())  # compiles
        sweep = sweeps.Sweep("one", "1")
        with mock.patch.object(os, "fsync", counted):
            STEPS.active = True
            run_trial(plain(2), rows(), announce=lambda key: sweep.add(key, 0, ["seed=2"]))
            STEPS.active = False
    return STEPS


def program(folder: Path, count: int, conf: Path) -> dict[str, float]:
    """Seconds for each of ``count`` trials of one sweep, of which the store has as many."""
    with inside(folder):
        data, settings = rows(), [plain(seed) for seed in range(1, TIMES + 1)]
        model = run_trial(settings[0], data)["key"]
        sweep = sweeps.Sweep("many", "1")
        keys = [trial_key(one, data) for one in settings] + [f"{number:016x}" for number in range(count)]
        keys = keys[:count]
        for number, key in enumerate(keys):
            _store(model, key, asdict(settings[number]) if number < TIMES else None)
            sweep.add(key, number, [f"seed={number}"])
        composer = Composer(conf)
        line = composer.line([f"seed=range({TIMES})"], True)
        found = {
            "compose": median(lambda number: composer.job(line, number)),
            "look up a stored trial": median(lambda number: find_trained(settings[number], data)),
            "look up a trial that is not there": median(lambda number: find_trained(plain(10**6 + number), data)),
            "count it as a candidate": median(lambda number: witness.append(Path("counted"), {"key": keys[number]})),
            "record it as a sweep's": median(lambda number: sweep.add(keys[number], number, [f"seed={number}"])),
            "read the sweep's records": seconds(sweep.members) / count,
            "list (`pipeline.trials list`)": seconds(store.entries) / count,
            "find one by its key": seconds(lambda: store.find(keys[-1])),
            "the mirror's look for news": seconds(fingerprint) / count,
            "publish the results": seconds(sweep.publish) / count,
        }
    shutil.rmtree(folder)
    return found


def _store(model: str, key: str, settings: dict[str, Any] | None) -> None:
    """A copy of the trial ``model`` under another key."""
    source, place = TRIALS / model, TRIALS / key
    if place.exists():
        return
    shutil.copytree(source, place)
    if settings:
        (place / "settings.json").write_text(documents.as_json(settings))
    summary = documents.read_json(source / "summary.json")
    summary |= {"key": key, "settings_sha256": digests.of_file(place / "settings.json")}
    (place / "summary.json").write_text(documents.as_json(summary))


def remote(url: str) -> dict[str, float]:
    """Seconds of a remote's steps, one at a time, and of each where eight go on at the same time."""
    place, content = connected(url), os.urandom(PARCEL)
    keys = [f"{number:04x}{os.urandom(6).hex()}" for number in range(TIMES)]

    def lacking(number: int) -> None:
        try:
            place.get("f" * 16, PARCEL)
        except NotThere:
            return

    found = {
        "put": median(lambda number: place.put(keys[number], content)),
        "get": median(lambda number: place.get(keys[number], PARCEL)),
        "get what is not there": median(lacking),
        "list a trial": seconds(place.keys) / TIMES,
    }
    with ThreadPoolExecutor(8) as pool:
        found["put, eight at a time"] = (
            seconds(lambda: list(pool.map(lambda key: place.put(key, content), keys))) / TIMES
        )
    return found
