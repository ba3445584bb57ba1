"""What the report says of the choice: each sentence where it is true, and not where it is not."""

import html
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import numpy as np
import pytest

from pipeline.reporting.choice import NONE_DIFFER, NONE_KEPT, NOT_LEAST, WEIGHTED, Choice, judge
from pipeline.reporting.sections import candidates, certified, edited
from pipeline.sealing.attempts import Attempt, Tried
from pipeline.sealing.released import Origin
from pipeline.trials.folder import Trial
from pipeline.trials.kept_errors import packed

ROWS = 50
COMMITTED = Origin("commit abc")


def attempt(key: str, errors: np.ndarray | None, metric: str = "validation/error") -> Attempt:
    kept = {} if errors is None else packed(errors)
    return Attempt("rows", key, key, "engine", "one", "finished", metric, 0.1, kept, False)


def trial(key: str, score: float, rate: float) -> Trial:
    summary = {"score": score, "metric": "validation/error", "metrics": {"validation/error_spread": 0.02}}
    made = Trial("one", key, Path("nowhere"), "finished", {"optimizer": {"learning_rate": rate}}, summary, {})
    object.__setattr__(made, "history", dict)
    return made


def errors(count: int, share: float = 0.2) -> list[np.ndarray]:
    return list((np.random.default_rng(5).random((count, ROWS)) < share).astype(float))


def tried(some: list[np.ndarray] | list[None], **more: Any) -> Tried:
    facts = {"failed": 0, "teaching": 0, "again": 0, "elsewhere": 0, **more}
    return Tried(tuple(attempt(f"a{number}", one) for number, one in enumerate(some)), **facts)


def judged(tally: Tried, grid: int = 3, weighted: bool = False, first: float = 0.2) -> Choice:
    trials = [trial("first", first, 0.1), trial("chosen", 0.1, 0.3)]
    return judge(trials[1], trials, [f"a{number}" for number in range(grid)], tally, weighted=weighted, peeked=True)


def shown(section: Any, facts: dict[str, Any]) -> str:
    loader = jinja2.PackageLoader("pipeline.reporting", "sections")
    environment = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, autoescape=True)
    name = section.__name__.rpartition(".")[2]
    text = environment.get_template(f"{name}.html.j2").render(**facts, figures={})
    return html.unescape(re.sub(r"\s+", " ", re.sub("<[^>]*>", "", text)))


def said(choice: Choice) -> str:
    return shown(candidates, candidates.facts(SimpleNamespace(choice=choice, chosen=trial("chosen", 0.1, 0.3))))  # type: ignore[arg-type]


def test_trials_beyond_the_grid_are_told_and_a_grid_alone_is_not_made_more_of() -> None:
    assert "5 different candidates were scored on these validation rows, 3 of them" in said(judged(tried(errors(5))))
    told = said(judged(Tried(tried(errors(3)).tried, 0, 0, 0, 0, told=9)))
    assert "9 different candidates were scored" in told
    alone = said(judged(tried(errors(3))))
    assert "3 candidates were scored on these validation rows, as far as is known here" in alone
    assert "Not counted" not in alone
    others = said(judged(tried(errors(3), failed=2, teaching=1, elsewhere=4)))
    assert (
        "2 that did not finish; 1 of teaching experiments, which can't be chosen; 4 on other validation rows" in others
    )


def test_the_optimism_is_told_with_what_it_rests_on() -> None:
    choice = judged(tried(errors(5)))
    assert choice.estimate and choice.expected == pytest.approx(0.1 + choice.estimate.of_choice)
    assert "By the errors of 5 candidates on 50 rows (mean correlation" in said(choice)


@pytest.mark.parametrize(
    ("tally", "weighted", "why"),
    [
        (tried([None, None]), False, NONE_KEPT),
        (tried(errors(1)), False, NONE_KEPT),
        (tried(errors(3, share=0.0)), False, NONE_DIFFER),
        (tried(errors(3)), True, WEIGHTED),
    ],
)
def test_where_nothing_can_be_estimated_the_reason_is_said_and_no_number(
    tally: Tried, weighted: bool, why: str
) -> None:
    text = said(judged(tally, weighted=weighted))
    assert f"is not estimated: {why}." in text
    assert "is to be expected of it" not in text


