"""A claim's results and its page: claims/results is made anew from the settings, experiments/NAME from the results."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.claims import catalog
from pipeline.claims.claim import Claim, Judgment
from pipeline.reporting import style
from pipeline.storage import documents
from pipeline.storage.places import EXPERIMENTS

RESULTS = Path("claims/results")
INDEX = Path("docs/verdicts.md")
STATED = re.compile(r"^\*\*Verdict: (.+?)\.\*\* (.+)$", re.MULTILINE)
HEAD = """\
# The verdicts
What became of each of the notes' claims ([how they are judged](claims.md)). `python -m pipeline.claims` writes it.

| | claim | notes | verdict |
|---|---|---|---|
"""


def compute(claim: Claim) -> Judgment:
    """Measure, judge and draw; write claims/results/NAME.json and .svg, then the page."""
    settings = catalog.settings_of(claim)
    results = json.loads(json.dumps(claim.measure(settings)))  # the rule sees what is kept
    verdict = claim.judge(settings, results)
    facts = {"claim": claim.name, "number": claim.number, "title": claim.title, "section": claim.section}
    record = {**facts, **verdict._asdict(), "settings": settings, "results": results}
    documents.write_text(RESULTS / f"{claim.name}.json", json.dumps(record, ensure_ascii=False) + "\n")  # in this order
    figure = style.standalone(claim.draw(settings, results), claim.title)
    documents.write_text(RESULTS / f"{claim.name}.svg", figure)
    publish(claim, verdict)
    return verdict


def kept(claim: Claim) -> Judgment | None:
    """The verdict in claims/results; None where the claim is not computed yet, or its settings have changed since."""
    record: dict[str, Any] = documents.read_object(RESULTS / f"{claim.name}.json")
    if not record or record["settings"] != catalog.settings_of(claim):
        return None
    return Judgment(record["outcome"], record["numbers"])


def publish(claim: Claim, verdict: Judgment) -> None:
    """Write experiments/NAME/README.md and figure.svg, which git keeps."""
    folder = EXPERIMENTS / claim.name
    documents.write_text(folder / "README.md", page(claim, verdict))
    documents.write_text(folder / "figure.svg", (RESULTS / f"{claim.name}.svg").read_text(encoding="utf-8"))


def page(claim: Claim, verdict: Judgment) -> str:
    """The README of a claim."""
    made = Environment(
        loader=PackageLoader("pipeline.claims", ""), undefined=StrictUndefined, autoescape=False, trim_blocks=True
    )
    settings = [[cell.replace("|", "\\|") for cell in row] for row in catalog.described(claim)]
    return made.get_template("page.md.j2").render(claim=claim, verdict=verdict, settings=settings) + "\n"


def stated(claim: Claim) -> Judgment | None:
    """The verdict that the claim's page states; None without a page."""
    place = EXPERIMENTS / claim.name / "README.md"
    found = STATED.search(place.read_text(encoding="utf-8")) if place.exists() else None
    return Judgment(found[1], found[2]) if found else None


def index(claims: Iterable[Claim]) -> str:
    """All verdicts that pages state, with links to them."""
    lines = (
        f"| {claim.number} | [{claim.title}](../experiments/{claim.name}/README.md) | §{claim.section} "
        f"| {verdict.outcome if (verdict := stated(claim)) else 'not computed yet'} |\n"
        for claim in claims
    )
    return HEAD + "".join(lines)
