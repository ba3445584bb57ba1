"""Starts and stops the mirror as a process of its own, so that no trainer imports mlflow or fails with it."""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

# The line of a traceback that says what was raised.
ERROR = re.compile(r"[\w.]*(Error|Exception|Timeout)\b")
# Seconds that a caller waits for the last pass at most; if calls are slow, the mirror itself gives up long before.
PATIENCE = 60.0
DATABASE = "mlflow.db"
CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")
ROOT = Path(__file__).resolve().parents[2]


class Mirror(Protocol):
    """A mirror that runs beside the caller."""

    def stop(self) -> None: ...


class NoMirror:
    """Tracking is off: nothing to stop."""

    def stop(self) -> None:
        """Do nothing."""


class MirrorProcess:
    """A mirror process; it makes its last pass when its stdin closes, so a dead parent stops it as well."""

    def __init__(self, *arguments: str) -> None:
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by stop)
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.tracking.mirror", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C stops the training; the mirror still records how it ended
        )

    def stop(self) -> None:
        """Let the mirror finish; what goes wrong becomes one line on stderr."""
        try:
            self._process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.returncode:
            _warn(self._reason())
        self._errors.close()

    def _reason(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        raised = [line for line in said if ERROR.match(line)]
        return (raised or said)[-1] if said else f"no answer within {PATIENCE:.0f} s"


def own_uri() -> str:
    """The database in the project folder, by its absolute path."""
    return f"sqlite:///{Path.cwd() / DATABASE}"


def tracking_uri() -> str:
    """MLFLOW_TRACKING_URI, or the project's own database."""
    return os.environ.get("MLFLOW_TRACKING_URI") or own_uri()


def place() -> str:
    """Where MLflow's runs are, as a person may read it: without a password."""
    return CREDENTIALS.sub("", os.environ.get("MLFLOW_TRACKING_URI") or DATABASE)


def _warn(reason: str) -> None:
    advice = "the next run catches up, or `python -m pipeline.tracking.mirror`"
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        advice += "; `make mlflow-rebuild` replaces a damaged database"
    reason = CREDENTIALS.sub("", reason[:300])
    print(f"warning: MLflow at {place()} is behind ({reason}); nothing is lost: {advice}", file=sys.stderr)


def _start(*arguments: str) -> Mirror:
    if os.environ.get("HOLDOUT_TRACKING", "on").lower() in ("off", "0", "false", "no"):
        return NoMirror()
    try:
        return MirrorProcess(*arguments)
    except OSError as error:
        _warn(str(error))
        return NoMirror()


@contextlib.contextmanager
def follow() -> Iterator[None]:
    """While the block runs, MLflow shows its trials as they train; never raises for MLflow's sake.

    ``HOLDOUT_TRACKING=off`` in the environment turns it off.
    """
    mirror = _start("--follow")
    try:
        yield
    finally:
        mirror.stop()


def mirror_now() -> None:
    """Copy the store into MLflow once and wait for it; never raises for MLflow's sake."""
    with follow():
        pass
