"""The store of trials against a model of it: trained, paused, pruned, killed, damaged, fetched, dropped in any order.

The model knows of each trial whether it is nowhere, whole, pruned or damaged in the store, and how far it grows. Who is
killed is a process of its own, which ends at one of its syncs, renames or removals.
"""

import functools
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from pipeline.storage.places import TRIALS, sweep_all_leftovers
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.trials import parcels, pruning, store, unfinished, whole
from pipeline.trials.checkpoints import saved_epochs
from pipeline.trials.folder import DAMAGED, FINISHED, HISTORY, KILLED, MODEL, PAUSED, PRUNED, RUN, SETTINGS, SUMMARY
from pipeline.trials.pruning import Cut
from pipeline.trials.recorder import CHECKPOINT
from pipeline.trials.trial import run_trial
from tests.trials.made import contents, data
from tests.trials.made import settings as trial_settings

pytestmark = [pytest.mark.processes, pytest.mark.skipif(not hasattr(os, "fork"), reason="starts copies of itself")]

RATES = (0.05, 0.1, 0.2)  # of three trials
EPOCHS = 4
ABSENT, WHOLE, GIVEN_UP, HURT = None, FINISHED, PRUNED, DAMAGED
METRIC = "validation/error"
DECISIVE = (MODEL, HISTORY, SETTINGS, SUMMARY)
CALLS = ("fsync", "replace", "unlink", "rmdir", "mkdir")  # of os, where a trainer may be killed
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # where a sync costs nothing
trials, places = st.integers(0, len(RATES) - 1), st.integers(0, 60)


def made(number: int) -> Hyperparameters:
    return trial_settings(EPOCHS, learning_rate=RATES[number], name="momentum", momentum=0.5)


def train(number: int, **more: Any) -> dict[str, Any]:
    return run_trial(made(number), data(), checkpoint_seconds=1e-9, **more)


@contextmanager
def store_of_its_own() -> Iterator[None]:
    with tempfile.TemporaryDirectory(dir=MEMORY) as name, chdir(name):
        yield


@functools.cache
def undisturbed() -> tuple[tuple[str, dict[str, bytes]], ...]:
    """The key and the files of each trial."""
    with store_of_its_own():
        keys = [train(number)["key"] for number in range(len(RATES))]
        return tuple((key, contents(TRIALS / key)) for key in keys)


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


@functools.cache
def parcels_of() -> tuple[tuple[bytes, dict[int, bytes]], ...]:
    """Of each trial the parcel, and those of its beginnings by their epochs."""
    found = []
    with store_of_its_own():
        for number in range(len(RATES)):
            begun = {until: unfinished.packed(train(number, until=until)["key"]) or b"" for until in (1, 3)}
            found.append((parcels.packed(train(number)["key"]), begun))
    return tuple(found)


def growing(key: str) -> Path | None:
    """The folder of a trial that was killed, or waits."""
    found = (entry.trial for entry in store.entries() if entry.key == key)
    return next((trial.folder for trial in found if trial.status in (KILLED, PAUSED)), None)


def epochs_kept(key: str) -> int:
    """How far it can go on, growing or pruned."""
    place = unfinished.place_of(key)
    return saved_epochs(place) if place else 0


def cut_off(path: Path, share: float) -> None:
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])


def flip(path: Path, share: float) -> None:
    text = bytearray(path.read_bytes())
    text[int(share * len(text))] ^= 1
    path.write_bytes(text)


def emptied(path: Path, share: float) -> None:
    path.write_bytes(bytes(path.stat().st_size))


damages = st.sampled_from((cut_off, flip, emptied, lambda path, share: path.unlink()))


