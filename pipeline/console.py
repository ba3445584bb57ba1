"""What a person sees on the terminal: one line per error, and progress bars where there is a terminal."""

import os
import re
import sys
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

from pipeline import streams
from pipeline.errors import HoldoutError, Note
from pipeline.whereabouts import require

if TYPE_CHECKING:  # most stages show none
    from rich.table import Table

HINTS: dict[type[OSError], str] = {
    PermissionError: ". A stage reads only what dvc.yaml declares for it; if it is declared, check the permissions",
    FileNotFoundError: ": run `dvc repro` to make it",
}

WIDTH = 100  # characters of a table where the output is no terminal
LONGEST = 2000  # characters of one error
PLAIN = warnings.formatwarning
BREAKS = re.compile(r"\s*[\r\n]\s*")


def run_stage(stage: Callable[[], None], mistakes: tuple[type[Exception], ...] = (), *, anywhere: bool = False) -> None:
    """Run the main function of a stage or a command; a user's mistake becomes one line on stderr and exit status 1.

    Args:
        mistakes: exceptions of libraries that also mean a user's mistake, such as Hydra's.
        anywhere: it needs no project; else it is refused in a folder that is none.

    ``--debug`` on the command line or ``HYDRA_FULL_ERROR=1`` in the environment keeps the traceback.
    """
    streams.settle()
    if "--debug" in sys.argv:
        sys.argv.remove("--debug")
        os.environ["HYDRA_FULL_ERROR"] = "1"
    # Decided once: a stage may set Hydra's variable for its own ends, and its jobs inherit the decision.
    debug = os.environ.setdefault("HOLDOUT_DEBUG", os.environ.get("HYDRA_FULL_ERROR", "0")) == "1"
    expected: tuple[type[Exception], ...] = (HoldoutError, *mistakes)
    warnings.formatwarning = _in_one_line
    try:
        if not anywhere and not {"-h", "--help"} & set(sys.argv):
            require()
        stage()
    except expected as error:
        if debug:
            raise
        fail(str(error))
    except OSError as error:
        if debug:
            raise
        fail(f"{error.filename}: {error.strerror}{HINTS.get(type(error), '')}" if error.filename else str(error))
    except KeyboardInterrupt as error:
        said = f": {_harmless(str(error))}" if str(error) else ""
        print(f"interrupted{said}; finished trials are kept", file=sys.stderr)
        sys.exit(130)


def _in_one_line(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
) -> str:
    if issubclass(category, Note):
        return f"note: {_harmless(str(message))}\n"
    return PLAIN(message, category, filename, lineno, line)


def _harmless(message: str) -> str:
    """One line without control characters, which a file may have put into it, and of a long one only both ends.

    Spaces stay as they are, for names may begin with one.
    """
    line = BREAKS.sub(" ", message.strip())
    line = "".join(char if char.isprintable() else repr(char)[1:-1] for char in line)
    return line if len(line) <= LONGEST else f"{line[: LONGEST // 2]} … {line[-LONGEST // 2 :]}"


def fail(message: str) -> None:
    """Print ``message`` as one line and end the process with status 1."""
    print(f"error: {_harmless(message)}", file=sys.stderr)
    sys.exit(1)


def say(message: str) -> None:
    """Print one line of progress that is also worth keeping in a log."""
    print(message, flush=True)


def show(table: "Table") -> None:
    """Print a table of rich, as wide as the terminal; WIDTH where there is none."""
    from rich.console import Console

    terminal = sys.stdout.isatty()
    Console(width=None if terminal else WIDTH).print(table, markup=False)
