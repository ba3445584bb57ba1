"""Chosen trials as a page of their own: python -m pipeline.trials plot [KEY ...] [--to FILE].

Their curves beside each other, and what went on inside their layers. It reads the store only: trials that still grow,
were killed or diverged are drawn as far as they came.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.console import say
from pipeline.errors import HoldoutError
from pipeline.readable import score_text
from pipeline.reporting import page, plots, style, sweep_plots
from pipeline.reporting.findings import columns, value
from pipeline.reporting.sections.layers import layer_curves
from pipeline.reporting.sections.tried import MOST
from pipeline.storage import documents
from pipeline.storage.places import EXPERIMENTS, REPORTS, SWEEPS, TRIALS
from pipeline.training.diagnostics import PROBE
from pipeline.trials.folder import Trial, as_it_stands
from pipeline.trials.store import entries
from pipeline.trials.sweeps import AD_HOC

SHOWN = 6  # trials whose layers are shown
PLACE = REPORTS / "trials"
PANELS = {"gradient_norm": "norm of the gradient", "saturated": "share saturated"}


def write(keys: Sequence[str], to: str | None = None) -> Path:
    """The page of these trials, or their curves alone where ``to`` ends in .svg; says where it is.

    Args:
        keys: beginnings of keys; none means the latest ad-hoc sweep.

    Raises:
        HoldoutError: a key that is no trial's or several trials', or no trial with an epoch to draw.
    """
    trials = _drawable(found(keys) if keys else latest_ad_hoc())
    target = Path(to) if to else PLACE / f"{_name(trials)}.html"
    if target.suffix not in (".html", ".svg"):
        raise HoldoutError(f"--to {target}: the name ends in {target.suffix or 'nothing'}, allowed: .html, .svg")
    text = style.standalone(_curves(trials)[0], _title(trials)) if target.suffix == ".svg" else rendered(trials)
    documents.write_text(target, text)
    say(f"wrote {target}")
    return target


def found(keys: Sequence[str]) -> list[Trial]:
    """The trials of the store, or among the published ones, whose keys begin so."""
    known = _known()
    return [_only(key, known) for key in keys]


def _known() -> dict[str, Trial]:
    """Every trial that is there, by key."""
    return {trial.key: trial for trial in _published()} | {entry.key: entry.trial for entry in entries()}


def _published() -> list[Trial]:
    folders = sorted(EXPERIMENTS.glob("*/results/trials/*"))
    return [as_it_stands(folder.parents[2].name, folder) for folder in folders]


def _only(key: str, known: dict[str, Trial]) -> Trial:
    fitting = [trial for name, trial in known.items() if name.startswith(key)]
    if len(fitting) != 1:
        count = "no trial" if not fitting else f"{len(fitting)} trials"
        raise HoldoutError(f"{TRIALS}: {count} with a key that starts with {key!r}: `python -m pipeline.trials list`")
    return fitting[0]


def latest_ad_hoc() -> list[Trial]:
    """The trials of the ad-hoc sweep that was started last, as far as they have ended, in its order."""
    records = [(path.stat().st_mtime, documents.read_object(path)) for path in (SWEEPS / AD_HOC).glob("*.json")]
    if not records:
        raise HoldoutError(f"{SWEEPS / AD_HOC}: no ad-hoc sweep was run here; name trials by the beginnings of keys")
    latest = max(records, key=lambda record: record[0])[1].get("sweep")
    jobs = {str(one.get("key")): one.get("job", 0) for _, one in records if one.get("sweep") == latest}
    known = _known()
    there = [known[key] for key in sorted(jobs, key=lambda key: (jobs[key], key)) if key in known]
    if not there:
        raise HoldoutError(f"{SWEEPS / AD_HOC}: the latest ad-hoc sweep has no trial left in the store: run it again")
    return there


def _drawable(trials: Sequence[Trial]) -> list[Trial]:
    """Those with an epoch, the best first."""
    drawn = [trial for trial in trials if trial.history_so_far()]
    if not drawn:
        raise HoldoutError(
            f"{trials[0].folder}: found no epoch to draw: `python -m pipeline.trials show {trials[0].key}`"
        )
    return sorted(drawn, key=lambda trial: (not trial.finished, trial.summary.get("score") or 0.0, trial.key))


def _name(trials: Sequence[Trial]) -> str:
    more = f"-and-{len(trials) - 1}-more" if len(trials) > 1 else ""
    return f"{trials[0].key[:8]}{more}"


def _title(trials: Sequence[Trial]) -> str:
    return f"Trial {trials[0].key[:8]}" if len(trials) == 1 else f"{len(trials)} trials"


def rendered(trials: Sequence[Trial]) -> str:
    """The page as HTML text. It loads nothing from outside and runs no script."""
    names = columns(list(trials))
    said = "what differs: " + (", ".join(names) or "nothing") if len(trials) > 1 else trials[0].status
    inside = [_inside(trial, names) for trial in trials[:SHOWN]]
    facts = {"title": _title(trials), "said": said, "metric": _metric(trials), "names": names, "probe": PROBE}
    rows = [_row(trial, names) for trial in trials]
    text = page.templates().get_template("trial_page.html.j2")
    drawn = [one for one in inside if one["layers"]]
    return page.unbroken(text.render(**facts, rows=rows, curves=page.panels(_curves(trials)), trials=drawn))


def _metric(trials: Sequence[Trial]) -> str:
    """What the best trial is scored by; where none has ended, the loss."""
    return str(trials[0].summary.get("metric") or "validation/loss")


def _curves(trials: Sequence[Trial]) -> list[str]:
    names = columns(list(trials))
    settings = {name.rpartition(".")[2]: [value(trial, name) for trial in trials] for name in names[:MOST]}
    histories = [trial.history_so_far() for trial in trials]
    return [
        sweep_plots.curves(settings, histories, name) for name in dict.fromkeys((_metric(trials), "validation/loss"))
    ]


def _row(trial: Trial, names: Sequence[str]) -> dict[str, Any]:
    summary = trial.summary
    score = score_text(summary["metric"], summary["score"]) if summary else "–"
    best = (
        f"{summary['best_epoch']} of {summary['epochs']}"
        if summary
        else f"so far {len(trial.history_so_far()['epoch'])}"
    )
    values = [value(trial, name) for name in names]
    fate = f"{trial.status}: {summary['reason']}" if summary.get("reason") else trial.status
    return {"key": trial.key[:8], "score": score, "best": best, "fate": fate, "values": values}


def _inside(trial: Trial, names: Sequence[str]) -> dict[str, Any]:
    history = trial.history_so_far()
    panels = layer_curves(history, PANELS)
    settings = ", ".join(f"{name.rpartition('.')[2]} {value(trial, name)}" for name in names)
    drawn = page.panels(plots.by_layer(history["epoch"], panels)) if panels else ""
    return {"name": f"{trial.key[:8]} {f'({settings})' if settings else ''}".strip(), "layers": drawn}
