import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.errors import HoldoutError
from pipeline.sealing import certificate, refit
from pipeline.stages import select
from pipeline.storage import digests, documents
from pipeline.storage.models import write_model
from pipeline.storage.places import SELECTED
from tests.project import change
from tests.reporting import published


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOLDOUT_CONFINE", "off")
    return published.project(tmp_path)


def chosen() -> str:
    select.main()
    key: str = documents.read_json(SELECTED / "summary.json")["key"]
    assert documents.read_json(SELECTED / "certificate.json")["chosen"] == key
    return key


def test_the_lowest_score_wins_across_experiments(folder: Path) -> None:
    published.trial(folder, "alpha", "a1", 0.2)
    published.trial(folder, "beta", "b1", 0.1)
    assert chosen() == "b1"


def test_among_equal_scores_the_smaller_network_wins(folder: Path) -> None:
    published.trial(folder, "alpha", "a1", 0.1, parameters=30)
    published.trial(folder, "beta", "b1", 0.1, parameters=29)
    assert chosen() == "b1"


def test_among_equal_networks_the_first_settings_win_whatever_their_keys(folder: Path) -> None:
    """A key depends on the processor, the hash of the settings doesn't."""
    places = [published.trial(folder, "alpha", "b1", 0.1), published.trial(folder, "beta", "a3", 0.1)]
    hashes = {place.name: documents.read_json(place / "summary.json")["settings_sha256"] for place in places}
    assert chosen() == min(hashes, key=lambda key: hashes[key])


def test_a_score_that_was_edited_is_named_with_what_the_weights_give(folder: Path) -> None:
    place = published.trial(folder, "alpha", "a1", 0.1)
    published.trial(folder, "beta", "b1", 0.2)
    summary = documents.read_json(place / "summary.json")
    summary |= {"score": 0.01, "metrics": {"validation/error": 0.01}}
    documents.write_json(place / "summary.json", summary)
    with pytest.raises(HoldoutError, match=r"a1/summary.json: validation/error: stored 0.0100, recomputed 0.1000"):
        select.main()
    assert not SELECTED.exists()


def test_the_certificate_covers_what_decides_the_score(folder: Path) -> None:
    published.trial(folder, "alpha", "a1", 0.1)
    published.trial(folder, "beta", "b1", 0.2)
    select.main()
    paper = documents.read_json(SELECTED / "certificate.json")
    assert set(paper["code"]) == {"prepare", "split", "train", "select", "evaluate"}
    assert paper["rescored"] == {"found": {"validation/error": 0.1}, "not": ""}
    assert paper["deal"]["seed"] == 559
    assert len(paper["deal"]["test_sha256"]) == 64


def test_a_key_in_two_experiments_is_one_candidate_of_the_first(folder: Path) -> None:
    published.trial(folder, "alpha", "a1", 0.1)
    published.trial(folder, "beta", "a1", 0.1)
    assert chosen() == "a1"
    candidates = documents.read_json(SELECTED / "certificate.json")["candidates"]
    assert [(one["experiment"], one["key"]) for one in candidates] == [("alpha", "a1")]


def test_a_trial_of_a_teaching_experiment_never_wins(folder: Path) -> None:
    published.trial(folder, "alpha", "a1", 0.1)
    published.trial(folder, "beta", "b1", 0.2)
    (folder / "experiments/alpha/results/trials.csv").write_text("key,status,teaching\na1,finished,yes\n")
    assert chosen() == "b1"
    (folder / "experiments/beta/results/trials.csv").write_text("key,status,teaching\nb1,finished,yes\n")
    with pytest.raises(HoldoutError, match="alpha a1 is of a teaching experiment"):
        select.main()


@pytest.mark.parametrize("status", ["failed", "diverged"])
def test_a_trial_that_did_not_finish_never_wins(folder: Path, status: str) -> None:
    published.trial(folder, "alpha", "a1", 0.0, status=status)
    published.trial(folder, "beta", "b1", 0.9)
    assert chosen() == "b1"


