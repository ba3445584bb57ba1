"""CSV and Parquet files."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.bad_inputs.case import Case, all_of, in_file
from tests.bad_inputs.made import Payload, link
from tests.bad_inputs.projects import CSV, write_params

MEMORY = "needs more memory than there is"
ROWS = "1,2,x\n3,4,y\n" * 6


def csv(name: str, text: str | bytes, *names: str, hostile: bool = False, **data: str | None) -> Case:
    """t.csv holds ``text``; ``data`` are changed keys of params.yaml."""
    given = {"source": "file", "path": "t.csv", "target": "t", **data}
    return Case(
        name,
        all_of(in_file("t.csv", text), lambda folder: write_params(folder, **given)),
        ("t.csv", *names),
        hostile=hostile,
    )


CSV_CASES = [
    csv("no bytes", "", "is empty"),
    csv("blank lines only", "\n\n\n", "header"),
    csv("a header only", "a,b,t\n", "no rows"),
    csv("another target", "a,b,u\n" + ROWS, "'t'", "data.target"),
    csv("no target named", "a,b,t\n" + ROWS, "data.target is not set", target=None),
    csv("no such column of groups", CSV, "'who'", "data.groups", groups="who"),
    csv("a column twice", "a,a,t\n" + ROWS, "line 1", "'a'"),
    csv("a field too few", "a,b,t\n" + ROWS + "1,x\n", "line 14", "2 fields"),
    csv("a field too many", "a,b,t\n" + ROWS + "1,2,3,x\n", "line 14", "4 fields"),
    csv("infinity", "a,b,t\n" + ROWS + "1,-inf,x\n", "line 14", "column 'b'", "-inf"),
    csv("beyond a float64", "a,b,t\n" + ROWS + "1,1e999,x\n", "line 14", "column 'b'"),
    csv("whole numbers beyond 64 bits", "a,b,t\n" + ROWS + f"1,{10**400},x\n", "column 'b'"),
    csv("hexadecimal", "a,b,t\n" + ROWS + "1,0x1F,x\n", "line 14", "0x1F"),
    csv("underscores", "a,b,t\n" + ROWS + "1,1_000,x\n", "line 14", "1_000"),
    csv("decimal commas", "a,b,t\n" + ROWS + "1,2,5,x\n", "line 14"),
    csv("true among numbers", "a,b,t\n" + ROWS + "1,true,x\n", "line 14", "column 'b'", "'true'"),
    csv("a missing group", "a,b,t\n" + ROWS + ",2,x\n", "line 14", "a", groups="a"),
    csv("one class only", "a,b,t\n" + "1,2,x\n3,2,x\n" * 4, "target t"),
    csv("a class of one row", "a,b,t\n" + ROWS + "1,2,z\n", "class z"),
    csv("two rows", "a,b,t\n1.5,2,0.5\n3,4,0.7\n", "2 rows"),
    csv("no input columns", "t\nx\ny\nx\n", "input columns"),
    csv("an unclosed quote", 'a,b,t\n1,2,"x\n' + ROWS, "unclosed quote"),
    csv("Latin-1", "a,b,t\n1,2,é\n".encode("latin-1") + ROWS.encode(), "class é"),
    csv("a zip archive", b"PK\3\4" + bytes(60)),
    csv("words for a regression", "a,b,t\n" + ROWS, "line 2", "'x'", task="regression"),
    csv("a label of 200,000 letters", "a,b,t\n" + ROWS + f"1,2,{'x' * 200_000}\n", "class x", hostile=True),
    csv(
        "a label as long as a book, times the rows",  # as an array of fixed width: 100,000 characters per row
        "a,b,t\n" + f"1,2,{'x' * 100_000}\n" + "1,2,y\n3,4,w\n" * 2000,
        "has 1 row",
        hostile=True,
    ),
    csv(
        "a group as long as a book, times the rows",
        "a,b,t,g\n" + f"1,2,x,{'x' * 100_000}\n" + "1,2,y,1\n3,4,w,2\n" * 2000 + "1,2,z,3\n",
        "class x",
        hostile=True,
        groups="g",
    ),
    csv("a header of a million characters", f"{'a' * 100_000},b,t\n{ROWS}1,x\n", "line 14", hostile=True),
    Case("a symlink to itself", link("t.csv", "t.csv"), ("t.csv",), hostile=True),
    Case("a symlink to nothing", link("t.csv", "/nowhere/t.csv"), ("t.csv",), hostile=True),
    Case("a symlink to an endless device", link("t.csv", "/dev/zero"), ("t.csv",), hostile=True),
]

GOOD: dict[str, Any] = {"a": np.arange(12.0) / 7, "b": np.arange(12.0) / 2, "t": ["x", "y"] * 6}


def parquet(
    name: str, columns: Mapping[str, Any] | pa.Table | bytes, *names: str, hostile: bool = False, **options: Any
) -> Case:
    def damage(folder: Path) -> None:
        write_params(folder, source="file", path="t.parquet", target="t")
        if isinstance(columns, bytes):
            (folder / "t.parquet").write_bytes(columns)
            return
        table = columns if isinstance(columns, pa.Table) else pa.table({**GOOD, **columns})
        pq.write_table(table, folder / "t.parquet", **options)

    return Case(name, damage, ("t.parquet", *names), hostile=hostile)


def parquet_bytes(change: Callable[[bytes], bytes]) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(GOOD), stream)
    return change(stream.getvalue())


def repeated(text: str, rows: int) -> pa.Array:
    """A column that is small in the file and huge in memory: one long text, by reference."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([text]))


