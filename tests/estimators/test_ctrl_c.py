"""Ctrl-C in fit: what is learned is kept, a direct fit returns, and a search ends."""

from typing import Any

import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from pipeline.estimators import BackpropClassifier
from tests.training.test_fit import rings
from tests.training.test_interruption import at, press


@pytest.mark.parametrize(("more", "kept"), [({}, 3), ({"patience": 50}, 3)])
def test_an_estimator_keeps_its_model_and_says_so(more: dict[str, Any], kept: int) -> None:
    model = BackpropClassifier((4,), epochs=50, random_state=1, callbacks=[at(3)], **more)
    with pytest.warns(UserWarning, match=rf"stopped by Ctrl-C after epoch 3: the model of epoch {kept} is kept"):
        model.fit(rings(1).X, rings(1).y)
    assert (model.stopped_by_, model.n_iter_) == ("interrupt", 3)
    assert model.predict(rings(2).X).shape == (120,)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_search_ends_with_the_training_in_it() -> None:
    counted: list[int] = []

    def at_the_third(number: int, record: Any) -> None:
        counted.append(number)
        if len(counted) == 3:
            press()

    model = BackpropClassifier((4,), epochs=5, random_state=1, callbacks=[at_the_third])
    with pytest.raises(KeyboardInterrupt, match="stopped by Ctrl-C after epoch 3: the model of epoch 3 is kept"):
        GridSearchCV(model, {"hidden": [3, 4]}, cv=2, error_score=0).fit(rings(1).X, rings(1).y)
    assert len(counted) == 3
    counted.clear()
    copy = clone(make_pipeline(model))
    with pytest.raises(KeyboardInterrupt):
        copy.fit(rings(1).X, rings(1).y)
    assert copy.predict(rings(2).X).shape == (120,) and copy[-1].stopped_by_ == "interrupt"
