"""The names that trials get."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow.utils.validation import _validate_metric_name

from pipeline.tracking import names
from pipeline.trials.folder import flatten
from tests.tracking import fake_store


def test_names_say_what_varies() -> None:
    settings = {"k1": fake_store.settings(0.1, 30), "k2": fake_store.settings(0.05, 300)}
    sweep = {key: flatten(values) for key, values in settings.items()}
    assert names.run_names(sweep) == {"k1": "hidden=[30] lr=0.1", "k2": "hidden=[300] lr=0.05"}
    assert names.run_names({"k1": sweep["k1"]}) == {"k1": "hidden=[30] lr=0.1"}


def test_values_are_whole() -> None:
    """``l2=0.0 l1=0.000 8ca5`` was l1=0.0001."""
    grid = [{"regularizer.l2": l2, "regularizer.l1": l1} for l2 in (0.0, 0.001) for l1 in (0.0, 0.0001)]
    found = names.run_names({str(place): each for place, each in enumerate(grid)})
    assert list(found.values()) == ["l2=0 l1=0", "l2=0 l1=0.0001", "l2=0.001 l1=0", "l2=0.001 l1=0.0001"]


def test_where_not_all_fit_whole_settings_are_left_out() -> None:
    sweep = [{f"section.setting{number}": 0.1 + place for number in range(9)} for place in range(2)]
    name = names.run_name(sweep[0], names.varied(sweep))
    assert name == " ".join(f"setting{number}=0.1" for number in range(6)) + " …"


@given(st.lists(st.dictionaries(st.sampled_from(["optimizer.learning_rate", "a.b", "c"]), st.floats()), max_size=5))
def test_names_are_short(sweep: list[dict[str, float]]) -> None:
    found = names.run_names({f"key{place}0000": each for place, each in enumerate(sweep)})
    assert all(0 < len(name) <= names.LONGEST for name in found.values())


def test_two_names_that_read_alike_end_in_their_key() -> None:
    sweep = {f"{place}key": {"regularizer.some_long_name": "x" * 40 + str(place)} for place in range(2)}
    assert len(set(names.run_names(sweep).values())) == 2


@pytest.mark.parametrize(
    "name",
    ["targets.price (€).rmse", "labels.a/../b.f1", "labels.//x.f1", "labels. .f1", "labels.é%.f1", "labels./a.f1"],
)
def test_a_target_may_be_named_as_people_please(name: str) -> None:
    _validate_metric_name(names.metric_name(name))
    assert names.metric_name("test/relative_mse") == "test/relative_mse"
