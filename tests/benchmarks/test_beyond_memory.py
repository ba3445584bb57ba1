"""The table of ``python -m benchmarks.beyond_memory`` is the same in each format, and its class can be learned."""

from pathlib import Path

import numpy as np
import pyarrow.csv
import pyarrow.parquet

from benchmarks.beyond_memory import table


def test_each_format_holds_the_same_rows(tmp_path: Path) -> None:
    told = {form: table.write(tmp_path, form, 50, 12) for form in table.FORMATS}
    X, y = np.load(told["npy"]["path"]), np.load(told["npy"]["labels"])
    assert X.shape == (50, 12)
    assert X.dtype == np.float32
    read = {"parquet": pyarrow.parquet.read_table, "csv": pyarrow.csv.read_csv}
    for form, reader in read.items():
        found = reader(told[form]["path"])
        assert [value == "yes" for value in found.column("class").to_pylist()] == y.astype(bool).tolist()
        columns = [found.column(f"x{number}").to_numpy() for number in range(12)]
        np.testing.assert_array_equal(np.column_stack(columns).astype(np.float32), X)


def test_the_class_depends_on_the_columns() -> None:
    X, y = next(table.blocks(4000, 12))
    told = np.linalg.lstsq(X[:, : table.TELLING], y - y.mean(), rcond=None)[0]
    assert 0.4 < y.mean() < 0.6
    assert ((X[:, : table.TELLING] @ told > 0) == y).mean() > 0.65


def test_a_table_of_so_many_gigabytes() -> None:
    assert table.rows_of(10, 250) == 10_000_000
