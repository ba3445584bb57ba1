"""Writes trials as training leaves them, many at a time, epoch by epoch, at a chosen speed; nothing is trained.

The recorder is training's own, and so are the settings, the metrics' names and the model, which one real training
gives. Run as ``python -m benchmarks.mirror.writing`` in a project's folder; prints when each epoch was written.
"""

import argparse
import dataclasses
import hashlib
import sys
import threading
import time
from collections.abc import Iterator

import numpy as np

from benchmarks.mirror.beside import EXPERIMENT
from pipeline.configuration.settings import resolve
from pipeline.storage.parts import OpenData, read_split
from pipeline.training.fit import Outcome
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.training.measurements import Record
from pipeline.training.stopping import Stopping
from pipeline.training.validation import validate
from pipeline.trials.keys import noted
from pipeline.trials.recorder import Recorder
from pipeline.trials.sweeps import Sweep

SUMMED_UP = ("status", "reason", "metric", "best_epoch", "stopped_by", "metrics")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mirror.writing", description=__doc__)
    for name, kind in (("trials", int), ("epochs", int), ("workers", int), ("seconds", float)):
        parser.add_argument(f"--{name}", type=kind, required=True)
    options = parser.parse_args()
    written = Writers(options.trials, options.epochs, options.seconds).run(options.workers)
    sys.stdout.writelines(f"{key},{epoch},{moment!r}\n" for key, epoch, moment in written)


class Writers:
    """Writes ``trials`` of ``epochs`` epochs, each over about so many ``seconds``."""

    def __init__(self, trials: int, epochs: int, seconds: float) -> None:
        self._epochs, self._pause, self._data = epochs, seconds / epochs, read_split()
        self._settings = resolve(Hyperparameters(stopping=Stopping(epochs=2, patience=0)), self._data.card)
        self._outcome, self._records = _trained(self._settings, self._data)
        self._sweep, self._jobs = Sweep(EXPERIMENT, "benchmark"), iter(range(trials))
        self._taking, self.written = threading.Lock(), list[tuple[str, int, float]]()

    def run(self, workers: int) -> list[tuple[str, int, float]]:
        """Keys, epochs and the time at which each was on disk (seconds since 1970)."""
        threads = [threading.Thread(target=self._work, args=(number / workers,)) for number in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.written

    def _work(self, phase: float) -> None:
        time.sleep(phase * self._pause * self._epochs)  # else all would begin and end at once
        for job in self._taken():
            self._write(job)

    def _taken(self) -> Iterator[int]:
        while True:
            with self._taking:
                job = next(self._jobs, None)
            if job is None:
                return
            yield job

    def _write(self, job: int) -> None:
        key = hashlib.sha256(str(job).encode()).hexdigest()[:16]
        settings = dataclasses.replace(self._settings, seed=job)
        self._sweep.add(key, job, [f"seed={job}"])
        recorder, rng = Recorder(key, dataclasses.asdict(settings), 0.0, noted(self._data)), np.random.default_rng(job)
        start = time.monotonic()
        for epoch in range(1, self._epochs + 1):
            time.sleep(max(0.0, start + epoch * self._pause - time.monotonic()))
            recorder.on_epoch(epoch, {name: value * rng.random() for name, value in self._records[-1].items()})
            self.written.append((key, epoch, time.time()))
        facts = {name: getattr(self._outcome, name) for name in SUMMED_UP}
        facts |= {"epochs": self._epochs, "score": float(rng.random()), "parameters": None}
        recorder.finish(facts, self._outcome)


def _trained(settings: Hyperparameters, data: OpenData) -> tuple[Outcome, list[Record]]:
    """What comes out of a real training, and what it records of each epoch."""
    records: list[Record] = []
    outcome = validate(settings, data.train, data.validation, data.card, lambda epoch, record: records.append(record))
    return outcome, records


if __name__ == "__main__":
    main()
