"""A pause: a trial is trained to an epoch, waits in ``.trials/running/<key>/``, and goes on to the same bits."""

from pipeline.errors import HoldoutError
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.training.snapshots import Snapshot
from pipeline.trials.recorder import Recorder


class Paused(Exception):
    """The training has come to the epoch where it was to pause; all of it is in its checkpoint."""


class UntilEpoch:
    """The snapshots of a trial that pauses after epoch ``until``; a training that a rule has ended asks for none."""

    def __init__(self, recorder: Recorder, until: int) -> None:
        self._recorder, self._until = recorder, until

    def load(self) -> Snapshot | None:
        """The snapshot that the trial goes on from."""
        return self._recorder.snapshots.load()

    def due(self) -> bool:
        """Whether it is time for another, or to pause."""
        return self._there() or self._recorder.snapshots.due()

    def save(self, snapshot: Snapshot) -> None:
        """Keep the snapshot.

        Raises:
            Paused: it is that of the epoch to pause after.
        """
        if not self._there():
            self._recorder.snapshots.save(snapshot)
            return
        self._recorder.snapshots.write(snapshot)
        self._recorder.pause()
        raise Paused

    def _there(self) -> bool:
        return self._recorder.epochs >= self._until


def check_pausable(settings: Hyperparameters) -> None:
    """Raise HoldoutError where a trial has no score after an epoch: it trains several networks one after another."""
    validation = settings.validation
    if validation.name == "hold_out" and validation.seeds == 1:
        return
    found = "seeds" if validation.name == "hold_out" else "name"
    raise HoldoutError(
        f"settings: validation.{found}={getattr(validation, found)} trains several networks, which have no score "
        "together until the last has ended: a search that stops trials early needs validation=hold_out with "
        "validation.seeds=1"
    )
