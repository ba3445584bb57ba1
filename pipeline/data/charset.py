"""Text files as UTF-8, whatever encoding they are in."""

import codecs
from collections.abc import Iterator
from pathlib import Path

from pipeline.data import compression
from pipeline.errors import HoldoutError

MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
UTF_8 = ("utf-8", "utf-8-sig")
USUAL = ("utf-8", "cp1252", "latin-1")  # each is tried on the whole file; the last one takes all bytes


def guess(path: Path) -> str:
    """The encoding of a file, by its byte order mark, its zeros, or whether all of it is UTF-8."""
    start = next(compression.chunks(path), b"")
    if mark := next((name for mark, name in MARKS.items() if start.startswith(mark)), None):
        return mark
    if (wide := _wide(start[:4096])) is not None:
        return wide
    return next(name for name in USUAL if _decodes(path, name))


def _wide(start: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of Latin text is zero."""
    pairs = len(start) // 2
    low, high = start[0::2].count(0), start[1::2].count(0)
    if pairs and high > 0.7 * pairs and not low:
        return "utf-16-le"
    return "utf-16-be" if pairs and low > 0.7 * pairs and not high else None


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in compression.chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def known(path: Path, encoding: str) -> str:
    """``encoding``, as a person set it, if it is one and all of the file is in it.

    Raises:
        HoldoutError: names the line at which the file is not.
    """
    try:
        found = codecs.lookup(encoding)
    except LookupError:
        allowed = "utf-8, utf-16, cp1252, latin-1 and what else Python knows"
        raise HoldoutError(f"{path}: data.read.encoding is {encoding!r}, allowed: {allowed}") from None
    if not found._is_text_encoding:
        raise HoldoutError(
            f"{path}: data.read.encoding is {encoding!r}, which is no encoding of text; allowed: utf-8 …"
        )
    name = "utf-8-sig" if found.name == "utf-8" else found.name
    for _ in _transcoded(path, name):
        pass
    return name


def blocks(path: Path, encoding: str) -> Iterator[bytes]:
    """The text as UTF-8 without a byte order mark, about 1 MiB at a time, after ``guess`` or ``known`` saw it."""
    if encoding in UTF_8:
        yield from _unmarked(compression.chunks(path))
    else:
        yield from _transcoded(path, encoding)


def _unmarked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield next(chunks, b"").removeprefix(codecs.BOM_UTF8)
    yield from chunks


def _transcoded(path: Path, encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    for chunk in compression.chunks(path):
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError as error:
            line += chunk[: error.start].count(b"\n")
            raise HoldoutError(
                f"{path}: line {line}: byte {error.object[error.start]:#04x} is not {encoding} text; "
                "set data.read.encoding (cp1252, utf-16, …)"
            ) from None
        line += chunk.count(b"\n")
        yield text.encode("utf-8", "replace")
    if rest := decoder.decode(b"", final=True):
        yield rest.encode("utf-8", "replace")
