"""The store of trials against a model of it: trained, killed anywhere, damaged, copied and dropped in any order.

The model knows of each trial only whether it is nowhere, growing, whole or damaged. A trainer that is killed is a
process of its own, which ends at one of its syncs, renames or removals.
"""

import functools
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from pipeline.storage.places import TRIALS, sweep_all_leftovers
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.trials import store
from pipeline.trials.folder import DAMAGED, FINISHED, HISTORY, KILLED, MODEL, RUN, SETTINGS, SUMMARY
from pipeline.trials.recorder import CHECKPOINT
from pipeline.trials.trial import run_trial
from tests.trials.made import contents, data
from tests.trials.made import settings as trial_settings

pytestmark = [pytest.mark.processes, pytest.mark.skipif(not hasattr(os, "fork"), reason="starts copies of itself")]

RATES = (0.05, 0.1, 0.2)  # of three trials
EPOCHS = 4
ABSENT, WHOLE, HURT = None, FINISHED, DAMAGED
DECISIVE = (MODEL, HISTORY, SETTINGS, SUMMARY)
CALLS = ("fsync", "replace", "unlink", "rmdir", "mkdir")  # of os, where a trainer may be killed
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # where a sync costs nothing
trials, places = st.integers(0, len(RATES) - 1), st.integers(0, 60)


def made(number: int) -> Hyperparameters:
    return trial_settings(EPOCHS, learning_rate=RATES[number], name="momentum", momentum=0.5)


def train(number: int, **more: Any) -> dict[str, Any]:
    return run_trial(made(number), data(), checkpoint_seconds=1e-9, **more)


@functools.cache
def undisturbed() -> tuple[tuple[str, dict[str, bytes]], ...]:
    """The key and the files of each trial, trained in a store of its own."""
    here, found = Path.cwd(), []
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        os.chdir(name)
        try:
            for number in range(len(RATES)):
                key = train(number)["key"]
                found.append((key, contents(TRIALS / key)))
        finally:
            os.chdir(here)
    return tuple(found)


