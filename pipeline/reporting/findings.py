"""All that a report says, read from what the stages published."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from pipeline.configuration.params import load_params
from pipeline.data.card import Card
from pipeline.errors import HoldoutError
from pipeline.feed.schema import CLASSIFICATION, MULTILABEL
from pipeline.reporting.choice import Choice, judge
from pipeline.reporting.conformal import Widths
from pipeline.reporting.evidence import Evidence
from pipeline.reporting.wrong_rows import WrongRow
from pipeline.sealing import attempts, certificate, ledger
from pipeline.sealing.code import deciding_hashes
from pipeline.sealing.edits import edits
from pipeline.sealing.gathered import gather
from pipeline.sealing.released import Origin, origin
from pipeline.sealing.standing import Standing
from pipeline.storage.cards import read_card
from pipeline.storage.influence import Influence, read_influence
from pipeline.storage.places import SELECTED, SPLIT
from pipeline.storage.scores import read_confusion, read_metrics
from pipeline.trials.folder import PRUNED, Trial, flatten
from pipeline.trials.results import read_results, varied


@dataclass(frozen=True)
class Findings:
    """One run of the pipeline.

    sweeps: the trials of each, best first, by what people call it; metrics: as evaluate wrote them; confusion:
    rows by (true class, predicted class), or by (label, true flag, predicted flag) where a row may have several labels,
    or None for regression; standing: what the openings of the test set say of its score;
    influences: of the columns, the largest first; order: all trials as the experiments have them; tally: of all
    candidates that were ever scored on these validation rows; edits: what is not as it was certified, in words; code:
    what the deciding code was held against; wrong: those rows that the model gets most wrong; widths: how wide answers
    must be to hold the truth.
    """

    sweeps: dict[str, list[Trial]]
    certificate: dict[str, Any]
    metrics: dict[str, Any]
    confusion: np.ndarray | None
    card: Card
    standing: Standing
    influences: list[Influence]
    order: list[Trial]
    tally: attempts.Tried
    edits: list[str]
    code: Origin
    wrong: list[WrongRow] = field(default_factory=list)
    widths: Widths | None = None

    @property
    def chosen(self) -> Trial:
        """The selected trial."""
        return next(trial for trials in self.sweeps.values() for trial in trials if is_chosen(trial, self.certificate))

    @property
    def evidence(self) -> Evidence:
        """What the interval of the test score rests on."""
        return Evidence(**self.metrics["evidence"])

    @property
    def classification(self) -> bool:
        return self.card.task == CLASSIFICATION

    @property
    def weighted(self) -> bool:
        """Whether scores count the rows by their weights."""
        return "effective_rows" in self.metrics

    @property
    def scored_rows(self) -> int:
        """Rows that a validation score was measured on: under cross-validation, all but the test rows."""
        return self.certificate["validation_rows"] if self.by_hold_out else self.card.rows

    @property
    def by_hold_out(self) -> bool:
        """Whether trials were scored, and stopped, by the validation rows: else by folds of all open rows."""
        return bool(self.certificate["model"]["scored_by"] == "hold_out")

    @property
    def held_out(self) -> bool:
        """Whether the validation rows were no rows of the selected model's training."""
        return certificate.held_out(self.certificate)

    @property
    def selected_by(self) -> float:
        """The score that the selected trial was chosen by."""
        return float(certificate.chosen_entry(self.certificate)["score"])

    @cached_property
    def choice(self) -> Choice:
        """What choosing among the candidates does to the validation score."""
        chosen = self.chosen
        certified = [one["settings_sha256"] for one in self.certificate["candidates"]]
        grid = [trial for trial in self.order if trial.sweep == chosen.sweep]
        facts = {"weighted": self.weighted, "peeked": self.by_hold_out, "least": self._least}
        return judge(chosen, grid, certified, self.tally, **facts)

    @property
    def _least(self) -> bool:
        """Whether no candidate has a better score of the kind that trials are stopped by than the chosen one."""
        chosen = self.chosen.summary
        scores = [trial.summary["score"] for trial, _ in ranked(self) if trial.summary["metric"] == chosen["metric"]]
        return bool(chosen["score"] <= min(scores))

    @property
    def measured(self) -> float:
        """The selected trial's validation score by the metric of the test, with its threshold if it has one."""
        metrics, main = self.chosen.summary["metrics"], main_of(self)
        score: float = metrics.get(f"validation/decided_{main}", metrics[f"validation/{main}"])
        return score


