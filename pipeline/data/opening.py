"""The one door to tables on disk: files of any kind, and folders of them, as one Source."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pipeline.data import columnar, compression
from pipeline.data.delimited import Delimited
from pipeline.data.jsonlines import JsonLines
from pipeline.data.source import Read, Source
from pipeline.data.spreadsheet import Spreadsheet
from pipeline.data.stacked import Stacked
from pipeline.errors import HoldoutError

Opener = Callable[[Path, Read], Source]


def _delimited(path: Path, read: Read) -> Source:
    return Delimited(path, read)


def _json(path: Path, read: Read) -> Source:
    return JsonLines(path, read)


def _parquet(path: Path, read: Read) -> Source:
    return columnar.Parquet(path, read)


def _feather(path: Path, read: Read) -> Source:
    return columnar.Feather(path, read)


def _spreadsheet(path: Path, read: Read) -> Source:
    return Spreadsheet(path, read)


TEXTS = (".csv", ".tsv", ".tab", ".txt", ".data", ".dat", ".psv")
OPENERS: dict[str, Opener] = {
    **dict.fromkeys(TEXTS, _delimited),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), _json),
    **dict.fromkeys((".parquet", ".pq"), _parquet),
    **dict.fromkeys((".feather", ".arrow", ".ipc"), _feather),
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), _spreadsheet),
}
MAGIC: dict[bytes, Opener] = {
    b"PAR1": _parquet,
    b"ARROW1": _feather,
    b"FEA1": _feather,
    b"\xd0\xcf\x11\xe0": _spreadsheet,
}
FORMATS = f"{', '.join(OPENERS)}; text and JSON also packed ({', '.join(compression.ENDINGS)})"


def is_table(path: Path) -> bool:
    """Whether a file is a table, by its name."""
    ending = path.suffix.lower()
    return ending in OPENERS or (ending in compression.ENDINGS and (ending == ".zip" or _inner(path.stem) in OPENERS))


def _inner(name: str) -> str:
    return Path(name).suffix.lower()


def open_files(paths: Sequence[Path], read: Read) -> Source:
    """The tables in ``paths``, files or folders, as one: their rows below one another, in the order given.

    In a folder, in order of name; hidden files and files of other kinds are left out, with a note.

    Raises:
        HoldoutError: a file is not there, is empty or is no table, or has not the columns of the first one.
    """
    notes: list[str] = []
    files = [file for path in paths for file in _files(path, notes)]
    parts = [_open(file, read) for file in files]
    if len(parts) == 1 and not notes:
        return parts[0]
    return Stacked(", ".join(map(str, paths)), parts, notes)


def _files(path: Path, notes: list[str]) -> Iterator[Path]:
    if not path.exists():
        raise HoldoutError(f"{path}: there is no such file or folder; set data.path in params.yaml")
    if not path.is_dir():
        yield path
        return
    members = sorted(path.iterdir())
    tables = [member for member in members if member.is_file() and not member.name.startswith(".") and is_table(member)]
    if not tables:
        raise HoldoutError(f"{path}: the folder holds no table, allowed: {FORMATS}")
    if others := [member.name for member in members if member not in tables]:
        listed = ", ".join(others[:5]) + (", …" if len(others) > 5 else "")
        notes.append(f"{path.name}: left out, for they are no tables: {listed}")
    yield from tables


def _open(path: Path, read: Read) -> Source:
    if not path.is_file() or path.stat().st_size == 0:
        raise HoldoutError(f"{path}: is empty, expected a table ({FORMATS})")
    start = compression.head(path, 8)
    if opener := next((opener for magic, opener in MAGIC.items() if start.startswith(magic)), None):
        return opener(path, read)
    ending = path.suffix.lower()
    if OPENERS.get(ending) is not _spreadsheet:
        ending = _inner(compression.inner_name(path))
    opener = OPENERS.get(ending) or (_delimited if not ending else None)
    if opener is None:
        raise HoldoutError(f"{path}: unknown kind of file, allowed: {FORMATS}")
    return opener(path, read)
