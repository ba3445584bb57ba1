"""What went on inside the layers while the selected trial was trained: gradients, saturation, sizes of the steps."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.reporting import plots
from pipeline.reporting.findings import Findings
from pipeline.training.diagnostics import PROBE

SHOWN = {"gradient_norm": "norm of the gradient", "saturated": "share saturated", "update_ratio": "relative step"}
MOSTLY, VANISHING, LARGE = 0.5, 1e-3, 1.0


def facts(findings: Findings) -> dict[str, Any] | None:
    trial = findings.chosen
    found = at_the_end(trial.history(), trial.summary["best_epoch"])
    if not found:
        return None
    table = [[f"{one[name]:.3g}" for name in SHOWN] for one in found]
    return {"probe": PROBE, "names": list(SHOWN.values()), "table": table, "sentences": sentences(found)}


def figures(findings: Findings) -> dict[str, list[str]]:
    history = findings.chosen.history()
    return {"layers": plots.by_layer(history["epoch"], layer_curves(history, SHOWN))}


def layer_curves(history: Mapping[str, Sequence[float]], shown: Mapping[str, str]) -> dict[str, list[Sequence[float]]]:
    """Measurements by the text of each, one curve per layer, the input side first; empty where none were taken."""
    count = _count(history)
    found = {text: [history[f"layer{i + 1}/{name}"] for i in range(count)] for name, text in shown.items()}
    return found if count else {}


def at_the_end(history: Mapping[str, Sequence[float]], epoch: int) -> list[dict[str, float]]:
    """Each layer's measurements at the epoch whose weights were kept, the input side first."""
    if not _count(history) or epoch not in history["epoch"]:
        return []
    place = list(history["epoch"]).index(epoch)
    return [{name: history[f"layer{i + 1}/{name}"][place] for name in SHOWN} for i in range(_count(history))]


def sentences(layers: Sequence[Mapping[str, float]]) -> list[str]:
    """What is worth a look; one sentence if nothing is."""
    said = [
        f"In layer {i}, {100 * one['saturated']:.0f} % of the units are saturated: they hardly learn any more."
        for i, one in enumerate(layers, 1)
        if one["saturated"] > MOSTLY
    ]
    first, last = layers[0]["gradient_norm"], layers[-1]["gradient_norm"]
    if len(layers) > 1 and first < VANISHING * last:
        said.append(f"The first layer's gradient is {first / last:.1g} of the last one's: it vanishes on the way back.")
    said += [
        f"In the epoch whose weights were kept, layer {i} moved by {one['update_ratio']:.3g} of its own size: "
        "the steps are large."
        for i, one in enumerate(layers, 1)
        if one["update_ratio"] > LARGE
    ]
    return said or ["Nothing stands out: no layer is mostly saturated, no gradient vanishes, no step is large."]


def _count(history: Mapping[str, Sequence[float]]) -> int:
    return sum(1 for name in history if name.startswith("layer") and name.endswith("/gradient_norm"))
