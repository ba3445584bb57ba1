"""``python -m pipeline.trials plot``: trials beside each other and inside their layers, from the store alone."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from pipeline.errors import HoldoutError
from pipeline.reporting import plots, trial_page
from pipeline.trials import __main__ as commands
from pipeline.trials.folder import HISTORY, SETTINGS, SUMMARY, hashes

pytestmark = pytest.mark.slow
NAMES = ("epoch", "train/loss", "validation/loss", "train/error", "validation/error")
LAYERS = ("layer1/gradient_norm", "layer1/saturated", "layer2/gradient_norm", "layer2/saturated")


def stored(
    key: str, rate: float, score: float | None, status: str = "finished", sweep: str = "s1", job: int = 0
) -> None:
    """A trial of three epochs in the store, and its place in an ad-hoc sweep."""
    folder = Path(".trials") / key
    folder.mkdir(parents=True)
    lines = [",".join((*NAMES, *LAYERS)), *(f"{i}," + ",".join(["0.5"] * 8) for i in (1, 2, 3))]
    (folder / HISTORY).write_text("\n".join(lines) + "\n")
    (folder / SETTINGS).write_text(json.dumps({"optimizer": {"learning_rate": rate}}))
    facts = {"key": key, "status": status, "reason": "", "metric": "validation/error", "stopped_by": "epochs"}
    facts |= {"best_epoch": 2, "epochs": 3, "score": score, "metrics": {}, "parameters": 9}
    (folder / SUMMARY).write_text(json.dumps(facts | hashes(folder)))
    record = Path(".trials/sweeps/ad-hoc") / f"{key}.json"
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps({"key": key, "sweep": "s1", "job": job, "overrides": {}}))


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    stored("aa11", 0.1, 0.25)
    stored("ab22", 0.3, 0.125, job=1)
    stored("cc33", 9.0, None, "diverged", job=2)


def test_a_page_shows_the_trials_the_best_first_with_their_layers() -> None:
    text = trial_page.write(["aa", "cc", "ab"]).read_text()
    assert text.index("<code>ab22") < text.index("<code>aa11") < text.index("<code>cc33")
    assert "12.50\N{NO-BREAK SPACE}%" in text and "diverged" in text and "learning_rate" in text
    assert "norm of the gradient" in text and "share saturated" in text
    assert text == trial_page.write(["aa", "cc", "ab"]).read_text()
    assert "<script" not in text and "src=" not in text


def test_a_pruned_trial_is_shown_with_its_score_and_curve() -> None:
    stored("dd44", 0.2, 0.0625, "pruned", job=3)
    text = trial_page.write(["aa", "dd"]).read_text()
    assert text.index("<code>aa11") < text.index("<code>dd44")  # what ended comes first
    assert "6.25\N{NO-BREAK SPACE}%" in text and "pruned" in text


def test_without_keys_it_is_the_latest_ad_hoc_sweep(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(sys, "argv", ["trials", "plot"])
    commands.main()
    assert capsys.readouterr().out == "wrote reports/trials/ab22-and-2-more.html\n"


def test_what_was_pruned_of_the_latest_sweep_is_left_out() -> None:
    shutil.rmtree(".trials/ab22")
    assert [trial.key for trial in trial_page.latest_ad_hoc()] == ["aa11", "cc33"]


def test_svg_holds_the_curves_alone() -> None:
    assert trial_page.write(["aa"], "curves.svg").read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("keys", "to", "said"),
    [
        (["zz"], None, "no trial with a key that starts with 'zz'"),
        (["a"], None, "2 trials with a key that starts with 'a'"),
        (["aa"], "curves.png", "ends in .png, allowed: .html, .svg"),
    ],
)
def test_a_mistake_is_one_line(keys: list[str], to: str | None, said: str) -> None:
    with pytest.raises(HoldoutError, match=said):
        trial_page.write(keys, to)


def test_many_layers_become_a_map() -> None:
    (text,) = plots.by_layer([1, 2], {"share saturated": [[0.1, 0.2]] * 9})
    assert "layer, from the inputs on" in text
