"""docs/estimators.md sets the estimators beside scikit-learn's: each line of its table names a test that is there."""

import ast
import inspect
import re
from typing import Any

import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor

from pipeline.estimators import BackpropClassifier, BackpropRegressor
from tests.project import ROOT

TEXT = (ROOT / "docs/estimators.md").read_text(encoding="utf-8")
LINES = re.findall(r"^\| (?!\||---)(.+?) \| .+ \| `(\w+)` \|$", TEXT, re.M)
TESTS = {
    node.name
    for folder in ("estimators", "training")
    for path in (ROOT / "tests" / folder).glob("test_*.py")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(node, ast.FunctionDef)
}


def test_each_line_of_the_table_names_a_test_that_is_there() -> None:
    assert len(LINES) == TEXT.count("| `test_") > 25
    assert [test for _, test in LINES if test not in TESTS] == []


@pytest.mark.parametrize(("theirs", "ours"), [(MLPClassifier, BackpropClassifier), (MLPRegressor, BackpropRegressor)])
def test_what_can_be_called_there_can_be_called_here(theirs: Any, ours: Any) -> None:
    public = [name for name, found in inspect.getmembers(theirs) if callable(found) and not name.startswith("_")]
    assert {"fit", "partial_fit", "predict", "score"} <= {*public}
    assert [name for name in public if not hasattr(ours(), name)] == []
    for name in public:
        asked = [*inspect.signature(getattr(theirs, name)).parameters]
        assert {*asked} - {"params"} <= {*inspect.signature(getattr(ours, name)).parameters}, name
