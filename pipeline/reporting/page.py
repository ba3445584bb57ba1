"""The HTML report: one self-contained file, put together from sections; and its plain values.

A section's module has ``facts``, from Findings to plain values for its template and for reports/report-data.json, or
None where it has nothing to say. If it draws, it has ``figures``: SVG texts by name, or lists of them, which its
template has as ``figures``. ``PASSING = True`` marks facts that depend on more than the inputs (when, where, how
often): they are shown, but are no part of report-data.json.
"""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import jinja2
from markupsafe import Markup

from pipeline.reporting.findings import Findings
from pipeline.reporting.sections import (
    answered,
    beside,
    calibrated,
    candidates,
    certified,
    chosen,
    classwise,
    confined,
    edited,
    hashes,
    headline,
    influential,
    layers,
    looks,
    mistaken,
    origins,
    settled,
    singly,
    soundness,
    tried,
    wrongest,
)

# In the report's order; each has a template of its name beside it.
SECTIONS: tuple[ModuleType, ...] = (
    edited,
    headline,
    looks,
    soundness,
    beside,
    chosen,
    certified,
    candidates,
    mistaken,
    classwise,
    singly,
    calibrated,
    answered,
    wrongest,
    influential,
    tried,
    settled,
    layers,
    origins,
    hashes,
    confined,
)


def found(findings: Findings) -> dict[str, dict[str, Any]]:
    """The facts of all sections that have any, by the section's name."""
    facts = {name_of(section): section.facts(findings) for section in SECTIONS}
    return {name: some for name, some in facts.items() if some is not None}


def lasting(facts: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Those facts that equal inputs give again: what reports/report-data.json holds."""
    passing = {name_of(section) for section in SECTIONS if getattr(section, "PASSING", False)}
    return {name: some for name, some in facts.items() if name not in passing}


def render(findings: Findings, facts: Mapping[str, dict[str, Any]]) -> str:
    """The report as HTML text. It loads nothing from outside and runs no script."""
    environment = templates()
    parts = [
        _rendered(environment, section, findings, facts[name_of(section)])
        for section in SECTIONS
        if name_of(section) in facts
    ]
    trials = [trial for some in findings.sweeps.values() for trial in some]
    text = environment.get_template("report.html.j2").render(
        card=findings.card,
        sections=parts,
        count=len(trials),
        experiments=len({trial.experiment for trial in trials}),
    )
    return unbroken(text)


def templates() -> jinja2.Environment:
    """The templates beside this module."""
    loader = jinja2.PackageLoader("pipeline.reporting", ".")
    return jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def unbroken(text: str) -> str:
    """With no line that begins with the sign of per cent."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def name_of(section: ModuleType) -> str:
    return section.__name__.rpartition(".")[2]


def _rendered(
    environment: jinja2.Environment, section: ModuleType, findings: Findings, facts: Mapping[str, Any]
) -> Markup:
    draw = getattr(section, "figures", None)
    figures = {name: panels(svgs) for name, svgs in draw(findings).items()} if draw else {}
    template = environment.get_template(f"sections/{name_of(section)}.html.j2")
    return Markup(template.render(**facts, figures=figures))


def panels(svgs: str | list[str]) -> Markup:
    """Drawings beside each other, and one below the other where there is no room."""
    return Markup(svgs if isinstance(svgs, str) else f'<div class="panels">{"".join(svgs)}</div>')