def pickled_type() -> pa.Table:
    """A column that asks Arrow to unpickle its type."""
    import pickle

    metadata = {
        b"ARROW:extension:name": b"arrow.py_extension_type",
        b"ARROW:extension:metadata": pickle.dumps(Payload()),
    }
    field = pa.field("a", pa.float64(), metadata=metadata)
    table = pa.table({**GOOD, "b": ["blue"] * 12})
    return table.set_column(0, field, table["a"]).drop_columns("t")


PARQUET_CASES = [
    parquet("no bytes", b"", "is empty"),
    parquet("other bytes", b"PAR1 nothing of the kind PAR1"),
    parquet("CSV by another name", CSV.encode()),
    parquet("cut short", parquet_bytes(lambda whole: whole[: len(whole) // 2])),
    parquet("damaged in the middle", parquet_bytes(lambda whole: whole[:4] + b"\xff" * 200 + whole[204:])),
    parquet("infinity", {"b": [1.0, np.inf, *range(10)]}, "row 1", "column 'b'"),
    parquet("lists", {"t": [[1, 2]] * 12}, "column 't'"),
    parquet("no rows", pa.table({"a": pa.array([], pa.float64()), "t": pa.array([], pa.string())}), "no rows"),
    parquet("no columns", pa.table({}), "'t'"),
    parquet(
        "a column twice",
        pa.Table.from_arrays([pa.array([1.0] * 6)] * 2 + [pa.array(["x", "y"] * 3)], ["a", "a", "t"]),
        "'a'",
    ),
    parquet(
        "a text of 1 MB, in each of 20,000 rows, by reference",
        pa.table({"a": repeated("x" * 1_000_000, 20_000), "t": ["x", "y"] * 10_000}),
        MEMORY,
        hostile=True,
    ),
    parquet(
        "a target of 1 MB, in each of 20,000 rows, by reference",
        pa.table({"a": np.arange(20_000.0), "t": repeated("x" * 1_000_000, 20_000)}),
        MEMORY,
        hostile=True,
    ),
    parquet(
        "a target of 1 MB, in each of 20,000 rows, whose type does not tell",
        pa.table({"a": np.arange(20_000.0), "t": repeated("x" * 1_000_000, 20_000)}),
        MEMORY,
        hostile=True,
        store_schema=False,
    ),
    parquet("a category twice", {"t": pa.DictionaryArray.from_arrays([0, 1] * 6, ["x", "x"])}),
    parquet("a pickled type", pickled_type(), "no column 't'", hostile=True),
]
