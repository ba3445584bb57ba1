"""Parquet and Feather: types become plain ones, the file's own index is known, damage is one line."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from pipeline.data import checks
from pipeline.data.encoding import Unreadable
from pipeline.data.opening import open_files
from pipeline.data.source import AS_WRITTEN, FLOAT, NATIVE, TEXT, Read, Source
from pipeline.errors import HoldoutError

WRITERS: dict[str, Callable[[pa.Table, Path], object]] = {
    "parquet": pq.write_table,
    "feather": pyarrow.feather.write_feather,
}
NOON = datetime.datetime(2026, 1, 2, 12)


def opened(folder: Path, columns: Any, ending: str = "parquet", **read: Any) -> Source:
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    WRITERS[ending](table, folder / f"t.{ending}")
    return open_files([folder / f"t.{ending}"], Read(**read))


def column(source: Source, name: str, form: str) -> list[Any]:
    found: list[Any] = pa.Table.from_batches(list(source.batches({name: form})))[name].to_pylist()
    return found


KINDS: list[tuple[str, pa.Array, pa.DataType, list[Any], list[Any]]] = [
    # the column, its plain type, its values in that type, as text
    ("int", pa.array([1, None, 3], pa.int32()), pa.int64(), [1, None, 3], ["1", None, "3"]),
    ("big", pa.array([2**53 + 1], pa.int64()), pa.int64(), [2**53 + 1], [str(2**53 + 1)]),
    ("unsigned", pa.array([2**64 - 1], pa.uint64()), pa.uint64(), [2**64 - 1], [str(2**64 - 1)]),
    ("float", pa.array([1.0, None, 2.5, 1e20]), pa.float64(), [1.0, None, 2.5, 1e20], ["1", None, "2.5", "1e+20"]),
    ("decimal", pa.array([Decimal("1.10"), None]), pa.float64(), [1.1, None], ["1.10", None]),
    ("key", pa.array([Decimal(7)], pa.decimal128(18, 0)), pa.int64(), [7], ["7"]),
    ("flag", pa.array([True, None, False]), pa.bool_(), [True, None, False], ["true", None, "false"]),
    ("text", pa.array([" a", None, "NA"]), pa.string(), ["a", None, "NA"], ["a", None, "NA"]),
    ("bytes", pa.array([b"a", b"01"]), pa.string(), ["a", "01"], ["a", "01"]),
    ("category", pa.array(["x", "y", None]).dictionary_encode(), pa.string(), ["x", "y", None], ["x", "y", None]),
    ("codes", pa.array([3, 5]).dictionary_encode(), pa.int64(), [3, 5], ["3", "5"]),
    ("date", pa.array([NOON.date()]), pa.timestamp("us"), [datetime.datetime(2026, 1, 2)], ["2026-01-02"]),
    ("lapse", pa.array([datetime.timedelta(seconds=1.5)]), pa.float64(), [1.5], ["1.5"]),
    ("time", pa.array([datetime.time(1, 0, 1)]), pa.float64(), [3601.0], ["3601"]),
    ("nothing", pa.nulls(2), pa.string(), [None, None], [None, None]),
]


@pytest.mark.parametrize("ending", WRITERS)
@pytest.mark.parametrize(("name", "values", "plain", "native", "text"), KINDS, ids=[kind[0] for kind in KINDS])
def test_types_become_plain_ones(
    tmp_path: Path, ending: str, name: str, values: pa.Array, plain: pa.DataType, native: list[Any], text: list[Any]
) -> None:
    source = opened(tmp_path, {name: values}, ending)
    assert source.types == {name: plain}
    assert column(source, name, NATIVE) == native
    assert column(source, name, AS_WRITTEN) == column(source, name, TEXT) == text
    if pa.types.is_floating(plain) or pa.types.is_integer(plain):
        assert column(source, name, FLOAT) == [value if value is None else float(value) for value in native]


@pytest.mark.parametrize("ending", WRITERS)
def test_moments_come_in_utc(tmp_path: Path, ending: str) -> None:
    zoned = pa.array([NOON], pa.timestamp("ns")).cast(pa.timestamp("ns", "UTC")).cast(pa.timestamp("ns", "Asia/Tokyo"))
    source = opened(tmp_path, {"when": zoned}, ending)
    assert source.types == {"when": pa.timestamp("us")}
    assert column(source, "when", NATIVE) == [NOON]


def test_text_of_numbers_and_nan(tmp_path: Path) -> None:
    source = opened(tmp_path, {"a": ["1.5", "?", None, "2"], "b": [1.0, np.nan, None, 4.0]})
    assert column(source, "a", FLOAT) == [1.5, None, None, 2]
    assert column(source, "b", FLOAT) == [1, None, None, 4]
    assert column(opened(tmp_path, {"a": ["x", "NA"]}, missing=("NA",)), "a", TEXT) == ["x", None]


def test_the_index_that_pandas_saves_is_known(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"a": [5, 9, 7, 8], "kind": pd.Categorical(list("xyxy")), "b": pd.array([1, None, 3, 4], "Int64")}
    )
    frame.to_parquet(tmp_path / "t.parquet")
    assert not open_files([tmp_path / "t.parquet"], Read()).index
    frame.iloc[[2, 0, 1]].to_parquet(tmp_path / "t.parquet")
    assert open_files([tmp_path / "t.parquet"], Read()).index == {"__index_level_0__"}
    frame.set_index("a").to_parquet(tmp_path / "t.parquet")
    source = open_files([tmp_path / "t.parquet"], Read())
    assert (source.index, list(source.types)) == ({"a"}, ["kind", "b", "a"])
    assert column(source, "b", NATIVE) == [1, None, 3, 4]


@pytest.mark.parametrize("ending", WRITERS)
def test_rows_in_batches(tmp_path: Path, ending: str) -> None:
    source = opened(tmp_path, {"a": np.arange(50_000)}, ending)
    assert column(source, "a", NATIVE) == [*range(50_000)]
    first = list(source.batches({"a": FLOAT}, 10_001))
    assert sum(map(len, first)) == 10_001 and len(first) > 1
    assert source.place(7) == "row 7 (counted from 0)"


def test_what_is_no_number_is_named(tmp_path: Path) -> None:
    source = opened(tmp_path, {"a": np.arange(9_000.0), "b": ["1"] * 8_500 + ["blue"] * 500})
    with pytest.raises(Unreadable) as caught:
        list(source.batches({"a": FLOAT, "b": FLOAT}))
    assert (caught.value.row, caught.value.column, caught.value.value) == (8_500, "b", "blue")
    with pytest.raises(Unreadable, match="row 1 .*found 'inf'"):
        list(opened(tmp_path, {"a": [1.0, np.inf]}).batches({"a": FLOAT}))
    with pytest.raises(Unreadable, match="2026-01-02"):
        list(opened(tmp_path, {"a": [NOON]}).batches({"a": FLOAT}))


@pytest.mark.parametrize("values", [[[1, 2]], [{"b": 1}]])
def test_nested_columns_are_left_out_by_name(tmp_path: Path, values: list[Any]) -> None:
    source = opened(tmp_path, {"a": values, "b": [1]})
    assert list(source.types) == ["b"] and "column 'a' is left out: it holds nested values" in source.notes[0]


@pytest.mark.parametrize("ending", WRITERS)
def test_damaged_files(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"t.{ending}"
    opened(tmp_path, {"a": np.arange(5_000.0), "b": ["x"] * 5_000}, ending)
    whole = path.read_bytes()
    magic = whole[:6]
    for damaged in (magic + b" nothing", whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(HoldoutError, match=rf"t\.{ending}: is not readable"):
            open_files([path], Read())
    double = pa.Table.from_arrays([pa.array([1.0])] * 2, ["a", "a"])
    if ending == "parquet":
        with pytest.raises(HoldoutError, match="column 'a' appears more than once"):
            opened(tmp_path, double)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    with pytest.raises(HoldoutError, match=r"column 'a' holds bytes that are no text"):
        list(opened(tmp_path, {"a": [b"\xff\xfe"]}).batches({"a": TEXT}))


@pytest.mark.parametrize("ending", WRITERS)
def test_a_long_text_by_reference_takes_little_memory(tmp_path: Path, ending: str) -> None:
    texts = pa.DictionaryArray.from_arrays(pa.array(np.zeros(20_000, np.int32)), pa.array(["x" * 1_000_000]))
    source = opened(tmp_path, {"a": texts}, ending)
    for batch in islice(source.batches({"a": TEXT}), 3):
        assert len(batch) == 67 and batch.nbytes < 70 << 20


def test_declared_sizes_are_checked_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"a": np.zeros(200_000)}
    monkeypatch.setattr(checks, "SMALL", 0)
    monkeypatch.setattr(checks, "MAX_BYTES", 1 << 20)
    with pytest.raises(HoldoutError, match="GiB"):
        opened(tmp_path, table)


def test_a_number_that_stands_for_no_value(tmp_path: Path) -> None:
    source = opened(tmp_path, {"f": [-999.0, 1.5], "i": [-999, 2], "t": ["-999.0", "3"]}, missing=("-999",))
    assert [column(source, name, FLOAT) for name in "fit"] == [[None, 1.5], [None, 2.0], [None, 3.0]]


def test_a_row_group_of_all_rows_is_read_piece_by_piece(tmp_path: Path) -> None:
    numbers = np.random.default_rng(0).standard_normal((2, 2_000_000))
    source = opened(tmp_path, {f"x{i}": row for i, row in enumerate(numbers)})
    before = pa.total_allocated_bytes()
    most = max(pa.total_allocated_bytes() - before for _ in source.batches(dict.fromkeys(source.types, FLOAT)))
    assert most < numbers.nbytes / 4
