"""CSV and Parquet files: named columns, one of them the target."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.data import checks
from pipeline.data.dataset import Place, Table, compact
from pipeline.errors import HoldoutError


def from_csv(path: Path, target: str | None, groups: str | None) -> Table:
    """Read a CSV file: a header, commas, numbers in all columns but ``target`` and ``groups``."""
    header = _checked_header(path)
    target = checks.column_there(str(path), target, header, "data.target")
    text = [target, *([checks.column_there(str(path), groups, header, "data.groups")] if groups else [])]
    features = [name for name in header if name not in text]
    frame = _read_csv(path, header, text)
    checks.not_empty(str(path), len(frame), len(features))
    if any(frame[name].dtype.kind not in "biuf" or frame[name].isna().any() for name in features):
        _refuse_first_bad_value(path, header, features)
    return _table(path, frame, features, target, groups, lambda row: f"line {_line_of(path, row)}")


def _read_csv(path: Path, header: Sequence[str], text: Sequence[str]) -> pd.DataFrame:
    try:
        return pd.read_csv(
            path, dtype=dict.fromkeys(text, str), keep_default_na=False, na_values={name: [""] for name in header},
            names=list(header), header=0, index_col=False, encoding="utf-8-sig",
            low_memory=False,
        )  # fmt: skip
    except (ValueError, pd.errors.ParserError) as error:
        raise HoldoutError(f"{path}: is not readable CSV ({error}); look for an unclosed quote") from None


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line number, fields) of each record that is not blank."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            before = 0
            for fields in reader:
                if fields:
                    yield before + 1, fields
                before = reader.line_num
    except (UnicodeDecodeError, csv.Error) as error:
        raise HoldoutError(f"{path}: is not CSV text in UTF-8 ({error}); save it as CSV (UTF-8)") from None


def _checked_header(path: Path) -> list[str]:
    """The column names, after each record is seen to have as many fields; streams, so memory stays small."""
    records = _records(path)
    _, header = next(records, (0, []))
    if not header:
        raise HoldoutError(f"{path}: is empty, expected a header line and rows")
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise HoldoutError(f"{path}: line 1: column {twice[0]!r} appears more than once; rename one of them")
    rows = 0
    for line, fields in records:
        rows += 1
        if len(fields) != len(header):
            raise HoldoutError(
                f"{path}: line {line}: found {len(fields)} fields, expected {len(header)} as in the header; "
                "look for a missing or extra comma"
            )
    if not rows:
        raise HoldoutError(f"{path}: has a header but no rows of data, expected at least {checks.PARTS}")
    return header


def _line_of(path: Path, row: int) -> int:
    for index, (line, _) in enumerate(_records(path)):
        if index == row + 1:
            return line
    return row + 2


def _refuse_first_bad_value(path: Path, header: Sequence[str], features: Sequence[str]) -> None:
    """Name the first value that is no number. Runs only when there is one."""
    columns = [(header.index(name), name) for name in features]
    records = _records(path)
    next(records)
    for line, fields in records:
        for index, name in columns:
            if fault := _fault(fields[index].strip()):
                raise HoldoutError(f"{path}: line {line}, column {name}: {fault}")
    raise HoldoutError(
        f"{path}: a column mixes true/false with numbers, or has whole numbers beyond 64 bits; allowed: numbers"
    )


def _fault(value: str) -> str | None:
    if value in (*checks.MISSING, "None"):
        return f"found {value or 'nothing'} (missing), allowed: numbers; fill it in or remove the row"
    if value.lower() in ("true", "false"):
        return None
    try:
        number = float(value.replace("_", "text"))  # Python reads 1_000 as a number; a CSV file does not
    except ValueError:
        return f"found text {value!r}, allowed: numbers; turn it into numbers, or remove the column"
    return None if np.isfinite(number) else f"found {value}, allowed: finite numbers; fill it in or remove the row"


def from_parquet(path: Path, target: str | None, groups: str | None) -> Table:
    """Read a Parquet file, after its declared size is seen to be reasonable."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        head = pq.ParquetFile(path)
        header = list(head.schema_arrow.names)
        checks.size(str(path), 1, _declared_bytes(head))
        if twice := sorted({name for name in header if header.count(name) > 1}):
            raise HoldoutError(f"{path}: column {twice[0]!r} appears more than once; rename one of them")
        target = checks.column_there(str(path), target, header, "data.target")
        if groups:
            checks.column_there(str(path), groups, header, "data.groups")
        text = (pa.string(), pa.large_string(), pa.binary(), pa.large_binary())
        texts = [field.name for field in head.schema_arrow if field.type in text]
        # By reference: a file holds a long text once, however many rows have it.
        frame = pq.ParquetFile(path, read_dictionary=texts).read(use_threads=False).to_pandas(ignore_metadata=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise HoldoutError(f"{path}: is not readable Parquet ({error}); save it again") from None
    features = [name for name in header if name not in (target, groups)]
    checks.not_empty(str(path), len(frame), len(features))
    _numbers_only(path, frame, features)
    return _table(path, frame, features, target, groups, checks.row_from_zero)


def _declared_bytes(head: Any) -> int:
    """What the values take in memory, nested ones included, as far as the file's metadata tell."""
    widths = [max(8, head.schema.column(index).length) for index in range(len(head.schema))]
    groups = [head.metadata.row_group(index) for index in range(head.metadata.num_row_groups)]
    return sum(group.column(index).num_values * width for group in groups for index, width in enumerate(widths))


def _numbers_only(path: Path, frame: pd.DataFrame, features: Sequence[str]) -> None:
    for name in features:
        column = frame[name]
        if column.isna().any():
            row = int(column.isna().to_numpy().argmax())
            raise HoldoutError(
                f"{path}: {checks.row_from_zero(row)}, column {name}: found nothing (missing), allowed: numbers; "
                "fill it in or remove the row"
            )
        if column.dtype.kind not in "biuf":
            kind = "text" if isinstance(column.dtype, pd.CategoricalDtype) else column.dtype
            raise HoldoutError(
                f"{path}: column {name} holds {kind} such as {str(column.iloc[0])!r}, allowed: numbers; "
                "turn it into numbers, or remove the column"
            )


def _table(
    path: Path, frame: pd.DataFrame, features: Sequence[str], target: str, groups: str | None, place: Place
) -> Table:
    X = np.column_stack([frame[name].to_numpy(np.float64) for name in features])
    checks.finite(str(path), X, features, place)
    y = _plain(frame[target])
    checks.no_missing_target(str(path), y, target, place)
    owner = None
    if groups:
        owner = _plain(frame[groups])
        checks.no_missing_target(str(path), owner, groups, place)
    return Table(str(path), compact(X), y, tuple(features), target, owner, place=place)


def _plain(column: Any) -> np.ndarray:
    """A column as numbers or bools where it is, else as text objects."""
    found: np.ndarray
    if column.dtype.kind in "biuf":
        found = column.to_numpy()
    elif isinstance(column.dtype, pd.CategoricalDtype):
        found = np.array([*map(str, column.cat.categories), ""], object)[column.cat.codes]  # code −1: missing
    else:
        texts = ["" if gone else str(value) for value, gone in zip(column, column.isna(), strict=True)]
        found = np.array(texts, object)
    return found
