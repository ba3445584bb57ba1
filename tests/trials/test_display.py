"""What a person watches: how many trials there are, how long the rest takes, and lines that fit."""

from typing import Any

import pytest

from pipeline.console import WIDTH
from pipeline.trials.display import Display, in_time, in_words, line
from pipeline.trials.jobs import Job
from tests.trials.made import settings

FINISHED = {"status": "finished", "metric": "validation/error", "score": 0.07278, "best_epoch": 24, "epochs": 32}


def job(number: int, *words: str, grid: str = "") -> Job:
    return Job(number, grid, words, settings(), 10.0, False, False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "defaults: validation/error 7.28 % at epoch 24 of 32, 1:05 left"),
        (["seed=21"], "seed=21: validation/error 7.28 % at epoch 24 of 32, 1:05 left"),
        (["optimizer.momentum=0.9"], "momentum=0.9: validation/error 7.28 % at epoch 24 of 32, 1:05 left"),
        (
            ["regularizer.l2=0.001", "regularizer.l1=0.0001", "seed=3"],
            "l2=0.001 l1=0.0001 seed=3: error 7.28 % at epoch 24 of 32, 1:05 left",
        ),
        (
            ["regularizer.l2=0.001", "regularizer.l1=0.0001", "regularizer.dropout=0.355"],
            "l2=0.001 l1=0.0001 dropout=0.355: error 7.28 % at epoch 24, 1:05 left",
        ),
        (["network.hidden=[100,100,100,100,100,100,100,100,100,100]"], "hidden=[100,100,"),
    ],
)
def test_a_line_fits_and_says_what_it_can(words: list[str], said: str) -> None:
    found = line("trial 22 of 24, momentum", job(21, *words), FINISHED, ", 1:05 left")
    assert found.startswith(f"trial 22 of 24, momentum: {said}")
    assert len(found) <= WIDTH and found.endswith(", 1:05 left")


def test_the_time_left_is_that_of_all_trials_still_to_be_trained(capsys: pytest.CaptureFixture[str]) -> None:
    moments = iter([0.0, 30.0, 50.0, 60.0])
    display = Display("rates", 4, lambda: next(moments))
    display.ended(job(0), {**FINISHED, "reused": True})
    with display.training(3):
        for number in (2, 1, 3):  # as workers end
            display.ended(job(number), FINISHED)
    lines: list[Any] = [text.partition(", rates: defaults: ") for text in capsys.readouterr().out.splitlines()]
    assert [head for head, *_ in lines] == [f"trial {number} of 4" for number in (1, 3, 2, 4)]
    assert [outcome.partition("32")[2] for *_, outcome in lines] == [", reused", ", 1:00 left", ", 0:25 left", ""]


def test_time_is_written_as_clocks_do() -> None:
    assert [in_time(seconds) for seconds in (9.6, 65, 3600, 36065)] == ["0:10", "1:05", "1:00:00", "10:01:05"]


def test_a_search_says_what_it_pauses_and_what_it_prunes() -> None:
    so_far = FINISHED | {"best_epoch": 4, "epochs": 5, "status": "paused", "reason": ""}
    assert in_words(so_far) == "validation/error 7.28 % at epoch 4 of 5, paused"
    pruned = so_far | {"status": "pruned", "reason": "12th of 16 at 5 epochs, 5 go on"}
    assert in_words(pruned) == "validation/error 7.28 %, pruned: 12th of 16 at 5 epochs, 5 go on"


def test_a_cross_validated_error_is_told_with_its_spread() -> None:
    metrics = {"validation/error": 0.0733, "validation/error_spread": 0.0102}
    folded = FINISHED | {"metric": "validation/squared_error", "score": 0.05211, "metrics": metrics}
    said = "validation/squared_error 0.05211 (error 7.33 ± 1.02 %) at epoch 24 of 32"
    assert in_words(folded) == said
