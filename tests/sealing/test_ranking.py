"""By which rule and metric a candidate is chosen; the metrics are held against scikit-learn's own."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

from pipeline.configuration.choosing import METRICS, SelectionParams, selection_of
from pipeline.errors import HoldoutError
from pipeline.sealing.certificate import choose
from pipeline.sealing.ranking import SCORES, rank
from pipeline.storage import documents
from pipeline.storage.models import read_model
from pipeline.storage.parts import OpenData, read_split
from pipeline.trials.folder import hashes
from pipeline.trials.results import read_results
from tests.reporting import published


def candidate(score: float, parameters: int, settings: str = "a") -> dict[str, object]:
    return {"score": score, "parameters": parameters, "settings_sha256": settings}


MANY = [candidate(0.10, 90), candidate(0.12, 50), candidate(0.13, 20), candidate(0.12, 20, "b"), candidate(0.3, 1)]


def test_the_best_score_is_chosen_and_among_equals_fewer_parameters_then_the_first_settings() -> None:
    assert choose(MANY) == MANY[0]
    assert choose(MANY, greater=True) == MANY[4]
    equals = [candidate(0.1, 9, "b"), candidate(0.1, 9, "a"), candidate(0.1, 10, "A")]
    assert choose(equals) == equals[1]


@pytest.mark.parametrize(("error", "chosen"), [(0.0, 0), (0.021, 3), (0.031, 3), (0.21, 4)])
def test_one_standard_error_takes_the_fewest_parameters_within_it(error: float, chosen: int) -> None:
    assert choose(MANY, standard_error=error) == MANY[chosen]
    turned = [{**one, "score": 1 - float(str(one["score"]))} for one in MANY]
    assert choose(turned, greater=True, standard_error=error) == turned[chosen]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def complete(folder: Path, task: str) -> OpenData:
    published.complete(folder, task=task)
    return read_split()


@pytest.mark.parametrize("task", ["classification", "regression", "multilabel"])
def test_every_metric_of_a_task_ranks_its_candidates_as_scikit_learn_does(folder: Path, task: str) -> None:
    data = complete(folder, task)
    trials = [*read_results("alpha"), *read_results("beta")]
    y, rows = data.validation.y, data.validation
    for metric in (name for name, tasks in METRICS.items() if task in tasks and name in SCORES):
        found = rank(trials, SelectionParams(metric=metric), data)
        for trial in found.trials:
            model = read_model(trial.model)
            z = model.readout(rows.X)
            outputs, answers = model.outputs(z), model.decode(z)
            one = outputs[:, 1] if task == "classification" else outputs
            expected = {
                "balanced_accuracy": lambda a=answers: metrics.balanced_accuracy_score(y, a),
                "macro_f1": lambda a=answers: metrics.f1_score(y, a, average="macro"),
                "roc_auc": lambda o=one: metrics.roc_auc_score(y, o),
                "average_precision": lambda o=one: metrics.average_precision_score(y, o),
                "mae": lambda a=answers: metrics.mean_absolute_error(y, a),
                "r2": lambda a=answers: metrics.r2_score(y, a),
            }[metric]()
            assert found.scores[trial.key] == pytest.approx(expected)
        values = [found.scores[trial.key] for trial in found.trials]
        assert values[0] == (max(values) if found.greater else min(values))


def test_weights_of_rows_count_in_a_metric(folder: Path) -> None:
    data = complete(folder, "classification")
    weights = np.where(data.validation.y == 1, 3.0, 1.0)
    heavy = replace(data, validation=replace(data.validation, importance=weights))
    trials = read_results("alpha")
    plain, weighed = (rank(trials, SelectionParams(metric="macro_f1"), some) for some in (data, heavy))
    answers = read_model(trials[0].model).predict(data.validation.X)
    wanted = metrics.f1_score(data.validation.y, answers, average="macro", sample_weight=weights)
    assert weighed.scores["a1"] == pytest.approx(wanted)
    assert plain.scores["a1"] != pytest.approx(wanted)


def test_the_standard_error_of_an_error_rate_is_that_of_a_share(folder: Path) -> None:
    data = complete(folder, "classification")
    trials = [*read_results("alpha"), *read_results("beta")]
    found = rank(trials, SelectionParams("one_standard_error"), data)
    assert found.standard_error == pytest.approx((0.125 * 0.875 / 39) ** 0.5)
    assert rank(trials, SelectionParams("one_standard_error", "roc_auc"), data).standard_error


@pytest.mark.parametrize(
    ("metric", "task", "said"),
    [
        ("mae", "classification", "selection.metric=mae is not for classification: allowed are error, loss"),
        ("roc_auc", "regression", "selection.metric=roc_auc is not for regression: allowed are loss, mse, mae, r2"),
        ("loss", "classification", "selection.metric=loss is not known of alpha/"),
    ],
)
def test_what_does_not_fit_the_task_or_is_not_known_is_refused_in_one_line(
    folder: Path, metric: str, task: str, said: str
) -> None:
    data = complete(folder, task)
    with pytest.raises(HoldoutError, match=f"^params.yaml: {said}"):
        rank(read_results("alpha"), SelectionParams(metric=metric), data)


def test_under_folds_a_metric_of_the_kept_model_says_nothing_of_the_trial(folder: Path) -> None:
    data = complete(folder, "classification")
    for place in (folder / "experiments").glob("*/results/trials/*"):
        settings = documents.read_json(place / "settings.json")
        documents.write_json(place / "settings.json", settings | {"validation": {"name": "k_fold", "folds": 5}})
        documents.write_json(place / "summary.json", documents.read_json(place / "summary.json") | hashes(place))
    with pytest.raises(HoldoutError, match="its networks are not all kept"):
        rank(read_results("alpha"), SelectionParams(metric="roc_auc"), data)


@pytest.mark.parametrize("section", [{"rule": "first"}, {"metric": "accuracy"}, {"refit": "yes"}])
def test_a_wrong_value_names_the_key_and_what_is_allowed(section: dict[str, object]) -> None:
    with pytest.raises(HoldoutError, match=rf"absent.yaml: selection\.{next(iter(section))}"):
        selection_of(section, "absent.yaml")
