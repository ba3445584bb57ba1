import csv
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import HoldoutError
from pipeline.feed.rows import Rows
from pipeline.sealing import certificate, gathered, ledger
from pipeline.stages import evaluate, select
from pipeline.storage import documents, scores
from pipeline.storage.dealt import read_deal
from pipeline.storage.models import read_model, write_model
from pipeline.storage.parts import read_split, write_split
from pipeline.storage.places import SELECTED
from pipeline.storage.sealed import read_sealed_test, write_sealed_test
from tests.reporting import published

NAMED = tuple(enumerate(("a", "b, or B")))


def prepared(folder: Path, monkeypatch: pytest.MonkeyPatch, task: str) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOLDOUT_CONFINE", "off")
    published.complete(folder, task=task)
    select.main()


@pytest.fixture
def _selected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared(tmp_path, monkeypatch, "classification")


@pytest.mark.usefixtures("_selected")
def test_metrics_and_confusion_agree_with_the_rows(capsys: pytest.CaptureFixture[str]) -> None:
    evaluate.main()
    metrics, test = scores.read_metrics(), read_sealed_test()
    found = read_model(SELECTED / "model.npz").predict(test.X)
    wrong = float((found != test.y).mean())
    assert metrics["test/error"] == pytest.approx(wrong)
    assert metrics["test/accuracy"] == pytest.approx(1 - wrong)
    assert metrics["interval"][0] < wrong < metrics["interval"][1]
    assert (metrics["n"], metrics["experiment"], metrics["key"]) == (published.ROWS["test"], "alpha", "a2")
    with scores.CONFUSION.open(encoding="utf-8") as stream:
        counts = {(row["true"], row["predicted"]): int(row["rows"]) for row in csv.DictReader(stream)}
    assert counts == {(a, b): int(((test.y == i) & (found == j)).sum()) for i, a in NAMED for j, b in NAMED}
    assert f"on {published.ROWS['test']} rows, 95 % interval" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.usefixtures("_selected")
def test_each_opening_is_one_line_of_the_ledger_and_the_metrics_stay_the_same() -> None:
    evaluate.main()
    before = scores.METRICS.read_bytes()
    evaluate.main()
    found = ledger.standing(certificate.check(), scores.read_metrics())
    assert (len(found.openings), found.models, found.looks) == (2, 1, 1)
    assert len(gathered.LEDGER.read_text(encoding="utf-8").splitlines()) == 2
    assert scores.METRICS.read_bytes() == before


@pytest.mark.usefixtures("_selected")
def test_metrics_json_holds_numbers_and_the_interval_alone() -> None:
    evaluate.main()
    values = documents.read_json(scores.METRICS)
    assert set(values.pop("interval")) == {"low", "high"}
    assert {type(value) for value in values.values()} <= {int, float}
    assert {"n", "test/error", "test/accuracy", "test/loss", "test/squared_error", "constant"} == set(values)


@pytest.mark.usefixtures("_selected")
def test_what_the_most_frequent_class_of_the_training_rows_would_score() -> None:
    evaluate.main()
    values, train, test = scores.read_metrics(), read_split().train, read_sealed_test()
    most = np.bincount(train.y).argmax()
    assert values["constant"] == pytest.approx((test.y != most).mean())
    assert values["constant_answer"] == [NAMED[most][1]]


def test_losses_that_are_all_equal_give_an_mse_without_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared(tmp_path, monkeypatch, "regression")
    evaluate.main()
    metrics, test = scores.read_metrics(), read_sealed_test()
    found = read_model(SELECTED / "model.npz").predict(test.X)
    assert metrics["test/mse"] == pytest.approx(float(np.square(found - test.y).mean()))
    assert np.ptp(np.square(found - test.y)) < 1e-9
    assert metrics["interval"] is None and "interval" not in documents.read_json(scores.METRICS)
    assert scores.CONFUSION.read_text(encoding="utf-8") == '"true","predicted","rows"\n'


def change_weights() -> None:
    write_model(SELECTED / "model.npz", published.model(99))


def change_choice() -> None:
    paper = documents.read_json(SELECTED / "certificate.json")
    documents.write_json(SELECTED / "certificate.json", {**paper, "chosen": "a1"})


def change_split() -> None:
    found = read_split()
    train, validation = (
        Rows(np.array(part.X), np.array(part.y), origin=np.array(part.origin))
        for part in (found.train, found.validation)
    )
    found.card.hashes["train/X"] = "0" * 64
    write_split(train, validation, found.card, deal=read_deal())


def change_code() -> None:
    """As if evaluate.py had been another one when the model was selected."""
    paper = documents.read_json(SELECTED / "certificate.json")
    paper["code"]["evaluate"] = "0" * 64
    documents.write_json(SELECTED / "certificate.json", paper)


def change_settings() -> None:
    settings = documents.read_json(SELECTED / "settings.json")
    documents.write_json(SELECTED / "settings.json", {**settings, "seed": 2})


@pytest.mark.usefixtures("_selected")
@pytest.mark.parametrize(
    ("change", "named"),
    [
        (change_weights, "weights in model.npz"),
        (change_choice, "rule chooses"),
        (change_split, "the split"),
        (change_code, "the code of evaluate: found"),
        (change_settings, "settings in settings.json"),
    ],
)
def test_what_differs_from_the_certificate_keeps_the_test_set_closed(change, named, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    change()
    monkeypatch.setattr(evaluate, "read_sealed_test", lambda: pytest.fail("the test set was opened"))
    with pytest.raises(HoldoutError, match=named):
        evaluate.main()
    assert not gathered.gather().entries


@pytest.mark.usefixtures("_selected")
def test_other_rows_than_those_that_were_sealed_are_not_scored() -> None:
    write_sealed_test(published.parts_of("classification")["train"])
    with pytest.raises(HoldoutError, match="the sealed rows: found those of SHA-256"):
        evaluate.main()
    assert not gathered.gather().entries