def read_findings() -> Findings:
    """Read the project in the current folder; HoldoutError names what is missing."""
    card = read_card(SPLIT / "card.json")
    metrics, paper = read_metrics(), certificate.read()
    trials = [trial for name in load_params().experiments for trial in read_results(name)]
    _check_choice(trials, paper, metrics)
    return Findings(
        _by_sweep(trials),
        paper,
        metrics,
        read_confusion(card.classes, several=card.task == MULTILABEL) if card.classes else None,
        card,
        ledger.standing(paper, metrics),
        read_influence(SELECTED),
        trials,
        _tally(trials, card),
        [*edits(paper, metrics, trials, gather().entries, card.hashes, deciding_hashes()), *attempts.faults()],
        origin(),
    )


def _tally(trials: list[Trial], card: Card) -> attempts.Tried:
    rows = attempts.rows_of(card.hashes)
    told = attempts.counted().get(rows, {"tried": 0})["tried"]
    return attempts.tally(attempts.joined(attempts.read(), trials, rows), rows, told)


def main_of(findings: Findings) -> str:
    """The name of the metric that the test score is in: error, mse."""
    return str(findings.metrics["metric"]).removeprefix("test/")


def _by_sweep(trials: list[Trial]) -> dict[str, list[Trial]]:
    """The trials of each sweep, best first; the sweeps in their order."""
    found: dict[str, list[Trial]] = {}
    for trial in trials:
        found.setdefault(trial.sweep, []).append(trial)
    return {name: sorted(some, key=_rank) for name, some in found.items()}


def is_chosen(trial: Trial, paper: dict[str, Any]) -> bool:
    return (trial.experiment, trial.key) == (paper["experiment"], paper["chosen"])


def ranked(findings: Findings) -> list[tuple[Trial, float]]:
    """The candidates of the certificate in its order, the chosen one first, each with the score it was compared by."""
    trials = {(trial.experiment, trial.key): trial for some in findings.sweeps.values() for trial in some}
    places = [((one["experiment"], one["key"]), float(one["score"])) for one in findings.certificate["candidates"]]
    return [(trials[place], score) for place, score in places if place in trials]


def _check_choice(trials: list[Trial], paper: dict[str, Any], metrics: dict[str, Any]) -> None:
    """Refuse a certificate whose choice is not among the trials, or was not measured by the metric of the test."""
    chosen = [trial for trial in trials if is_chosen(trial, paper)]
    if not chosen:
        raise HoldoutError(
            f"{SELECTED / certificate.NAME}: {paper['experiment']}/{paper['chosen']} is no trial of the "
            "experiments in params.yaml: run `dvc repro`"
        )
    name = metrics["metric"].replace("test/", "validation/")
    if not isinstance(chosen[0].summary["metrics"].get(name), int | float):
        raise HoldoutError(f"{chosen[0].folder / 'summary.json'}: metrics has no {name}: run `dvc repro`")


def _rank(trial: Trial) -> tuple[int, tuple[float, float, str]]:
    """Finished trials by the rule of selection, then pruned ones, first that came furthest, then the others by key."""
    if trial.finished:
        return 0, certificate.order(trial.summary)
    if trial.status == PRUNED:
        return 1, (-trial.summary["epochs"], trial.summary["score"], trial.key)
    return 2, (0.0, 0.0, trial.key)


def columns(trials: list[Trial]) -> list[str]:
    """The names of the settings that an experiment varies."""
    return varied([trial.settings for trial in trials])


def value(trial: Trial, name: str) -> str:
    """A setting of a trial as people write it: 0.1, 30-30, tanh."""
    return text_of(flatten(trial.settings).get(name))


def text_of(found: Any) -> str:
    """A setting's value as people write it."""
    if isinstance(found, list):
        return "-".join(map(str, found)) or "none"
    return f"{found:g}" if isinstance(found, float) else str(found)
