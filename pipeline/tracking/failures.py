"""What goes wrong with MLflow, in one line; what it says by itself stays off the terminal."""

import contextlib
import logging
import re
import warnings
from collections.abc import Iterator

from pipeline.errors import HoldoutError
from pipeline.tracking.address import place
from pipeline.tracking.child import REFUSED

# What an error says somewhere in its text, and all that a person needs of it.
TELLING = re.compile(
    r"Connection refused|Connection reset|timed out|Name or service not known|database is locked"
    r"|too many \d+ error responses"
)


def reason(error: Exception) -> str:
    """Why a pass failed, in a few words; what a person has to mend, in full."""
    if isinstance(error, HoldoutError):
        return f"{REFUSED}{error}"
    text = " ".join(str(error).split())
    known = TELLING.search(text)
    return known[0].lower() if known else f"{type(error).__name__}: {text[:200]}"


@contextlib.contextmanager
def in_one_line() -> Iterator[None]:
    """What goes wrong with MLflow becomes an error of one line."""
    try:
        yield
    except HoldoutError:
        raise
    except Exception as error:
        raise HoldoutError(f"MLflow at {place()}: {reason(error)}; nothing is lost: run this again later") from error


def quiet() -> None:
    """No advice to MLflow's callers on the terminal."""
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
