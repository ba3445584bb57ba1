"""The registered model: one version per weights, the alias on the selected one, and rows that it can predict."""

from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest

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


def test_the_champion_of_plain_arrays_predicts_by_column_and_by_position(show: Show, project: Path) -> None:
    fake_store.select()
    show()
    loaded = mlflow.pyfunc.load_model("models:/holdout@champion")
    rows = np.array([[0, 1, 2], [3, 4, 5]])
    expected = fake_store.model().scores(rows)
    table = pd.DataFrame(rows.astype(float), columns=list("abc"))
    for given in (rows.astype(np.uint8), rows.astype(float), table, table[["c", "a", "b"]]):
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