def test_where_another_that_was_tried_scores_better_the_chosen_is_the_best_of_its_grid_only() -> None:
    tally = tried(errors(5))
    better = Tried((*tally.tried[:4], replace(tally.tried[4], score=0.01)), 0, 0, 0, 0)
    choice = judged(better)
    assert choice.estimate and choice.estimate.candidates == 3
    assert "5 different candidates were scored" in said(choice)


def test_a_score_that_is_not_the_best_is_not_said_to_flatter_as_one() -> None:
    chosen = trial("chosen", 0.1, 0.3)
    choice = judge(chosen, [chosen], ["a0", "a1"], tried(errors(2)), weighted=False, peeked=True, least=False)
    assert f"is not estimated: {NOT_LEAST}." in said(choice)
    assert "it is the best of those" not in said(choice)


def test_errors_by_another_metric_are_not_mixed_in() -> None:
    mixed = tried(errors(2))
    other = attempt("b", errors(1)[0], "validation/squared_error")
    choice = judged(Tried((*mixed.tried, other), 0, 0, 0, 0))
    assert choice.estimate and choice.estimate.candidates == 2


@pytest.mark.parametrize(
    ("first", "sentence"),
    [
        (0.5, "has 50.00 %: tuning has gained 40.00 % on the validation rows."),
        (0.101, "no more than the choice alone is expected to."),
        (0.1, "tuning has gained nothing."),
    ],
)
def test_the_chosen_is_held_against_the_first_of_its_grid(first: float, sentence: str) -> None:
    text = said(judged(tried(errors(5)), first=first))
    assert sentence in text
    assert "optimizer.learning_rate 0.1 instead of 0.3" in text


def test_a_first_trial_that_was_chosen_is_not_held_against_itself() -> None:
    chosen = trial("chosen", 0.1, 0.3)
    assert judge(chosen, [chosen], ["a0"], tried(errors(2)), weighted=False, peeked=True).first is None


PAPER = {
    "metric": "validation/error",
    "refit": None,
    "rescored": {"found": {"validation/error": 0.1}, "not": ""},
    "model": {
        **{"networks": 1, "trained_on": "training rows", "scored_by": "hold_out", "repeats": 1, "seeds": 1},
        "epoch_chosen_by": "validation/error",
    },
}


def certificate(code: Origin = COMMITTED, model: dict[str, Any] | None = None, **paper: Any) -> str:
    made = {**PAPER, "model": {**PAPER["model"], **(model or {})}, **paper}  # type: ignore[dict-item]
    findings = SimpleNamespace(certificate=made, code=code, chosen=trial("chosen", 0.1, 0.3))
    return shown(certified, certified.facts(findings))  # type: ignore[arg-type]


def test_the_certified_model_is_called_what_it_is() -> None:
    assert "One network, trained on training rows and scored on the validation rows" in certificate()
    assert "An ensemble of 4 networks, one candidate" in certificate(model={"networks": 4})
    assert "as the mean of 3 networks of other seeds" in certificate(model={"seeds": 3})
    assert "dealt 2 times" in certificate(model={"scored_by": "k_fold", "repeats": 2})
    refit = {"rows": 60, "epochs": 7}
    assert "trained once more, on all 60 open rows for 7 epochs" in certificate(refit=refit)
    assert "trained once more" not in certificate()
    assert "among trials it was chosen by validation/roc_auc" in certificate(metric="validation/roc_auc")
    assert "among trials" not in certificate()


def test_what_was_found_again_is_told_and_what_was_not() -> None:
    assert "before they were certified: validation/error 10.00 %." in certificate()
    folds = certificate(rescored={"found": {}, "not": "the folds' networks are not kept"})
    assert "The folds' networks are not kept." in folds
    assert "Found again" not in folds


def test_whose_code_it_is() -> None:
    assert "is that of commit abc" in certificate()
    changed = certificate(Origin("commit abc", ("pipeline/stages/evaluate.py",)))
    assert "differs from commit abc in pipeline/stages/evaluate.py" in changed
    assert "no commit or release here" in certificate(Origin(None))


def test_edits_are_shown_where_there_are_any() -> None:
    assert edited.facts(SimpleNamespace(edits=[])) is None  # type: ignore[arg-type]
    facts = edited.facts(SimpleNamespace(edits=["metrics.json: test/error is 0.01"]))  # type: ignore[arg-type]
    assert facts
    assert "metrics.json: test/error is 0.01" in shown(edited, facts)
