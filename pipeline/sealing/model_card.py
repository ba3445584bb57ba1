"""The selected model in words, models/selected/README.md: what it is, what it was made of, and how it is used.

It is written before the test set is opened, and so has no test score; hashes make sure that one belongs to it.
"""

from collections.abc import Mapping
from typing import Any

from pipeline.configuration.choosing import BEST
from pipeline.data.card import Card
from pipeline.readable import score_text
from pipeline.storage.places import REPORTS
from pipeline.trials.folder import Trial, flatten

NAME = "README.md"
SHOWN = 20  # columns or classes
TOLD = ("network.", "optimizer.name", "optimizer.learning_rate", "preprocessing.name", "ensemble.", "validation.name")


def described(paper: Mapping[str, Any], chosen: Trial, card: Card) -> str:
    """The model card, of a certificate, the trial it chose, and the data card; no date, place or path."""
    sections = {"Data": _data(paper, card), "Network": _network(chosen), "Score": _score(paper)}
    sections |= {"Use": _use(card), "Limits": _limits(paper, card)}
    head = f"# {card.task.capitalize()} of {_names(card.targets)} from {card.source}\n"
    return "\n".join([head, *(f"## {name}\n{text}\n" for name, text in sections.items())])


def _data(paper: Mapping[str, Any], card: Card) -> str:
    deal = paper["deal"]
    training = card.rows - paper["validation_rows"]
    lines = [
        f"- {training:,} rows for training, {paper['validation_rows']:,} for validation, {deal['test_rows']:,} sealed "
        f"for the test (ratio {' : '.join(f'{part:g}' for part in deal['ratio'])}, seed {deal['seed']})",
        f"- {len(card.features):,} inputs: {_names(card.features)}",
        *([f"- {'labels' if len(card.targets) > 1 else 'classes'}: {_names(card.classes)}"] if card.classes else []),
        *(f"- noted: {note}" for note in (*card.notes, *card.remarks)),
    ]
    return "\n".join(lines)


def _network(chosen: Trial) -> str:
    settings = {name: value for name, value in flatten(chosen.settings).items() if name.startswith(TOLD)}
    lines = [f"- {name}: `{value}`" for name, value in settings.items()]
    return "\n".join([f"- {chosen.summary['parameters']:,} weights", *lines, "- all settings: settings.json"])


def _score(paper: Mapping[str, Any]) -> str:
    candidates, score = len(paper["candidates"]), paper["candidates"][0]["score"]
    best = candidates > 1 and paper["selection"]["rule"] == BEST
    flatters = ", and flatters for it is the best of them" if best else ""
    again = " These weights are of another training with these settings, on both parts." if paper.get("refit") else ""
    scored = f"{paper['metric']} {score_text(paper['metric'], score)}"
    return (
        f"{scored}, of {candidates} candidate{'s' * (candidates != 1)} in the grid{flatters}."
        f"{again} The test score is in {REPORTS}/metrics.json and {REPORTS}/report.html; it is of this model where "
        f"{REPORTS}/evaluation.json names model_sha256 `{paper['model_sha256']}`."
    )


def _use(card: Card) -> str:
    rows = "images" if card.image_shape else "rows.csv"
    return (
        f"`python -m pipeline.predict {rows} --to answers.csv` answers for rows as they come, and `python -m "
        "pipeline.export --to model.onnx` writes it for other programs. model.npz holds plain arrays, nothing pickled."
    )


def _limits(paper: Mapping[str, Any], card: Card) -> str:
    lines = [
        "- Its scores hold for rows drawn as these were: of other times, places or devices they say nothing.",
        "- What it goes by need not be a cause; importance.csv, where there is one, tells only what it goes by.",
    ]
    if card.classes:
        lines.append("- A row of none of these classes gets one of them all the same.")
    if paper["validation_rows"] < 100:
        lines.append(f"- {paper['validation_rows']} validation rows are few: a choice among candidates is noisy.")
    return "\n".join(lines)


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else "")
