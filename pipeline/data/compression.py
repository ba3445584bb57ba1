"""The bytes of a file as they were before it was packed: .gz, .bz2, .xz, .zst and .zip, known by their first bytes."""

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from pipeline.errors import HoldoutError

CHUNK = 1 << 20
ENDINGS = (".gz", ".bz2", ".xz", ".zst", ".zip")
DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError, pa.ArrowException)


def _zst(path: Path) -> Any:
    return pa.input_stream(str(path), compression="zstd")


def _zip(path: Path) -> IO[bytes]:
    archive = zipfile.ZipFile(path)
    return archive.open(_member(path, archive))


PACKERS: dict[bytes, Callable[[Path], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
    b"\x28\xb5\x2f\xfd": _zst,
    b"PK\3\4": _zip,
}


def head(path: Path, size: int) -> bytes:
    """The first bytes of a file as it lies there."""
    try:
        with path.open("rb") as stream:
            return stream.read(size)
    except OSError as error:
        raise HoldoutError(f"{path}: can't be read ({error.strerror or error})") from None


def inner_name(path: Path) -> str:
    """The name of what is packed: without .gz and the like; of a .zip the name of its one member."""
    if head(path, 4) == b"PK\3\4":
        try:
            with zipfile.ZipFile(path) as archive:
                return _member(path, archive)
        except DAMAGE as error:
            raise _damaged(path, error) from None
    return path.name[: -len(path.suffix)] if path.suffix.lower() in ENDINGS else path.name


def _member(path: Path, archive: zipfile.ZipFile) -> str:
    names = [name for name in archive.namelist() if not name.endswith("/")]
    tables = [name for name in names if not name.startswith("__MACOSX/") and not name.split("/")[-1].startswith(".")]
    if len(tables) != 1:
        listed = ", ".join(tables[:8]) + (", …" if len(tables) > 8 else "")
        raise HoldoutError(
            f"{path}: holds {len(tables)} files ({listed}), expected one table; unpack it and set data.path to one of "
            "them, or to their folder"
        )
    return tables[0]


def chunks(path: Path, size: int = CHUNK) -> Iterator[bytes]:
    """The unpacked bytes, some at a time.

    Raises:
        HoldoutError: the file is cut short or damaged.
    """
    start = head(path, 8)
    opener = next((packer for magic, packer in PACKERS.items() if start.startswith(magic)), None)
    try:
        with opener(path) if opener else path.open("rb") as stream:
            while chunk := stream.read(size):
                yield bytes(chunk)
    except DAMAGE as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: BaseException) -> HoldoutError:
    return HoldoutError(f"{path}: is cut short or damaged ({error}); fetch it again")
