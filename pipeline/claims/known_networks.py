"""Claim 20: known networks on the full MNIST files, against the errors that were published of them."""

import hashlib
import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import scipy  # loads its parts when they are first used

from pipeline.claims.claim import Claim, Judgment, Results, Values, graded
from pipeline.claims.full_mnist import ABSENT, training_images
from pipeline.claims.judging import more_often
from pipeline.claims.scored_once import look, looks
from pipeline.console import say
from pipeline.errors import HoldoutError
from pipeline.fields import Kind, finite, text, whole
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side
from pipeline.training.fit import fit
from pipeline.training.hyperparameters import Hyperparameters, changed, resolved
from pipeline.training.model import Model

PUBLISHED, TITLE = "published", "title"  # of a network; all else are its settings


def network(value: Any) -> bool:
    """Whether a setting is a network: its published error, how it is called, and settings by dotted names."""
    return isinstance(value, dict) and finite(value.get(PUBLISHED)) and text(value.get(TITLE))


def networks(settings: Values) -> dict[str, dict[str, Any]]:
    """The networks among the settings, by name."""
    return {name: value for name, value in settings.items() if network(value)}


def measure(settings: Values) -> Results:
    """For each network its one look at the test images, which it takes if it hasn't yet; then how many looks there are.

    Raises:
        HoldoutError: the files are not there.
    """
    names = list(networks(settings))
    found = side_by_side([partial(_one, settings, name) for name in names])
    return {"networks": dict(zip(names, found, strict=True)), "looks": len(looks())}


def _one(settings: Values, name: str) -> dict[str, Any]:
    values = {key: value for key, value in settings[name].items() if key not in (PUBLISHED, TITLE)}
    shared = {key: settings[key] for key in ("seed", "rows", "held_out")}
    digest = hashlib.sha256(json.dumps({**shared, **values}, sort_keys=True).encode()).hexdigest()
    return look(name, digest, settings["mnist"], partial(_train, settings, settings[name][TITLE], values))


def _train(settings: Values, title: str, values: Mapping[str, Any]) -> tuple[Model, int, float]:
    """The model of the epoch with the least error on held-out images of the training file; that epoch and error."""
    on = training_images(settings["mnist"], settings["rows"], settings["held_out"], settings["seed"])
    if on is None:
        raise HoldoutError(f"{settings['mnist']}: {ABSENT}; put the four MNIST files there, or name their folder")
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    how = resolved(changed(Hyperparameters(seed=settings["seed"]), {"stopping.patience": 0, **given}), on.schema)
    outcome = fit(how, on.train, on.held_out, on.schema, partial(_tell, title, how.stopping.epochs), diagnostics=False)
    if outcome.model is None or outcome.score is None:
        raise HoldoutError(f"conf/claims: the training with {dict(values)} {outcome.status} ({outcome.reason})")
    return outcome.model, outcome.best_epoch, outcome.score


def _tell(title: str, epochs: int, epoch: int, record: Mapping[str, float]) -> None:
    """A line for each tenth of a training, which takes minutes."""
    if epoch % max(1, epochs // 10) == 0:
        say(f"{title}: epoch {epoch} of {epochs}, held-out error {100 * record['validation/error']:.2f} %")


def _interval(found: Mapping[str, Any]) -> tuple[float, float]:
    """Clopper and Pearson's 95 % interval of the error."""
    low, high = scipy.stats.binomtest(found["wrong"], found["rows"]).proportion_ci(0.95, method="exact")
    return float(low), float(high)


def judge(settings: Values, results: Results) -> Judgment:
    """Confirmed: no network's error is above the published one by more than chance; within limits: not all are."""
    level, told, reached = settings["level"] / len(networks(settings)), [], []
    for name, known in networks(settings).items():
        found = results["networks"][name]
        p, (low, high) = more_often(found["wrong"], found["rows"], known[PUBLISHED]), _interval(found)
        reached.append(p >= level)
        told.append(
            f"{known[TITLE]} {found['wrong'] / found['rows']:.2%} ({low:.2%} to {high:.2%}), published "
            f"{known[PUBLISHED]:.2%}{'' if reached[-1] else f', not reached (p = {p:.2g})'}"
        )
    ending = f"{results['looks']} looks at these test images are recorded."
    return graded(all(reached), any(reached), f"{'; '.join(told)}. {ending}")


def draw(settings: Values, results: Results) -> str:
    """Each network's error with its interval, beside the published one."""
    known = networks(settings)
    with style.drawing(style.WIDE, 1.1 + 0.5 * len(known)) as ((axes,), svg):
        for place, (name, value) in enumerate(known.items()):
            found = results["networks"][name]
            error, bounds = found["wrong"] / found["rows"], _interval(found)
            axes.plot(bounds, [place, place], color=style.color(0), label="" if place else "95 % interval")
            axes.plot(error, place, style.marker(0), color=style.color(0), label="" if place else "this engine")
            axes.plot(
                value[PUBLISHED], place, style.marker(3), color=style.color(1), label="" if place else "published"
            )
        axes.set_yticks(range(len(known)), [value[TITLE] for value in known.values()])
        axes.invert_yaxis()
        axes.set(xlabel="test error", xlim=0)
        style.percent(axes.xaxis)
        axes.legend(loc="lower right")
    return svg[0]


def keys(*names: str) -> dict[str, Kind]:
    """The settings of a claim on these networks."""
    shared = {"mnist": text, "seed": whole, "rows": whole, "held_out": whole}
    return {**shared, **dict.fromkeys(names, network), "level": finite}


CLAIM = Claim(
    name="known_networks",
    number="20",
    title="Known networks reach their published errors on the full MNIST files",
    question="Do networks of one and two hidden layers, trained by this engine on the full MNIST files, err as "
    "seldom as was published of them?",
    section="5",
    formula="Published test errors on MNIST: LeCun et al. (1998) for 300, 1,000, and 300 and 100 hidden units.",
    method="Each network is trained on 50,000 images of the training file; the other 10,000 choose its epoch. "
    "Then it is scored on the 10,000 test images, once: a line in [the ledger](../../claims/looks.jsonl) "
    "says so, and keeps it from being scored again. These images are no part of the pipeline's data, and "
    "all settings were chosen without them. Confirmed if, by one-sided exact binomial tests, no network's"
    " error is above the published one by more than chance; within limits if that holds for some.",
    keys=keys("units_300", "units_1000", "units_300_100"),
    measure=measure,
    judge=judge,
    draw=draw,
    tested_on="The test images are MNIST's own, none of the pipeline's sealed rows",
)
