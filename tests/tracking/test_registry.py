"""The registered model: one version per weights, the alias on the selected one, and rows that it can predict."""

from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest

from pipeline.tracking import champion
from tests.tracking import fake_store
from tests.tracking.conftest import Shown

Show = type[Shown]
pytestmark = pytest.mark.filterwarnings("ignore::Warning")  # MLflow's, SQLAlchemy's and pydantic's own


def _champion(shown: Shown) -> tuple[str, str]:
    version = shown.client.get_model_version_by_alias("holdout", "champion")
    return str(version.version), version.tags["model_sha256"]


def test_a_new_version_comes_with_new_weights_only_and_the_alias_follows(show: Show) -> None:
    first = fake_store.select()
    assert _champion(show()) == ("1", first)
    assert _champion(show()) == ("1", first)
    second = fake_store.select(shift=1.0)
    assert _champion(show()) == ("2", second)
    fake_store.select()
    shown = show()
    assert _champion(shown) == ("1", first)
    assert len(shown.client.search_model_versions("name = 'holdout'")) == 2
    stale = {run.data.tags["holdout.model_sha256"]: run.data.tags["holdout.stale"] for run in shown.stage("select")}
    assert stale == {first: "false", second: "true"}


def test_the_champion_predicts_integers_by_column_and_by_position(show: Show, project: Path) -> None:
    fake_store.select()
    show()
    loaded = mlflow.pyfunc.load_model("models:/holdout@champion")
    rows = np.array([[0, 1, 2], [3, 4, 5]])
    expected = fake_store.model().scores(rows)
    for given in (rows, rows.astype(float), pd.DataFrame(rows, columns=list("abc"))):
        table = loaded.predict(given)
        assert list(table.columns) == ["label", "probability_no", "probability_yes"]
        np.testing.assert_allclose(table[["probability_no", "probability_yes"]], expected, rtol=1e-6)
        assert list(table["label"]) == [fake_store.CLASSES[i] for i in fake_store.model().predict(rows)]


def test_the_logged_model_holds_no_pickle_and_a_signature(show: Show, project: Path) -> None:
    fake_store.select()
    show()
    (model,) = project.glob("mlartifacts/models/*/artifacts")
    names = {path.name for path in model.rglob("*") if path.is_file()}
    assert {"model.npz", "champion.py", "MLmodel", "network.py"} <= names
    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".joblib", ".pyc"))]
    info = mlflow.models.get_model_info("models:/holdout@champion")
    assert len(info.signature.inputs.inputs) == fake_store.FEATURES


def test_columns_in_another_order_are_refused() -> None:
    rows = pd.DataFrame([[1, 2, 3]], columns=["c", "a", "b"])
    with pytest.raises(ValueError, match="column 1 is 'c', expected 'a'"):
        champion.ordered(rows, ("a", "b", "c"))
    assert champion.ordered(pd.DataFrame([[1, 2]]), ("a", "b")).tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (pd.DataFrame([[1, 2, 3]], columns=["a", "b", "t"]), "found 3 columns, expected the model's 2 features"),
        (pd.DataFrame([[1]]), "found 1 columns, expected the model's 2 features"),
        (pd.DataFrame([[1, 2], [3, np.nan]], columns=["a", "b"]), "row 1 .*column 'b': found nan"),
        (pd.DataFrame([[1, np.inf]], columns=["a", "b"]), "row 0 .*column 'b': found inf"),
    ],
)
def test_rows_that_the_model_cannot_answer_are_refused(rows: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        champion.ordered(rows, ("a", "b"))
