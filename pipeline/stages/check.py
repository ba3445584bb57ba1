"""check: what could make a score on these rows mean less than it seems; of the test rows, only split's counts."""

from pipeline.auditing.crossing import crossing
from pipeline.auditing.inspection import inspect
from pipeline.auditing.pitfalls import ALARM, WARNING, Finding, settled, unused
from pipeline.configuration.accepting import read_accepted
from pipeline.console import run_stage, say
from pipeline.sealing.confine import confine
from pipeline.storage.audits import DATA_CHECKS, read_counts, write_checks
from pipeline.storage.parts import OpenData, read_split


def findings(opened: OpenData, counts: dict[str, object]) -> list[Finding]:
    """What is found of the open rows, and of the test rows by their counts."""
    beside = crossing(opened.validation, opened.train, opened.card)
    return inspect(opened.train, opened.validation, {"validation": beside, "test": counts}, opened.card)


def main() -> None:
    """data/split and data/parts.json → reports/data-checks.json."""
    confine("check")
    accepted = read_accepted()
    found = settled(findings(read_split(), read_counts()), accepted)
    idle = unused(found, {code: given for code, given in accepted.items() if code != "HD14"})
    write_checks({"findings": [one.to_json() for one in found], "unused": idle})
    for one in found:
        say(one.in_words())
    for name in idle:
        say(f"note: checks.accept in params.yaml names {name}, of which nothing is found")
    open_ones = [one for one in found if not one.accepted]
    grave = [_number(sum(one.severity == kind for one in open_ones), kind) for kind in (ALARM, WARNING)]
    say(f"checked the data: {', '.join(grave)}, {_number(len(found), 'finding')} in all; {DATA_CHECKS}")


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


if __name__ == "__main__":
    run_stage(main)