def killed_at(moment: int, work: Callable[[], object]) -> bool:
    """Work in a copy of this process that kills itself at its ``moment``-th change on disk; whether it came so far."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of others, which hold nothing that is needed
        child = os.fork()
    if child == 0:
        try:
            for name in CALLS:
                setattr(os, name, _counted(getattr(os, name)))
            _counted.left = moment  # type: ignore[attr-defined]
            work()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def _counted(call: Callable[..., Any]) -> Callable[..., Any]:
    def counted(*arguments: Any, **named: Any) -> Any:
        if _counted.left == 0:  # type: ignore[attr-defined]
            os.kill(os.getpid(), signal.SIGKILL)
        _counted.left -= 1  # type: ignore[attr-defined]
        return call(*arguments, **named)

    return counted


def growing(key: str) -> Path | None:
    """The folder of a trial that was killed."""
    found = (entry.trial for entry in store.entries() if entry.key == key)
    return next((trial.folder for trial in found if trial.status == KILLED), None)


def cut_off(path: Path, share: float) -> None:
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])


def flip(path: Path, share: float) -> None:
    text = bytearray(path.read_bytes())
    text[int(share * len(text))] ^= 1
    path.write_bytes(text)


def emptied(path: Path, share: float) -> None:
    path.write_bytes(bytes(path.stat().st_size))


damages = st.sampled_from((cut_off, flip, emptied, lambda path, share: path.unlink()))


class StoreMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.here = Path.cwd()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.known = undisturbed()
        os.chdir(self.folder.name)
        self.stored: list[str | None] = [ABSENT] * len(RATES)
        self.grows = [False] * len(RATES)

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            os.chdir(self.here)
            self.folder.cleanup()

    @rule(number=trials)
    def take_or_train(self, number: int) -> None:
        epochs: list[int] = []
        summary = train(number, follow=lambda epoch, record: epochs.append(epoch))
        assert not (self.stored[number] == WHOLE and epochs), "a finished trial was trained again"
        assert summary.get("reused", False) == (not epochs)
        self.grows[number] &= self.stored[number] == WHOLE
        self.stored[number] = WHOLE

    @rule(number=trials, moment=places)
    def kill(self, number: int, moment: int) -> None:
        """A trainer; one that goes on where another was killed is killed too."""
        dead = killed_at(moment, lambda: train(number))
        key = self.known[number][0]
        stored, self.grows[number] = self.stored[number], growing(key) is not None
        if store.reusable(TRIALS / key) is not None:
            self.stored[number] = WHOLE
        elif not (TRIALS / key).is_dir():  # a damaged one was moved aside, and the new one not yet in its place
            self.stored[number] = ABSENT
        assert dead or self.stored[number] == WHOLE
        assert stored != WHOLE or self.stored[number] == WHOLE

    @rule(number=trials, name=st.sampled_from(DECISIVE), damage=damages, share=st.floats(0, 0.99))
    def damage(self, number: int, name: str, damage: Callable[[Path, float], None], share: float) -> None:
        if self.stored[number] == WHOLE:
            damage(TRIALS / self.known[number][0] / name, share)
            self.stored[number] = HURT

    @rule(
        number=trials,
        name=st.sampled_from((CHECKPOINT, HISTORY, SETTINGS, RUN)),
        damage=damages,
        share=st.floats(0, 0.99),
    )
    def damage_what_grows(self, number: int, name: str, damage: Callable[[Path, float], None], share: float) -> None:
        folder = growing(self.known[number][0])
        if folder and (folder / name).is_file() and (folder / name).stat().st_size:
            damage(folder / name, share)

    @rule(number=trials)
    def drop(self, number: int) -> None:
        for entry in store.entries():
            if entry.key == self.known[number][0]:
                assert store.drop(entry)
        self.stored[number], self.grows[number] = ABSENT, False

    @rule(number=trials, moment=st.integers(0, 12))
    def kill_while_dropping(self, number: int, moment: int) -> None:
        """What is half removed is nowhere."""
        key = self.known[number][0]
        for entry in store.entries():
            if entry.key == key:
                killed_at(moment, lambda entry=entry: store.drop(entry))
        if not (TRIALS / key).is_dir():
            self.stored[number] = ABSENT
        self.grows[number] = growing(key) is not None

    @rule(number=trials, left_out=st.sampled_from((None, *DECISIVE)))
    def fetch(self, number: int, left_out: str | None) -> None:
        """The folder of a trial comes from elsewhere, whole or not."""
        key, files = self.known[number]
        shutil.rmtree(TRIALS / key, ignore_errors=True)
        (TRIALS / key).mkdir(parents=True)
        for name, found in files.items():
            if name != left_out:
                (TRIALS / key / name).write_bytes(found)
        self.stored[number] = HURT if left_out else WHOLE

    @rule()
    def sweep(self) -> None:
        sweep_all_leftovers()

    @rule()
    def prune(self) -> None:
        """No experiment has any of them."""
        alone, by_hand = store.unneeded([])
        assert all(map(store.drop, alone)) and not by_hand
        self.stored, self.grows = [ABSENT] * len(RATES), [False] * len(RATES)

    @invariant()
    def the_store_is_as_the_model_has_it(self) -> None:
        if hasattr(self, "stored"):
            found = sorted((entry.key, entry.trial.status) for entry in store.entries())
            told = [(key, state) for (key, _), state in zip(self.known, self.stored, strict=True) if state]
            told += [(key, KILLED) for (key, _), grows in zip(self.known, self.grows, strict=True) if grows]
            assert found == sorted(told)

    @invariant()
    def what_is_whole_has_the_bytes_that_it_always_has(self) -> None:
        for number, state in enumerate(getattr(self, "stored", ())):
            if state == WHOLE:
                key, files = self.known[number]
                assert without_times(contents(TRIALS / key)) == without_times(files)


def without_times(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: found for name, found in files.items() if name != RUN}


def test_the_store_keeps_what_is_whole_and_trains_anew_what_is_not() -> None:
    run_state_machine_as_test(
        StoreMachine,
        settings=settings(
            max_examples=30,
            stateful_step_count=15,
            deadline=None,
            phases=(Phase.reuse, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
