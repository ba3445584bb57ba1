"""One network: an epoch, a look, a decision, over and over; the best weights are kept."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from pipeline.feed.rows import Rows
from pipeline.feed.schema import Schema
from pipeline.training import symptoms
from pipeline.training.determinism import one_thread
from pipeline.training.divergence import Divergence
from pipeline.training.examples import show
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.training.interruption import Asked, deferred
from pipeline.training.measurements import Measurements, Record
from pipeline.training.metrics import main_metric
from pipeline.training.model import Model
from pipeline.training.snapshots import NO_SNAPSHOTS, Snapshot, Snapshots, numbered, restore_arrays
from pipeline.training.stopping import Progress
from pipeline.training.training import NOTHING, Given, Training

Array = np.ndarray
INTERRUPTED = "interrupted"
# Called after each epoch with its number and metrics; True ends the training.
OnEpoch = Callable[[int, Record], bool | None]


@dataclass
class Outcome:
    """How a trial ended.

    status: ``finished``, ``interrupted`` or ``diverged``; stopped_by: ``patience``, ``epochs``, ``gradient``,
    ``rate_of_change``, ``loss_change``, ``time``, ``callback``, ``interrupt`` or ``divergence``. model and metrics are
    those of the best epoch; last, record and state are the model, the metrics and the engine's state at the end.
    asked: whether Ctrl-C was pressed; if a rule ended the training just then, it is finished all the same.
    errors: (rows,) what each row that scored adds to the score, in the order of the rows.
    """

    status: str
    reason: str
    stopped_by: str
    epochs: int
    best_epoch: int
    score: float | None
    metric: str
    model: Model | None
    metrics: Record = field(default_factory=dict)
    last: Model | None = None
    record: Record = field(default_factory=dict)
    state: dict[str, Array] = field(default_factory=dict)
    asked: bool = False
    errors: Array | None = None


def fit(
    settings: Hyperparameters,
    train: Rows,
    validation: Rows | None,
    schema: Schema,
    on_epoch: OnEpoch = lambda epoch, record: None,
    given: Given = NOTHING,
    snapshots: Snapshots = NO_SNAPSHOTS,
    diagnostics: bool = True,
    watch: str = "",
) -> Outcome:
    """Train one network, or several as one, and stop by the validation rows (notes §5, the hold-out method).

    Args:
        settings: resolved; see hyperparameters.
        validation: None watches the training loss instead.
        on_epoch: called after each epoch with its number and metrics; True ends the training.
        snapshots: if it has a snapshot of this very training, that is where it goes on, to the same bits.
        diagnostics: whether to measure what goes on inside the layers.
        watch: the metric of the validation rows that decides; empty for the main one.

    Returns:
        The outcome; its model has the weights of the epoch with the best score.
    """
    with one_thread(), np.errstate(over="ignore", invalid="ignore"):
        training = Training(settings, train, schema, given)
        metric = "train/loss" if validation is None else f"validation/{watch or main_metric(schema)}"
        snapshot = snapshots.load()
        if snapshot:
            training.restore(snapshot)  # before the diagnostics remember the weights
        measured, importance = training.measured(settings.measuring.measured_rows)
        parts = {"train": measured}
        if validation is not None:
            parts["validation"] = show(training.model, validation)
        full_gradient = settings.stopping.gradient_norm > 0
        inside = training.trained if diagnostics else None
        look = Measurements(training.model, parts, settings.regularizer, full_gradient, inside, importance)
        divergence = Divergence(training.model, measured)
        best, progress = _Best(training.model), Progress(settings.stopping)
        if snapshot:
            look.losses = snapshot.arrays.get("losses")
            best.restore(snapshot)
            progress.restore(snapshot.facts)
        with deferred() as asked:
            outcome = _train(training, look, divergence, progress, best, metric, on_epoch, snapshots, asked)
        return replace(outcome, last=training.model, state=training.state())


class _Best:
    """The weights and metrics of the best epoch so far."""

    def __init__(self, model: Model) -> None:
        self.model = replace(model, weights=[w.copy(order="K") for w in model.weights])
        self.metrics: Record = {}

    def keep(self, model: Model, record: Record) -> None:
        self.metrics = record
        for best, w in zip(self.model.weights, model.weights, strict=True):
            best[...] = w

    def save(self) -> Snapshot:
        return Snapshot({"metrics": self.metrics}, numbered("best", self.model.weights))

    def restore(self, snapshot: Snapshot) -> None:
        self.metrics = snapshot.facts["metrics"]
        restore_arrays("best", snapshot.arrays, self.model.weights)


def _train(
    training: Training,
    look: Measurements,
    divergence: Divergence,
    progress: Progress,
    best: _Best,
    metric: str,
    on_epoch: OnEpoch,
    snapshots: Snapshots,
    asked: Asked,
) -> Outcome:
    """An epoch, a look, a decision, until a rule ends it, or a person asks for the end."""
    while True:
        training.epoch(progress.scores, look.losses)
        record, epoch = look.measure(), training.done
        assert look.losses is not None
        if reason := divergence.reason(epoch, record, look.losses):
            return Outcome(
                status="diverged",
                reason=reason,
                stopped_by="divergence",
                epochs=epoch,
                best_epoch=progress.best_epoch,
                score=None,
                metric=metric,
                model=None,
            )
        if epoch == 1:
            symptoms.tell(record)
        if progress.observe(epoch, record[metric], record):
            best.keep(training.model, record)
        ended, pressed = _told(on_epoch, epoch, record, asked)
        stopped_by, pressed = "callback" if ended else progress.verdict(), pressed or asked()
        if not stopped_by and (pressed or snapshots.due()):  # after a rule has ended it, it must not go on
            losses = {} if look.losses is None else {"losses": look.losses}
            snapshots.save(training.save() | best.save() | Snapshot(progress.save(), losses))
        if stopped_by or pressed:
            return Outcome(
                status="finished" if stopped_by else INTERRUPTED,
                reason="",
                stopped_by=stopped_by or "interrupt",
                epochs=epoch,
                best_epoch=progress.best_epoch,
                score=progress.best_score,
                metric=metric,
                model=best.model,
                metrics=best.metrics,
                record=record,
                asked=pressed,
            )


def _told(on_epoch: OnEpoch, epoch: int, record: Record, asked: Asked) -> tuple[bool, bool]:
    """Whether the callback wants the training to end, and whether Ctrl-C did in it, for the first time."""
    try:
        return bool(on_epoch(epoch, record)), False
    except KeyboardInterrupt:
        if asked():  # it was pressed before: this is the second time, which interrupts at once
            raise
        return False, True
