"""baselines: what simple rules score on the validation rows, beside the selected network; no test row is opened."""

import sys
from typing import Any

from pipeline.auditing.beaten import entries, scale_of, verdicts
from pipeline.auditing.pitfalls import ordered, settled
from pipeline.auditing.rounding import rounded
from pipeline.auditing.rules import rules
from pipeline.configuration.accepting import read_accepted
from pipeline.console import run_stage, say
from pipeline.readable import score_text
from pipeline.sealing import certificate
from pipeline.sealing.confine import confine
from pipeline.storage.audits import BASELINES, write_baselines
from pipeline.storage.models import check_model, read_model
from pipeline.storage.parts import OpenData, read_split
from pipeline.storage.places import SELECTED
from pipeline.training import metrics
from pipeline.training.determinism import one_thread
from pipeline.training.model import Model

SEEN = "the network was fitted to these rows too, so it is not compared on them"


def measure(opened: OpenData, model: Model, held_out: bool, every: bool) -> dict[str, Any]:
    """Scores of the rules, and of the network if it has not learned from the validation rows."""
    card, rows = opened.card, opened.validation
    with one_thread():  # the same bits whatever the number of cores
        tried = rules(opened.train, rows.X, card, every)
        answers = model.predict(rows.X) if held_out else None
        name = metrics.main_metric(card)
        score = metrics.score(model, rows.X, rows.y, rows.importance)[name] if held_out else None
    lines = entries(tried, answers, rows, card, scale_of(opened.train, card))
    found = [] if score is None else ordered(verdicts(lines, score, len(rows), card))
    facts = {"metric": f"validation/{name}", "rows": len(rows), "rules": lines, "note": "" if held_out else SEEN}
    return {**facts, "network": None if score is None else rounded(score), "findings": found}


def main() -> None:
    """data/split and models/selected → reports/baselines.json; ``all``: rules that take long, too."""
    confine("baselines")
    opened, model = read_split(), read_model(SELECTED / "model.npz")
    check_model(SELECTED / "model.npz", model, opened.card)
    paper = certificate.check(SELECTED, opened.card.hashes)
    facts = measure(opened, model, certificate.held_out(paper), "all" in sys.argv[1:])
    found = settled(facts["findings"], read_accepted())
    write_baselines({**facts, "findings": [one.to_json() for one in found]})
    for line in facts["rules"]:
        say(f"baseline {line['name']}: {line['skipped'] or score_text(facts['metric'], line['score'])}")
    for one in found:
        say(one.in_words())
    own = facts["note"] or f"the selected network: {facts['metric']} {score_text(facts['metric'], facts['network'])}"
    say(f"{own}; {BASELINES}")


if __name__ == "__main__":
    run_stage(main)