def test_no_finished_trial_is_an_error_that_lists_the_reasons(folder: Path) -> None:
    published.trial(folder, "alpha", "a1", None, status="diverged")
    published.trial(folder, "beta", "b1", None, status="failed")
    with pytest.raises(HoldoutError, match=r"alpha a1 diverged: loss is nan; beta b1 failed: loss is nan"):
        select.main()
    assert not SELECTED.exists()


@pytest.mark.parametrize("score", [float("nan"), None])
def test_a_finished_trial_without_a_finite_score_is_refused(folder: Path, score: float | None) -> None:
    published.trial(folder, "alpha", "a1", score)
    published.trial(folder, "beta", "b1", 0.1)
    with pytest.raises(HoldoutError, match=r"a1.summary.json: score is"):
        select.main()


def test_missing_results_name_the_command(folder: Path) -> None:
    published.trial(folder, "alpha", "a1", 0.1)
    with pytest.raises(HoldoutError, match="dvc repro train@beta"):
        select.main()


def test_experiments_that_params_does_not_list_are_not_read(folder: Path) -> None:
    published.trial(folder, "alpha", "a1", 0.2)
    published.trial(folder, "beta", "b1", 0.3)
    published.trial(folder, "gamma", "c1", 0.1)
    assert chosen() == "a1"


def test_equal_results_give_equal_bytes_without_dates(folder: Path) -> None:
    published.trial(folder, "alpha", "a1", 0.2)
    published.trial(folder, "beta", "b1", 0.3)
    runs = []
    for _ in range(2):
        select.main()
        runs.append({path.name: path.read_bytes() for path in SELECTED.iterdir()})
    assert runs[0] == runs[1]
    assert {*runs[0]} == {
        "README.md",
        "model.npz",
        "settings.json",
        "summary.json",
        "certificate.json",
        "importance.csv",
    }
    paper = json.loads(runs[0]["certificate.json"])
    assert paper["validation_rows"] == published.ROWS["validation"]
    assert set(paper["split"]) == {"train/X", "train/y", "validation/X", "validation/y"}


def test_weights_that_are_not_those_of_the_trial_are_not_published(folder: Path) -> None:
    place = published.trial(folder, "alpha", "a1", 0.2)
    published.trial(folder, "beta", "b1", 0.3)
    write_model(place / "model.npz", published.model(99))
    with pytest.raises(HoldoutError, match="model_sha256"):
        select.main()
    assert not SELECTED.exists()


def test_a_refit_is_certified_as_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published.trial(folder, "alpha", "a1", 0.1)
    published.trial(folder, "beta", "b1", 0.2)
    change(folder / "params.yaml", lambda values: values.update(selection={"refit": True}))
    again = published.model(3)
    outcome = SimpleNamespace(model=again, status="finished", reason="")
    monkeypatch.setattr(refit, "refit_of", lambda model, settings, data, epochs: outcome)
    select.main()
    paper = documents.read_json(SELECTED / "certificate.json")
    assert paper["refit"] == {
        "epochs": 2,
        "rows": 60,
        "of_model_sha256": paper["candidates"][0]["model_sha256"],
        "model_sha256": paper["model_sha256"],
    }
    assert paper["model_sha256"] == digests.of_file(SELECTED / "model.npz")
    assert paper["model_sha256"] != paper["candidates"][0]["model_sha256"]
    assert paper["model"]["trained_on"] == "training and validation rows"
    certificate.check(SELECTED)


def test_one_standard_error_takes_the_smaller_network(folder: Path) -> None:
    published.trial(folder, "alpha", "a1", 0.1, parameters=500)
    published.trial(folder, "beta", "b1", 0.125, parameters=20)
    assert chosen() == "a1"
    change(folder / "params.yaml", lambda values: values.update(selection={"rule": "one_standard_error"}))
    assert chosen() == "b1"
    assert documents.read_json(SELECTED / "certificate.json")["standard_error"] > 0.025
