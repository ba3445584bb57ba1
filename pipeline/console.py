"""What a person sees on the terminal: one line per error, and progress bars where there is a terminal."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from pipeline.errors import HoldoutError

T = TypeVar("T")


def run_stage(stage: Callable[[], None]) -> None:
    """Run a stage's main function; a user's mistake becomes one line on stderr and exit status 1.

    ``--debug`` on the command line or ``HYDRA_FULL_ERROR=1`` in the environment keeps the traceback.
    """
    debug = "--debug" in sys.argv or os.environ.get("HYDRA_FULL_ERROR") == "1"
    if "--debug" in sys.argv:
        sys.argv.remove("--debug")
        os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        stage()
    except HoldoutError as error:
        if debug:
            raise
        fail(str(error))


def fail(message: str) -> None:
    """Print ``message`` as one line and end the process with status 1."""
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(1)


def say(message: str) -> None:
    """Print one line of progress that is also worth keeping in a log."""
    print(message, flush=True)


def progress(items: Iterable[T], description: str, total: int | None = None) -> Iterator[T]:
    """Iterate with a progress bar on stderr; silent when stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, description, total=total, console=Console(stderr=True), transient=True)
