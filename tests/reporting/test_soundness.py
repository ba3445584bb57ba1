"""What the report says of the data and of simple rules: each sentence is made true and false."""

from typing import Any

import jinja2
import pytest

from pipeline.auditing.pitfalls import ALARM, INFO, WARNING, Finding
from pipeline.reporting.sections import beside, soundness

FOLDER = jinja2.Environment(
    loader=jinja2.PackageLoader("pipeline.reporting", "sections"), undefined=jinja2.StrictUndefined, trim_blocks=True
)
LEAK = Finding("HD06", ALARM, "column paid alone tells 100.0 % of the target", ("paid",))
DATED = Finding("HD09", WARNING, "column when is a date")
SMALL = Finding("HD12", INFO, "the test part has 60 rows")
KNOWN = Finding("HD06", ALARM, "column paid alone tells all", ("paid",), accepted="paid in advance")


def checks(*findings: Finding, unused: tuple[str, ...] = ()) -> str:
    facts = {"findings": [one.to_json() for one in findings], "unused": list(unused)}
    return FOLDER.get_template("soundness.html.j2").render(soundness.in_short(facts))


@pytest.mark.parametrize(
    ("words", "true", "false"),
    [
        ("will mislead while this alarm stands", checks(LEAK), checks(DATED)),
        ("will mislead while these alarms stand", checks(LEAK, LEAK), checks(LEAK)),
        ("will mislead", checks(LEAK), checks(KNOWN)),
        ("column paid alone tells 100.0 %", checks(LEAK), checks(DATED)),
        ("<code>docs/pitfalls.md#hd09</code> shows the way out", checks(DATED), checks(LEAK)),
        ("No leak, no twins across the parts", checks(SMALL), checks(DATED)),
        ("other than what is accepted below", checks(KNOWN), checks()),
        ("The reason given: “paid in advance”", checks(KNOWN), checks(LEAK)),
        ("params.yaml accepts HD07 row, of which nothing was found", checks(unused=("HD07 row",)), checks()),
        ("1 more worth knowing", checks(SMALL), checks(DATED)),
    ],
)
def test_of_the_data_only_what_is_true_is_said(words: str, true: str, false: str) -> None:
    assert words in true
    assert words not in false


def rule(kind: str, difference: float | None, sure: bool = True, skipped: str = "", p: float = 0.001) -> dict[str, Any]:
    pair = {"difference": difference, "p": p if sure else 0.4, "interval": None, "sure": sure}
    score = None if skipped else 0.03
    return {
        "kind": kind,
        "name": f"the rule {kind}",
        "score": score,
        "skipped": skipped,
        "paired": None if difference is None else pair,
    }


def table(*rules: dict[str, Any], note: str = "", findings: tuple[Finding, ...] = (), rows: int = 700) -> str:
    facts = {"metric": "validation/error", "rows": rows, "network": None if note else 0.03, "note": note}
    facts |= {"rules": list(rules), "findings": [one.to_json() for one in findings]}
    return FOLDER.get_template("beside.html.j2").render(beside.in_short(facts))


KNOWN14 = Finding("HD14", ALARM, "x", accepted="a first try")
USUAL, BEATEN = rule("constant", 0.0), rule("constant", -0.2)


@pytest.mark.parametrize(
    ("words", "true", "false"),
    [
        ("(3.00 %) is no better than the rule constant (3.00 %) on the 700", table(USUAL), table(BEATEN)),
        ("it has learned nothing", table(USUAL), table(rule("constant", -0.01, sure=False))),
        ("by no more than chance: by these, it may have", table(rule("constant", -0.01, sure=False)), table(USUAL)),
        ("by no more than chance", table(rule("constant", -0.01, sure=False)), table(BEATEN)),
        ("on 700 validation rows</th>", table(BEATEN), table(BEATEN, rows=1)),
        ("on 1 validation row</th>", table(BEATEN, rows=1), table(BEATEN)),
        ("\N{MINUS SIGN}20.00 %", table(BEATEN), table(USUAL)),
        ("p < 0.0001", table(rule("constant", -0.2, p=6e-164)), table(BEATEN)),
        ("The rule linear is better", table(BEATEN, rule("linear", 0.1)), table(BEATEN, rule("linear", -0.1))),
        (
            "The rule linear and the rule boosting are better",
            table(BEATEN, rule("linear", 0.1), rule("boosting", 0.1)),
            table(BEATEN, rule("linear", 0.1), rule("boosting", 0.1, sure=False)),
        ),
        ("was left out for its cost", table(BEATEN, rule("boosting", None, skipped="long")), table(BEATEN)),
        ("It saw them", table(rule("constant", None), note="it saw them"), table(BEATEN)),
        ("the selected network</td>", table(BEATEN), table(rule("constant", None), note="it saw them")),
        ("p = 0.001", table(BEATEN), table(rule("constant", -0.2, sure=False))),
        ("The reason given: “a first try”", table(BEATEN, findings=(KNOWN14,)), ""),
    ],
)
def test_of_simple_rules_only_what_is_true_is_said(words: str, true: str, false: str) -> None:
    assert words in true
    assert words not in false
