"""The notes' claims: compute one by its name, or show the verdicts of all.

python -m pipeline.claims redundancy
"""

import argparse

from rich.table import Table

from pipeline.claims import catalog, publishing
from pipeline.claims.claim import Claim, Judgment
from pipeline.console import run_stage, say, show
from pipeline.storage import documents


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m pipeline.claims", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="the claim to compute; without it, the table of verdicts"
    )
    parser.add_argument("--list", action="store_true", help="only print the names")
    options = parser.parse_args()
    if options.list:
        say("\n".join(catalog.names()))
    elif options.name:
        claim = catalog.find(options.name)
        verdict = publishing.compute(claim)
        say(f"{claim.name}: {verdict.outcome}. {verdict.numbers}\nsee experiments/{claim.name}/README.md")
    else:
        claims = [catalog.find(name) for name in catalog.names()]
        show(verdicts([(claim, _published(claim)) for claim in claims]))
        documents.write_text(publishing.INDEX, publishing.index(claims))


def _published(claim: Claim) -> Judgment | None:
    """The verdict that is kept, its page brought up to date: DVC may have taken the results from its cache."""
    if verdict := publishing.kept(claim):
        publishing.publish(claim, verdict)
    return verdict


def verdicts(found: list[tuple[Claim, Judgment | None]]) -> Table:
    """Each claim with its verdict and the first sentence of the numbers; its page has all."""
    table = Table("", "claim", "§", "verdict", "numbers", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for claim, verdict in found:
        said = verdict or Judgment("not computed yet", f"python -m pipeline.claims {claim.name}")
        first = said.numbers.partition(". ")[0].rstrip(".")
        table.add_row(claim.number, claim.name, claim.section, said.outcome, first)
    return table


if __name__ == "__main__":
    run_stage(main)
