"""Rows set aside inside of fit, given beside it, or none: what ends training, and what is said of it."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from pipeline.errors import Note
from pipeline.estimators import BackpropClassifier, BackpropRegressor

SHORT = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_a_tenth_is_set_aside_stratified_and_the_best_epoch_is_kept() -> None:
    X, y = load_digits(return_X_y=True)
    seen: list[dict[str, float]] = []
    model = BackpropClassifier(30, early_stopping=True, random_state=0, callbacks=[lambda n, found: seen.append(found)])
    model.fit(X, y)
    assert model.stopped_by_ == "patience" and model.n_iter_ < 200
    assert model.best_validation_score_ == max(model.validation_scores_) > 0.9
    assert model.t_ == model.n_iter_ * round(0.9 * len(X))
    again = BackpropClassifier(30, early_stopping=True, random_state=0).fit(X, y)
    assert again.validation_scores_ == model.validation_scores_
    other = BackpropClassifier(30, early_stopping=True, validation_fraction=0.3, random_state=0).fit(X, y)
    assert other.t_ == other.n_iter_ * round(0.7 * len(X))


@SHORT
def test_it_works_inside_of_cross_validation_searches_and_pipelines() -> None:
    X, y = load_iris(return_X_y=True)
    model = BackpropClassifier(10, early_stopping=True, patience=40, random_state=0)
    assert cross_val_score(make_pipeline(StandardScaler(), model), X, y, cv=3).mean() > 0.8
    search = GridSearchCV(model, {"validation_fraction": [0.1, 0.2]}, cv=3).fit(X, y)
    assert search.best_estimator_.validation_scores_
    X, y = load_diabetes(return_X_y=True)
    amounts = BackpropRegressor(10, early_stopping=True, epochs=100, random_state=0)
    assert cross_val_score(make_pipeline(StandardScaler(), amounts), X, y, cv=3).mean() > 0.3


@SHORT
def test_weights_and_several_targets_go_with_the_rows_that_are_set_aside() -> None:
    X, y = load_digits(return_X_y=True)
    flags = np.stack([y % 2, y > 4], axis=1)
    model = BackpropClassifier(20, epochs=20, early_stopping=True, random_state=0)
    assert model.fit(X, flags, sample_weight=1.0 + y).score(X, flags) > 0.8
    weighed = BackpropClassifier(20, epochs=5, early_stopping=True, random_state=0).fit(X, y, sample_weight=1.0 + y)
    plain = BackpropClassifier(20, epochs=5, early_stopping=True, random_state=0).fit(X, y)
    assert weighed.validation_scores_ != plain.validation_scores_


def test_a_class_of_one_row_can_not_be_dealt() -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match="early_stopping=True needs two rows of each class, and 'rare' has 1"):
        BackpropClassifier(early_stopping=True).fit(X, np.where(np.arange(150) == 3, "rare", y.astype(str)))
    with pytest.raises(ValueError, match=r"early_stopping=True, validation_fraction=0.1: .*; or give X_val"):
        BackpropRegressor(early_stopping=True).fit(X[:3], [1.0, 2.0, 3.0])


def test_training_ends_by_itself_and_says_when_the_epochs_ran_out() -> None:
    X, y = load_digits(return_X_y=True)
    model = BackpropClassifier(30, random_state=0).fit(X, y)
    assert model.stopped_by_ == "patience" and 10 < model.n_iter_ < 200
    assert model.loss_curve_[-1] > min(model.loss_curve_) - 1e-4
    with pytest.warns(ConvergenceWarning, match="training took all of 3 epochs and was still getting better: raise"):
        BackpropClassifier(30, epochs=3).fit(X, y)
    BackpropClassifier(30, epochs=3, patience=0).fit(X, y)


def test_it_is_said_to_get_better_only_where_it_did() -> None:
    X, y = load_iris(return_X_y=True)
    noise = np.random.default_rng(0).permutation(y)
    model = BackpropClassifier(30, epochs=40, patience=40, learning_rate=0.05, random_state=0)
    model.fit(X, y, X_val=X, y_val=noise)  # no warning, which would be an error
    assert model.stopped_by_ == "epochs" and model.best_epoch_ < 30
    with pytest.warns(ConvergenceWarning, match="all of 4 epochs"):
        model.set_params(warm_start=True, epochs=4, learning_rate=0.001).fit(X, y)
    assert (model.best_epoch_, model.n_iter_) == (44, 44)


@SHORT
def test_validation_rows_far_off_are_said_and_transform_input_brings_them_in() -> None:
    X, y = load_iris(return_X_y=True)
    X, X_val, y, y_val = X[::2], X[1::2], y[::2], y[1::2]
    model = BackpropClassifier(10, epochs=40, random_state=0)
    steps = [("scale", StandardScaler()), ("model", model)]
    with pytest.warns(Note, match=r"most of X_val lies outside X's range in columns 0, 1.*transform_input=\['X_val'\]"):
        Pipeline(steps).fit(X, y, model__X_val=X_val, model__y_val=y_val)
    with sklearn.config_context(enable_metadata_routing=True):
        model.set_fit_request(X_val=True, y_val=True)
        chain = Pipeline(steps, transform_input=["X_val"]).fit(X, y, X_val=X_val, y_val=y_val)
    by_hand = BackpropClassifier(10, epochs=40, random_state=0)
    scale = StandardScaler().fit(X)
    by_hand.fit(scale.transform(X), y, X_val=scale.transform(X_val), y_val=y_val)
    assert chain[-1].validation_scores_ == by_hand.validation_scores_


@SHORT
def test_validation_rows_of_other_columns_name_the_way_out() -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match=r"X_val, y_val: X has 3 features.* expecting 4 .*transform_input") as caught:
        BackpropClassifier().fit(X, y, X_val=X[:, :3], y_val=y)
    assert "\n" not in str(caught.value)
    table = pd.DataFrame({"a": ["u", "v"] * 20, "b": range(40)})
    model = BackpropClassifier(5, epochs=5).fit(table, [0, 1] * 20, X_val=table, y_val=[0, 1] * 20)
    assert len(model.validation_scores_) == 5
