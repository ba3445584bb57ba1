"""Classes, calibration, layers, settings and wrong rows: each sentence where it is true, and not where it isn't."""

import json
from dataclasses import asdict, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pipeline.data.card import Card
from pipeline.feed.rows import Rows
from pipeline.reporting import evidence, wrong_rows
from pipeline.reporting.sections import calibrated, classwise, layers, settled, wrongest
from pipeline.training.hyperparameters import Hyperparameters, resolved
from tests.reporting import published


def card(task: str, **more: Any) -> Card:
    return Card(**{**vars(published.schema_of(task)), "source": "toy", "rows": 60, "hashes": {}, **more})


def bins(*triples: tuple[int, float, float]) -> list[dict[str, Any]]:
    return [dict(zip(("rows", "said", "right"), one, strict=True)) for one in triples]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (bins((100, 0.9, 0.6), (100, 0.99, 0.9)), "too high, on average by 19.50 %"),
        (bins((100, 0.6, 0.9), (100, 0.7, 0.95)), "too low"),
        (bins((100, 0.8, 0.78), (100, 0.9, 0.93)), "about as often as it says"),
        (bins((5, 0.9, 0.8), (5, 0.9, 0.8)), "about as often as it says"),  # two rows of ten are no evidence
    ],
)
def test_calibration_is_judged_against_chance(found: list[dict[str, Any]], words: str) -> None:
    assert words in calibrated.tendency(found)


def test_no_calibration_is_shown_without_probabilities() -> None:
    findings: Any = SimpleNamespace(metrics={"calibration": None})
    assert calibrated.facts(findings) is None


def layer(gradient: float = 1.0, saturated: float = 0.0, ratio: float = 0.01) -> dict[str, float]:
    return {"gradient_norm": gradient, "saturated": saturated, "update_ratio": ratio}


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([layer(), layer(saturated=0.8)], "In layer 2, 80 % of the units are saturated"),
        ([layer(1e-6), layer()], "The first layer's gradient is 1e-06 of the last one's"),
        ([layer(ratio=2.0), layer()], "whose weights were kept, layer 1 moved by 2 of its own size"),
        ([layer(), layer()], "Nothing stands out"),
        ([layer(1e-6)], "Nothing stands out"),
    ],
)
def test_layers_say_what_stands_out_and_nothing_else(found: list[dict[str, float]], words: str) -> None:
    said = layers.sentences(found)
    assert len(said) == 1
    assert words in said[0]


def test_layers_are_read_at_the_epoch_kept() -> None:
    names = ("gradient_norm", "saturated", "update_ratio")
    history = {"epoch": [1, 2, 3], **{f"layer1/{name}": [0.1, 0.2, 0.3] for name in names}}
    assert layers.at_the_end(history, 2) == [dict.fromkeys(names, 0.2)]
    assert layers.at_the_end({"epoch": [1, 2]}, 2) == []


def classified(counts: list[list[int]], kind: str = evidence.COUNT) -> Any:
    table = np.array(counts)
    known = replace(evidence.of_share(np.arange(table.sum()) < 1), kind=kind)
    names = SimpleNamespace(classes=tuple("abc"[: len(table)]))
    return SimpleNamespace(confusion=table, classification=True, card=names, evidence=known)


def test_classes_have_recall_precision_f1_and_an_interval() -> None:
    found = classwise.facts(classified([[8, 2, 0], [0, 10, 0], [0, 0, 0]]))
    assert found is not None
    first, second, third = found["rows"]
    assert (first["recall"], first["precision"], first["f1"]) == ("80.00 %", "100.00 %", "88.89 %")
    assert first["interval"] == ["44.39 %", "97.48 %"]  # Clopper and Pearson of 8 in 10
    assert (second["recall"], second["precision"]) == ("100.00 %", "83.33 %")
    assert found["absent"] == ["c"]
    assert (third["recall"], third["interval"]) == (classwise.NONE, None)


def test_no_intervals_of_classes_where_rows_are_weighted_or_in_groups() -> None:
    found = classwise.facts(classified([[8, 2], [1, 9]], evidence.SHARE))
    assert found is not None
    assert not found["intervals"]
    assert all(row["interval"] is None for row in found["rows"])
    assert found["absent"] == []


def test_no_intervals_are_spoken_of_where_each_class_has_one_row() -> None:
    found = classwise.facts(classified([[1, 0], [1, 0]]))
    assert found is not None
    assert not found["intervals"]


@pytest.mark.parametrize(("rate", "changed"), [(None, []), (0.123, ["optimizer.learning_rate"])])
def test_settings_are_those_that_differ_from_the_defaults(rate: float | None, changed: list[str]) -> None:
    schema = card("classification")
    usual = json.loads(json.dumps(asdict(resolved(Hyperparameters(), schema))))
    if rate is not None:
        usual["optimizer"]["learning_rate"] = rate
    findings: Any = SimpleNamespace(card=schema, chosen=SimpleNamespace(settings=usual))
    found = settled.facts(findings)
    assert [name for name, *_ in found["changed"]] == changed
    assert "network.activation" in found["rest"]


@pytest.mark.parametrize("task", sorted(published.TASKS))
def test_only_wrong_rows_are_most_wrong_and_the_worst_comes_first(task: str) -> None:
    rows = published.parts_of(task)["validation"]
    found = wrong_rows.most_wrong(published.scoring(3, 0.125, task=task), rows, card(task))
    assert 1 <= len(found) <= wrong_rows.SHOWN
    assert all(row.true != row.found for row in found)
    assert all(row.values[0] == ("x", f"{rows.X[row.origin, 0]:.4g}") for row in found)
    right = wrong_rows.most_wrong(published.scoring(3, 0.0, task=task), rows, card(task))
    assert right == [] or task in ("regression", "targets")


def test_columns_of_a_wrong_row_read_as_in_the_source() -> None:
    kinds, levels = ("number", "category", "date"), ((), ("no", "yes"), ())
    mixed = card("classification", kinds=kinds, levels=levels)
    model = published.scoring(3, 0.5)
    X = np.array([[-1.0, 1.0, 86400.0], [-2.0, -1.0, np.nan]])
    found = wrong_rows.most_wrong(replace(model, schema=mixed), Rows(X, np.array([1, 1])), mixed)
    texts = {row.origin: [text for _, text in row.values] for row in found}
    assert texts[0] == ["-1", "yes", "1970-01-02"]


@pytest.mark.parametrize("shape", [None, (1, 3)])
def test_images_are_shown_as_images_and_tables_with_their_columns(shape: tuple[int, ...] | None) -> None:
    rows = published.parts_of("classification")["validation"]
    described = card("classification", image_shape=shape)
    found = wrong_rows.most_wrong(published.scoring(3, 0.125), rows, described)
    findings: Any = SimpleNamespace(card=described, wrong=found, held_out=True)
    said = wrongest.facts(findings)
    assert said is not None
    assert said["names"] == ([] if shape else ["x", "y", "z"])
    assert ("images" in wrongest.figures(findings)) == (shape is not None)
    assert wrongest.facts(SimpleNamespace(wrong=[], card=described, held_out=True)) is None  # type: ignore[arg-type]