def has_ended(key: str) -> bool:
    """Whether it grows and lacks only its place."""
    folder = growing(key)
    return folder is not None and whole.reusable(folder) is not None


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

    @rule(number=trials, until=st.integers(1, EPOCHS - 1))
    def pause(self, number: int, until: int) -> None:
        epochs: list[int] = []
        key, stored = self.known[number][0], self.stored[number]
        before, ended = epochs_kept(key), has_ended(key)
        summary = train(number, follow=lambda epoch, record: epochs.append(epoch), until=until)
        assert (summary["status"], summary["epochs"]) == (PAUSED, until)
        if ended:  # killed before it had its place
            self.stored[number], self.grows[number], stored = WHOLE, False, WHOLE
        assert epochs == ([] if stored == WHOLE else list(range(before + 1, until + 1)))
        if epochs:
            self.grows[number] = True
            self.stored[number] = ABSENT if stored == GIVEN_UP else stored

    @rule(number=trials)
    def give_up(self, number: int) -> None:
        """As a search does with what it has dropped."""
        key = self.known[number][0]
        kept, ended = epochs_kept(key), has_ended(key)
        pruning.prune(key, Cut(1, METRIC, "2nd of 2"))
        if not ended and self.grows[number] and kept and self.stored[number] != WHOLE:
            self.stored[number], self.grows[number] = GIVEN_UP, False
        assert self.stored[number] == WHOLE or epochs_kept(key) == kept

    @rule(number=trials, moment=st.integers(0, 30))
    def kill_while_giving_up(self, number: int, moment: int) -> None:
        """It is pruned, or grows as before: no epoch is lost."""
        key, stored = self.known[number][0], self.stored[number]
        kept = epochs_kept(key)
        killed_at(moment, lambda: pruning.prune(key, Cut(1, METRIC, "2nd of 2")))
        self.look(number)
        assert (self.stored[number] == WHOLE) == (stored == WHOLE)
        assert stored == WHOLE or epochs_kept(key) == kept

    @rule(number=trials)
    def fetch_parcel(self, number: int) -> None:
        parcels.unpacked(parcels_of()[number][0], self.known[number][0])
        self.stored[number], self.grows[number] = WHOLE, growing(self.known[number][0]) is not None

    @rule(number=trials, epochs=st.sampled_from((1, 3)))
    def fetch_beginning(self, number: int, epochs: int) -> None:
        key, stored = self.known[number][0], self.stored[number]
        before = epochs_kept(key)
        unfinished.unpacked(parcels_of()[number][1][epochs], key)
        if stored != WHOLE:
            assert epochs_kept(key) == max(before, epochs)
            self.grows[number] |= epochs > before

    def look(self, number: int) -> None:
        """Take from the disk what a kill may have left either way."""
        key = self.known[number][0]
        self.grows[number] = growing(key) is not None
        trial = whole.undamaged(TRIALS / key)
        self.stored[number] = trial.status if trial else HURT if (TRIALS / key).is_dir() else ABSENT

    @rule(number=trials, moment=places)
    def kill(self, number: int, moment: int) -> None:
        """A trainer; one that goes on where another was killed is killed too."""
        dead = killed_at(moment, lambda: train(number))
        key = self.known[number][0]
        stored, self.grows[number] = self.stored[number], growing(key) is not None
        if whole.reusable(TRIALS / key) is not None:
            self.stored[number] = WHOLE
        elif not (
            TRIALS / key
        ).is_dir():  # a pruned one grows again, or a damaged one was moved aside, and the new one not yet in its place
            self.stored[number] = ABSENT
        assert dead or self.stored[number] == WHOLE
        assert stored != WHOLE or self.stored[number] == WHOLE

    @rule(number=trials, name=st.sampled_from(DECISIVE), damage=damages, share=st.floats(0, 0.99))
    def damage(self, number: int, name: str, damage: Callable[[Path, float], None], share: float) -> None:
        path = TRIALS / self.known[number][0] / name
        if self.stored[number] in (WHOLE, GIVEN_UP) and path.is_file():
            damage(path, share)
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
            found = [(key, KILLED if state == PAUSED else state) for key, state in found]
            assert sorted(found) == sorted(told)

    @invariant()
    def what_is_whole_has_the_bytes_that_it_always_has(self) -> None:
        for number, state in enumerate(getattr(self, "stored", ())):
            if state == WHOLE:
                key, files = self.known[number]
                assert without_times(contents(TRIALS / key)) == without_times(files)


def without_times(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: found for name, found in files.items() if name != RUN}


@pytest.mark.parametrize("examples", [30, pytest.param(1000, marks=pytest.mark.torture)])
def test_the_store_keeps_what_is_whole_and_trains_anew_what_is_not(examples: int) -> None:
    run_state_machine_as_test(
        StoreMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=15,
            deadline=None,
            phases=(Phase.reuse, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
