"""Categories of many levels: learned from level by level, or said which levels are not."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from pipeline.errors import Note
from pipeline.estimators import BackpropClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SMALL: dict[str, Any] = {"hidden": 30, "epochs": 20, "random_state": 0}


def towns(rows: int = 1500) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows of which the town, one of 60, decides the class."""
    rng = np.random.default_rng(0)
    town = rng.integers(0, 60, rows)
    table = pd.DataFrame({"town": [f"t{number:02d}" for number in town], "age": rng.normal(40, 9, rows)})
    return table, rng.permutation(60)[town] % 2


def test_sixty_levels_that_decide_are_learned_as_well_as_after_one_hot_encoding() -> None:
    X, y = towns()
    encoded = make_column_transformer((OneHotEncoder(), ["town"]), remainder="passthrough", sparse_threshold=0)
    for model in (BackpropClassifier(**SMALL), make_pipeline(encoded, BackpropClassifier(**SMALL))):
        assert model.fit(X[:1000], y[:1000]).score(X[1000:], y[1000:]) == 1


def test_levels_and_rare_are_parameters_and_what_they_fold_is_said() -> None:
    X, y = towns()
    with pytest.warns(Note, match=r"levels share one input in 'town' \(30 of 60, 4\d % of the rows\): raise levels=30"):
        folded = BackpropClassifier(**SMALL, levels=30).fit(X, y)
    assert (
        folded.score(X, y) < 0.9
        and sum("town=" in name for name in folded.model_.inputs.names(folded.model_.schema)) == 30
    )
    with pytest.warns(Note, match=r"'town' \(\d\d of 60, .*or lower rare=25"):
        BackpropClassifier(**SMALL, rare=25).fit(X, y)
    with pytest.raises(ValueError, match="^levels=0 is not allowed: it must be at least 1"):
        BackpropClassifier(**SMALL, levels=0).fit(X, y)
    going = BackpropClassifier(**SMALL, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="levels=30 can't go on with a network that was trained with levels=128"):
        going.set_params(levels=30).fit(X, y)
