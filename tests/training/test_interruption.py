"""Ctrl-C while a network trains: whole epochs are kept, and what is kept goes on to the same bits."""

import itertools
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pipeline.feed.rows import Rows
from pipeline.feed.schema import Schema
from pipeline.nn.compiled import engine as compiled
from pipeline.training import epoch as epochs
from pipeline.training.fit import fit
from pipeline.training.hyperparameters import changed
from pipeline.training.interruption import deferred
from pipeline.training.snapshots import Snapshot
from pipeline.training.stopping import Stopping
from pipeline.training.validation import validate
from tests.training.test_fit import CLASSES, rings, run, settings_with
from tests.training.test_snapshots import PLAIN, SCHEMA, WAYS, Memory, data, trained


def press(times: int = 1) -> None:
    for _ in range(times):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        time.sleep(0 if threading.current_thread() is threading.main_thread() else 0.05)  # until it is heard there


def at(epoch: int, what: Callable[[], None] = press) -> Callable[[int, Any], None]:
    return lambda number, record: what() if number == epoch else None


def test_the_first_press_is_noted_and_the_second_interrupts() -> None:
    with deferred() as asked:
        assert not asked()
        with deferred() as inner:
            press()
            assert asked() and inner()
        with pytest.raises(KeyboardInterrupt):
            press()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_somebody_else_handles_and_other_threads_are_left_alone() -> None:
    seen: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        with deferred() as asked:
            press()
            assert not asked()
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    assert seen == [signal.SIGINT]
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(run(epochs=2).stopped_by))
    thread.start()
    thread.join()
    assert found == ["epochs"]


def pressed_in_the_callback() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("what", [press, pressed_in_the_callback])
def test_an_interrupted_training_keeps_the_best_of_its_whole_epochs(what: Callable[[], None]) -> None:
    found = fit(settings_with(20), rings(1), rings(2), CLASSES, at(6, what))
    whole = fit(settings_with(6), rings(1), rings(2), CLASSES)
    assert (found.status, found.stopped_by, found.epochs, found.asked) == ("interrupted", "interrupt", 6, True)
    assert (found.best_epoch, found.score, found.metrics) == (whole.best_epoch, whole.score, whole.metrics)
    assert found.model and whole.model
    for a, b in zip(found.model.weights, whole.model.weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_training_that_a_rule_ends_just_then_is_finished() -> None:
    found = fit(settings_with(6), rings(1), rings(2), CLASSES, at(6))
    assert (found.status, found.stopped_by, found.asked) == ("finished", "epochs", True)


class Pressing(Memory):
    """No snapshot is due, but Ctrl-C is pressed when one could be for the ``last`` time."""

    def due(self) -> bool:
        self._left -= 1
        if self._left == 0:
            press()
        return False

    def save(self, snapshot: Snapshot) -> None:
        left, self._left = self._left, 0
        super().save(snapshot)
        self._left = left


@pytest.mark.parametrize("way", ["plain", "adam", "K-fold", "leave-one-out"])
@pytest.mark.parametrize("presses", [(2,), (3, 2)], ids=str)
def test_interrupted_and_run_again_is_bit_for_bit_as_uninterrupted(way: str, presses: tuple[int, ...]) -> None:
    settings = changed(PLAIN, WAYS[way] | ({"stopping": Stopping(5, 0)} if way == "leave-one-out" else {}))
    expected, _ = trained(settings)
    memory = Pressing(0)
    for last in presses:
        memory._left = last
        outcome = validate(settings, *data(settings), SCHEMA, snapshots=memory)
        assert (outcome.status, bool(memory.kept)) == ("interrupted", True)
        assert (outcome.model is None) == ("validation" in "".join(WAYS[way])), outcome.reason
    memory._left = -1
    found, _ = trained(settings, memory)
    assert found.model is not None and expected.model is not None
    for a, b in zip(found.model.weights, expected.model.weights, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (found.metrics, found.epochs) == (expected.metrics, expected.epochs)


@pytest.mark.parametrize("members", [1, 2])
def test_the_second_press_is_heard_between_the_calls_of_an_epoch(members: int, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    count, trained_by = itertools.count(1), compiled.Engine.train

    def train(self: Any, *given: Any) -> None:
        trained_by(self, *given)
        calls.append(number := next(count))
        if number in (1, 20):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        time.sleep(0.01)

    monkeypatch.setattr(compiled.Engine, "train", train)
    monkeypatch.setattr(epochs, "CALL", 1)
    monkeypatch.setattr(epochs, "GATHERED", 1)
    settings = changed(settings_with(20), {"ensemble.members": members, "optimizer.batch_size": 1})
    with pytest.raises(KeyboardInterrupt):
        fit(settings, rings(1), rings(2), CLASSES)
    assert 20 <= len(calls) < members * len(rings(1)) / 2
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler and run(epochs=2).stopped_by == "epochs"


@pytest.mark.parametrize(
    ("dtype", "changes"),
    [
        ("float64", {"optimizer.batch_size": 32}),
        ("float32", {"optimizer.batch_size": 32, "optimizer.name": "adam", "regularizer.dropout": 0.3}),
        ("float64", {"optimizer.batch_size": 1, "optimizer.momentum": 0.5}),
        ("float32", {"optimizer.batch_size": 700}),
    ],
    ids=str,
)
def test_calls_that_end_early_give_the_bits_of_a_single_one(
    dtype: str, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert epochs.GATHERED == compiled.CHUNK
    rng = np.random.default_rng(0)
    rows = Rows(rng.normal(size=(2500, 64)), rng.integers(0, 2, 2500), importance=rng.random(2500))
    schema = Schema("classification", tuple(map(str, range(64))), ("a", "b"))
    own = {"network.hidden": (256,), "network.dtype": dtype, "regularizer.input_dropout": 0.0, **changes}
    settings = changed(settings_with(2), own)
    found = []
    for most in (2**60, 1):
        monkeypatch.setattr(epochs, "CALL", most)
        found.append(fit(settings, rows, None, schema, diagnostics=False).last)
    for a, b in zip(*(model.weights for model in found if model), strict=True):
        np.testing.assert_array_equal(a, b)
