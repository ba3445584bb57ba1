"""Starts and ends the mirror as a process of its own, so that no trainer imports mlflow or fails with it."""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipeline.tracking import address

OFF = ("off", "0", "false", "no")  # of HOLDOUT_TRACKING
# The line of a traceback that says what was raised.
ERROR = re.compile(r"[\w.]*(Error|Exception|Timeout)\b")
# Seconds that a caller waits for the last pass at most; if calls are slow, the mirror itself gives up long before.
LONGEST = 60.0
REFUSED = "refused: "  # what the mirror says of a mistake opens so
ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def mirrored(wait: bool = True) -> Iterator[None]:
    """While the block runs, MLflow shows its trials as they train; never raises for MLflow's sake.

    ``HOLDOUT_TRACKING=off`` in the environment turns it off.

    Args:
        wait: until all is shown; else the mirror ends by itself, some seconds later, and what it can't do stays unsaid.
    """
    with contextlib.ExitStack() as stack:
        if os.environ.get("HOLDOUT_TRACKING", "on").lower() not in OFF:
            try:
                stack.enter_context(_mirror(wait))
            except OSError as error:
                _warn(str(error))
        yield


def waited_for_later() -> bool:
    """Whether a later stage of DVC's pipeline, the report, waits until MLflow shows all.

    A temporary copy for `dvc exp run` may be gone by then, and its trials with it.
    """
    return "DVC_STAGE" in os.environ and ".dvc" not in Path.cwd().parts


@dataclass(frozen=True)
class Started:
    """A mirror that waits for the name of the experiment, and the file of its errors."""

    process: subprocess.Popen[bytes]
    errors: IO[bytes]


_ahead: list[Started | OSError] = []
left: list[subprocess.Popen[bytes]] = []  # mirrors that nobody waits for; Python warns of those that it loses


def start_ahead() -> None:
    """Start the mirror of a stage that is about to be confined, for it must not be confined to the same.

    It ends without a word unless ``mirrored`` lets it begin.
    """
    if os.environ.get("HOLDOUT_TRACKING", "on").lower() not in OFF:
        try:
            _ahead.append(_start())
        except OSError as error:  # which `mirrored` says, when the stage comes to it
            _ahead.append(error)


def _start() -> Started:
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    with contextlib.ExitStack() as closing:
        errors = closing.enter_context(tempfile.TemporaryFile())
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.tracking.mirror", "--follow"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C stops the training; the mirror still records how it ended
        )
        closing.pop_all()  # `_mirror` closes it
    return Started(process, errors)


@contextlib.contextmanager
def _mirror(wait: bool) -> Iterator[None]:
    started = _ahead.pop() if _ahead else _start()
    if isinstance(started, OSError):
        raise started
    with started.errors:
        try:
            _let_begin(started.process)
            yield
        finally:
            _end(started.process, started.errors, wait)


def _let_begin(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it has ended, and its errors say why
        process.stdin.write(os.environ.get("HOLDOUT_EXPERIMENT", "").encode() + b"\n")
        process.stdin.flush()


def _end(process: subprocess.Popen[bytes], errors: IO[bytes], wait: bool) -> None:
    """Close the mirror's stdin, which a dead parent does as well, and wait for its last pass, if ``wait``."""
    if not wait:
        assert process.stdin is not None
        process.stdin.close()
        left.append(process)
        return
    try:
        process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.returncode:
        _warn(_reason(errors))


def _reason(errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read().decode(errors="replace").split("\n")
    said = [line.strip() for line in lines if line.strip()]
    raised = [line for line in said if ERROR.match(line) or line.startswith(REFUSED)]
    return (raised or said)[-1] if said else f"no answer within {LONGEST:.0f} s"


def _warn(reason: str) -> None:
    if reason.startswith(REFUSED):
        print(f"warning: {reason.removeprefix(REFUSED)}; then `python -m pipeline.tracking.mirror`", file=sys.stderr)
        return
    advice = "the next run catches up, or `python -m pipeline.tracking.mirror`"
    if not address.named():
        advice += "; `python -m pipeline.tracking.rebuild` replaces a damaged database"
    behind = f"MLflow at {address.place()} is behind ({address.hidden(reason[:300])})"
    print(f"warning: {behind}; nothing is lost: {advice}", file=sys.stderr)
