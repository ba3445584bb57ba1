"""Standard output and error that end no program: what they can't show is spelled out, and nobody has to read them."""

import contextlib
import errno
import io
import os
import sys
from codecs import register_error
from typing import Any, TextIO

# Our own signs beyond ASCII, for a terminal that lacks them; all other text is spelled as \xe9.
PLAINER = {"×": "x", "…": "...", "–": "-", "—": "-", "−": "-", "─": "-", "·": ".", "→": "->", "±": "+-", "’": "'"}
ERRORS = "plainer"


class Patient(io.FileIO):
    """A descriptor that takes what is written when nobody reads it any more: a pipe into ``head``, a lost terminal."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            if error.errno != errno.EPIPE and not (error.errno == errno.EIO and self.isatty()):
                raise
            return memoryview(data).nbytes


def settle() -> None:
    """Make both streams so; those that somebody else has put in their place stay as they are.

    A stage goes on when it is not read any more, for its results are on the disk.
    """
    register_error(ERRORS, _plainer)
    _open_missing()
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is getattr(sys, f"__{name}__"):
            stream = _settled(number, getattr(sys, name))
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


def _plainer(error: UnicodeError) -> tuple[str, int]:
    """A handler of errors for codecs: a sign of our own in ASCII, all else with a backslash."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    spelled = (PLAINER.get(sign) or sign.encode("ascii", "backslashreplace").decode() for sign in signs)
    return "".join(spelled), error.end


def _open_missing() -> None:
    """A descriptor that was closed (``>&-``) would be the next file that is opened, and would be printed into."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free


def _settled(number: int, stream: TextIO | None) -> TextIO:
    if stream is None:  # it was closed when Python started
        return io.TextIOWrapper(io.BufferedWriter(Patient(number, "w", closefd=False)), "utf-8", ERRORS)
    if not isinstance(stream, io.TextIOWrapper) or os.name == "nt":  # Windows has a class of its own for its terminal
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors=ERRORS)  # type: ignore[attr-defined]
        return stream
    if stream.errors == ERRORS:
        return stream
    stream.flush()
    raw = Patient(number, "w", closefd=False)
    bare = isinstance(stream.buffer, io.RawIOBase)  # as under `python -u`
    return io.TextIOWrapper(
        raw if bare else io.BufferedWriter(raw),
        stream.encoding,
        ERRORS,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
