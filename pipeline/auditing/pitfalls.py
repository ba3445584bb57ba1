"""The pitfalls that are looked for, each with a code, and what was found of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.auditing.rounding import rounded

INFO, WARNING, ALARM = "info", "warning", "alarm"
SEVERITIES = (INFO, WARNING, ALARM)
PITFALLS = {
    "HD01": "equal rows in two parts",
    "HD02": "near twins across parts",
    "HD03": "turned or moved images across parts",
    "HD04": "rows that differ in one column across parts",
    "HD05": "equal inputs, different targets",
    "HD06": "a column that gives the target away",
    "HD07": "a column that numbers the rows",
    "HD08": "rows that belong together, in several parts",
    "HD09": "order in time",
    "HD10": "parts that differ",
    "HD11": "classes that a part lacks",
    "HD12": "too few rows",
    "HD13": "one value nearly everywhere",
    "HD14": "no better than a simple rule",
}


@dataclass(frozen=True)
class Finding:
    """What was found.

    Attributes:
        severity: an alarm says that the score will mislead; a warning, that it may; an info is worth knowing.
        said: one line for people. about: the columns, classes or parts that are meant. numbers: what was measured.
        accepted: why the person lets it stand, as params.yaml says; empty if it does not.
    """

    code: str
    severity: str
    said: str
    about: tuple[str, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
    accepted: str = ""

    @property
    def page(self) -> str:
        return f"docs/pitfalls.md#{self.code.lower()}"

    @property
    def title(self) -> str:
        return PITFALLS[self.code]

    def to_json(self) -> dict[str, object]:
        facts = {"code": self.code, "severity": self.severity, "title": self.title, "said": self.said}
        numbers = {name: rounded(value) for name, value in self.numbers.items()}
        return {**facts, "about": list(self.about), "numbers": numbers, "page": self.page, "accepted": self.accepted}

    def in_words(self) -> str:
        """One line for the terminal."""
        end = f" (accepted: {self.accepted})" if self.accepted else f" (see {self.page})"
        return f"{self.severity} {self.code}: {self.said}{end}"


def ordered(findings: Sequence[Finding]) -> list[Finding]:
    """The gravest first."""
    return sorted(findings, key=lambda one: (-SEVERITIES.index(one.severity), one.code))


def settled(findings: Sequence[Finding], accepted: Mapping[str, str | Mapping[str, str]]) -> list[Finding]:
    """The findings with the reasons of params.yaml: by code, or by code and what the finding is about."""
    return [replace(one, accepted=_reason(one, accepted.get(one.code, ""))) for one in findings]


def _reason(finding: Finding, given: str | Mapping[str, str]) -> str:
    if isinstance(given, str):
        return given
    reasons = [given.get(name, "") for name in finding.about]
    return "; ".join(dict.fromkeys(reasons)) if reasons and all(reasons) else ""


def unused(findings: Sequence[Finding], accepted: Mapping[str, str | Mapping[str, str]]) -> list[str]:
    """What params.yaml accepts and nothing is found of: codes, or codes with a name."""
    found = {(one.code, name) for one in findings for name in ("", *one.about)}
    wanted = [(code, name) for code, given in accepted.items() for name in ([""] if isinstance(given, str) else given)]
    return [f"{code} {name}".strip() for code, name in wanted if (code, name) not in found]
