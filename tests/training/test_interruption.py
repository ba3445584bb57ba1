"""Ctrl-C while a network trains: whole epochs are kept, and what is kept goes on to the same bits."""

import signal
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pipeline.estimators import BackpropClassifier
from pipeline.training.fit import fit
from pipeline.training.interruption import deferred
from pipeline.training.snapshots import Snapshot
from pipeline.training.stopping import Stopping
from pipeline.training.validation import validate
from tests.training.test_fit import CLASSES, rings, run, settings_with
from tests.training.test_snapshots import PLAIN, SCHEMA, WAYS, Memory, changed, data, trained


def press(times: int = 1) -> None:
    for _ in range(times):
        signal.raise_signal(signal.SIGINT)


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


@pytest.mark.parametrize(("more", "kept"), [({}, 3), ({"patience": 50}, 3)])
def test_an_estimator_keeps_its_model_and_says_so(more: dict[str, Any], kept: int) -> None:
    model = BackpropClassifier((4,), epochs=50, random_state=1, callbacks=[at(3)], **more)
    with pytest.warns(UserWarning, match=rf"stopped by Ctrl-C after epoch 3: the model of epoch {kept} is kept"):
        model.fit(rings(1).X, rings(1).y)
    assert (model.stopped_by_, model.n_iter_) == ("interrupt", 3)
    assert model.predict(rings(2).X).shape == (120,)


def test_the_second_press_ends_an_estimator_at_once_and_leaves_what_it_was() -> None:
    model = BackpropClassifier((4,), epochs=4, random_state=1, warm_start=True, patience=0).fit(rings(1).X, rings(1).y)
    before = model.predict_proba(rings(2).X)
    model.set_params(callbacks=[at(2, lambda: press(2))])
    with pytest.raises(KeyboardInterrupt):
        model.fit(rings(1).X, rings(1).y)
    assert model.n_iter_ == len(model.loss_curve_) == 4
    np.testing.assert_array_equal(model.predict_proba(rings(2).X), before)
