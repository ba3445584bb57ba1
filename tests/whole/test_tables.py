"""Ten real tables as people have them, each from its file to a test score by params.yaml alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.data.opening import open_files
from pipeline.data.remarks import remark
from pipeline.data.roles import Wishes
from pipeline.data.source import Read
from pipeline.data.tabular import read_table
from tests.data.made import Memory
from tests.project import make_project

TABLES = Path(__file__).parents[3] / "shared/data/tables"
INDEX: dict[str, Any] = json.loads((TABLES / "index.json").read_text()) if TABLES.exists() else {}

pytestmark = pytest.mark.skipif(not INDEX, reason="the tables are not here")


@pytest.mark.parametrize("name", INDEX)
def test_a_table_is_read_as_it_is(name: str) -> None:
    facts = INDEX[name]
    data = read_table(open_files([TABLES / f"{name}.csv.gz"], Read()), Wishes((facts["target"],)), Memory)
    columns, _ = remark(data.rows, data.schema, data.columns)
    assert (data.schema.task, len(data.rows)) == (facts["task"], facts["rows"])
    assert len(data.schema.classes) == (facts["classes"] or 0)
    assert len(data.schema.features) == facts["columns"], [column for column in columns if column.use == "left out"]
    texts = [
        kind for kind, known in zip(data.schema.kinds, data.schema.levels, strict=True) if known and known[0] != "0"
    ]
    assert len(texts) == facts["text"]  # a date counts as text there, and has the form that it is written in


@pytest.mark.ci
@pytest.mark.processes
@pytest.mark.parametrize("name", INDEX)
def test_a_table_gets_a_score_by_params_alone(tmp_path: Path, name: str) -> None:
    source = {"source": "file", "path": f"{name}.csv.gz", "target": INDEX[name]["target"]}
    run = make_project(tmp_path / name, source)
    (tmp_path / name / f"{name}.csv.gz").write_bytes((TABLES / f"{name}.csv.gz").read_bytes())
    run("dvc repro", HOLDOUT_TRACKING="off")
    metrics = json.loads((tmp_path / name / "reports/metrics.json").read_text())
    assert metrics["n"] == pytest.approx(INDEX[name]["rows"] / 7, abs=1)
    assert (tmp_path / name / "reports/report.html").stat().st_size > 0
