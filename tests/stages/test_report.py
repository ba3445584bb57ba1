from pathlib import Path

import pytest

from pipeline.errors import HoldoutError
from pipeline.reporting import summary
from pipeline.stages import evaluate, report, select
from pipeline.storage import documents
from pipeline.trials.folder import hashes
from tests.reporting import published

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOLDOUT_CONFINE", "off")
    return tmp_path


@pytest.mark.parametrize("task", sorted(published.TASKS))
def test_the_report_is_self_contained_escaped_and_stable(
    folder: Path, task: str, capsys: pytest.CaptureFixture[str]
) -> None:
    published.complete(folder, task=task)
    select.main()
    evaluate.main()
    pages = []
    for _ in range(2):
        report.main()
        pages.append(report.REPORT.read_bytes())
    assert pages[0] == pages[1]
    text = pages[0].decode()
    assert "<script" not in text
    assert "toy &lt;set&gt;" in text
    assert "toy <set>" not in text
    assert 'src="' not in text
    assert 'href="http' not in text
    assert str(folder) not in text
    assert "loss is nan" in text
    assert ("Each target" in text) == (task == "targets")
    assert ("Each label" in text) == (task == "multilabel")
    assert "width, <mm>" not in text
    capsys.readouterr()
    summary.main()
    assert f"validation/{published.TASKS[task][2]}" in capsys.readouterr().out


def test_a_second_model_on_the_same_test_set_is_told(folder: Path) -> None:
    published.complete(folder)
    select.main()
    evaluate.main()
    published.trial(folder, "beta", "b7", 0.025)
    select.main()
    evaluate.main()
    report.main()
    assert "2 different models have been scored on exactly these rows" in report.REPORT.read_text(encoding="utf-8")


def test_pruned_trials_are_shown_and_counted_and_never_selected(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published.complete(folder)
    for key in ("a3", "a4"):
        published.trial(folder, "alpha", key, 0.025, status="pruned", parameters=0)  # the best score of all
    select.main()
    evaluate.main()
    report.main()
    capsys.readouterr()
    summary.main()
    told = capsys.readouterr().out
    assert "selected     alpha/a2: validation/error 12.50 %, the best of 3 candidates" in told
    # a1 and b1 have the same settings
    assert "4 different candidates were scored on these validation rows, not 3" in told
    assert "a3" in told and "pruned" in told
    text = report.REPORT.read_text(encoding="utf-8")
    assert "2 pruned: the search gave them up" in text and "2 of 3, pruned" in text


def test_the_summary_says_score_interval_rows_and_where_to_look(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published.complete(folder)
    select.main()
    evaluate.main()
    capsys.readouterr()
    summary.main()
    text = capsys.readouterr().out
    assert "selected     alpha/a2: validation/error 12.50 %, the best of 3 candidates" in text
    assert "on 12 rows (95 % interval" in text
    assert "equal candidates" not in text
    assert "reports/report.html" in text


@pytest.mark.parametrize(
    ("candidates", "rule", "words"),
    [
        (1, "best", "the only candidate"),
        (3, "best", "the best of 3 candidates"),
        (3, "one_standard_error", "the simplest within one standard error of the best of 3 candidates"),
    ],
)
def test_the_chosen_one_is_called_what_the_rule_made_it(candidates: int, rule: str, words: str) -> None:
    assert summary.place({"candidates": [{}] * candidates, "selection": {"rule": rule}}) == words


def test_a_missing_evaluation_is_one_clear_line(folder: Path) -> None:
    published.complete(folder)
    select.main()
    with pytest.raises(HoldoutError, match=r"evaluation\.json is missing: run `dvc repro`"):
        report.main()


def test_a_cross_validated_selection_is_reported_without_validation_curves(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its score is a squared error, its model the final fit, which saw no validation rows."""
    published.complete(folder)
    for place in (folder / "experiments").glob("*/results/trials/*"):
        facts = documents.read_json(place / "summary.json")
        facts["metric"] = "validation/squared_error"
        facts["metrics"] |= {"validation/squared_error": facts["score"]}
        settings = documents.read_json(place / "settings.json")
        settings |= {"validation": {"name": "k_fold", "folds": 5}, "measuring": {"measured_rows": 5}}
        documents.write_json(place / "settings.json", settings)
        lines = [line.split(",")[:4] for line in (place / "history.csv").read_text().splitlines()]
        lines[0] = ["epoch", "train/loss", "train/error", "train/squared_error"]
        (place / "history.csv").write_text("\n".join(map(",".join, lines)) + "\n")
        documents.write_json(place / "summary.json", facts | hashes(place))
    select.main()
    evaluate.main()
    report.main()
    text = report.REPORT.read_text(encoding="utf-8")
    assert "selected on 60 validation rows" in text
    assert "Its validation/squared_error is <b>0.125</b>" in text
    capsys.readouterr()
    summary.main()
    assert "validation/squared_error 0.125, the best of 3 candidates" in capsys.readouterr().out
