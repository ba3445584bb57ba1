"""Files in other formats than CSV: a model is asked what it was trained on, whatever types the columns have."""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.data.opening import open_files
from pipeline.data.roles import Wishes
from pipeline.data.source import Read
from pipeline.data.tabular import read_table
from pipeline.serving.incoming import Incoming
from pipeline.serving.received import encoded
from tests.data.made import Memory


@pytest.fixture
def table(rng: np.random.Generator) -> pd.DataFrame:
    """A column of each type that pandas has, with gaps where the type allows."""
    rows = 80
    days = pd.to_datetime(datetime.date(2026, 1, 1)) + pd.to_timedelta(rng.integers(0, 300, rows), "D")
    gaps = rng.uniform(size=rows) < 0.2
    return pd.DataFrame(
        {
            "real": rng.normal(size=rows).round(6),
            "whole": pd.array(np.where(gaps, 0, rng.integers(0, 9, rows)), "Int64"),
            "flag": rng.uniform(size=rows) < 0.5,
            "mostly": pd.array(np.where(gaps, None, rng.uniform(size=rows) < 0.5), "boolean"),
            "kind": pd.Categorical(rng.choice(["a", "b", "c"], rows)),
            "text": np.where(gaps, None, rng.choice(["x", "y", "1.0"], rows)),
            "day": days,
            "zoned": days.tz_localize("UTC"),
            "target": rng.choice(["no", "yes"], rows),
        }
    )


@pytest.mark.parametrize("ending", ["parquet", "feather", "jsonl", "csv"])
def test_typed_columns_are_asked_as_they_were_learned(table: pd.DataFrame, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"rows.{ending}"
    if ending == "jsonl":
        table.to_json(path, orient="records", lines=True, date_format="iso")
    else:
        getattr(table, f"to_{ending}")(path, **({"index": False} if ending == "csv" else {}))
    data = read_table(open_files([path], Read()), Wishes(("target",)), Memory)
    assert len(data.schema.features) == 8
    X = np.concatenate(list(Incoming([path], Read(), data.schema).batches()))
    np.testing.assert_array_equal(X, np.asarray(data.rows.X, np.float64))
    np.testing.assert_array_equal(encoded(table, data.schema), X)
