"""Follows a training: measures it, keeps the best weights, decides when it ends, and takes snapshots of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from pipeline.feed.sampling import SAMPLING
from pipeline.nn.schedules import SCHEDULES
from pipeline.training.build import inputs
from pipeline.training.checkpoints import (
    Checkpoints,
    Snapshot,
    generator_states,
    numbered,
    restore_arrays,
    restore_generators,
)
from pipeline.training.feed import Feed
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.training.loop import Trainer
from pipeline.training.model import Model
from pipeline.training.observer import Observer, Record
from pipeline.training.outcome import OnEpoch, Outcome
from pipeline.training.stopping import Stopping

Array = np.ndarray


class Watch:
    """Follows a training: measures it after each epoch, sets its rates by what was seen, keeps the best, stops it."""

    def __init__(
        self, settings: Hyperparameters, observer: Observer, model: Model, metric: str, rates: Sequence[float]
    ) -> None:
        self._observer, self._metric, self._rates, self._sampling = observer, metric, rates, settings.sampling
        self._model, self._best, self._metrics = model, [w.copy(order="K") for w in model.weights], Record()
        self.epoch = 0
        self._stopping = Stopping(settings.limits)
        self._factor = SCHEDULES[settings.schedule.name](settings.schedule)
        self._scores: list[float] = []

    def rates(self, epoch: int) -> list[float]:
        """η of each layer in an epoch."""
        factor = self._factor(epoch, self._scores)
        return [factor * rate for rate in self._rates]

    def order(self, feed: Feed, streams: Mapping[str, np.random.Generator]) -> Callable[[int], Array]:
        """The order of the examples in an epoch, by what training made of them so far."""
        stream = streams["batches" if self._sampling == "uniform" else "sampling"]
        draw = SAMPLING[self._sampling](
            np.empty((feed.rows, 0)) if self._sampling != "most_different" else inputs(feed)
        )
        return lambda epoch: draw(epoch, self._observer.losses, stream)

    def follow(self, epochs: Iterator[int], on_epoch: OnEpoch, after_epoch: Callable[[], None]) -> Outcome:
        """Train until a rule stops it; the outcome holds the best weights."""
        stopped_by = None
        for epoch in epochs:
            self.epoch = epoch
            record = self._observer.observe()
            broken = next((name for name, value in record.items() if not np.isfinite(value)), None)
            if broken:
                reason = f"{broken} is {record[broken]} after epoch {epoch}"
                ended = "diverged", reason, "divergence", epoch, self._stopping.best_epoch, None
                return Outcome(*ended, self._metric, None)
            if self._best_so_far(epoch, record):
                self._metrics = record
                for best, w in zip(self._best, self._model.weights, strict=True):
                    best[...] = w
            stopped_by = "callback" if on_epoch(epoch, record) else self._stopping.verdict()
            if stopped_by:
                break
            after_epoch()
        found = self._stopping.best_epoch, self._stopping.best_score, self._metric
        kept = replace(self._model, weights=self._best)
        return Outcome("finished", "", str(stopped_by), epoch, *found, kept, self._metrics, record=record)

    def _best_so_far(self, epoch: int, record: Record) -> bool:
        score = record[self._metric]
        self._scores.append(score)
        return self._stopping.observe(epoch, score, record["train/loss"], record.get("train/gradient_norm"))

    def snapshot(self) -> Snapshot:
        """What was seen so far, and the best weights."""
        facts = {"epoch": self.epoch, "metrics": self._metrics, "scores": self._scores}
        arrays = numbered("best", self._best)
        if self._observer.losses is not None:
            arrays["losses"] = self._observer.losses
        return Snapshot({**facts, "stopping": self._stopping.to_dict()}, arrays)

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from a ``snapshot``."""
        self.epoch, self._metrics, self._scores = (snapshot.facts[name] for name in ("epoch", "metrics", "scores"))
        self._stopping.restore(snapshot.facts["stopping"])
        self._observer.losses = snapshot.arrays.get("losses")
        restore_arrays("best", snapshot.arrays, self._best)


class Saver:
    """Takes a snapshot of all parts of a training whenever one is due."""

    def __init__(
        self,
        checkpoints: Checkpoints,
        model: Model,
        engine: Trainer,
        streams: Mapping[str, np.random.Generator],
        watch: Watch,
    ) -> None:
        self._checkpoints, self._model, self._engine = checkpoints, model, engine
        self._streams, self._watch = streams, watch

    def after_epoch(self) -> None:
        if self._checkpoints.due():
            seen, state = self._watch.snapshot(), self._engine.snapshot()
            arrays = {**seen.arrays, **numbered("W", self._model.weights)}
            arrays |= {f"engine_{name}": array for name, array in state.items()}
            self._checkpoints.save(Snapshot({**seen.facts, "streams": generator_states(self._streams)}, arrays))

    def restore(self, snapshot: Snapshot) -> None:
        arrays = snapshot.arrays.items()
        engine = {name.removeprefix("engine_"): array for name, array in arrays if name.startswith("engine_")}
        self._engine.restore(engine)
        restore_generators(self._streams, snapshot.facts["streams"])
        self._watch.restore(snapshot)
