"""report: write what the pipeline found as one HTML file, and let MLflow show the selected model and its score."""

from dataclasses import asdict, replace

from pipeline.console import run_stage, say
from pipeline.reporting import charts, conformal, page, wrong_rows
from pipeline.reporting.findings import Findings, read_findings
from pipeline.sealing import circumstances, gathered
from pipeline.sealing.confine import confine
from pipeline.storage import documents
from pipeline.storage.models import read_model
from pipeline.storage.parts import read_part
from pipeline.storage.places import REPORTS, SELECTED, SPLIT
from pipeline.tracking.child import mirrored
from pipeline.trials.folder import MODEL

REPORT, DATA = REPORTS / "report.html", REPORTS / "report-data.json"  # the second is the stage's out
CIRCUMSTANCES = REPORTS / "circumstances.json"  # of the stages' latest runs here, and the looks: no out


def closer(findings: Findings) -> Findings:
    """With what the selected model makes of the validation rows, one by one."""
    model, rows = read_model(SELECTED / MODEL), read_part(SPLIT / "validation", findings.card)
    wrong = wrong_rows.most_wrong(model, rows, findings.card)
    return replace(findings, wrong=wrong, widths=conformal.widths(model, rows, findings.card))


def main() -> None:
    confine("report")
    with mirrored():
        findings = read_findings()
        findings = closer(findings)
        facts = page.found(findings)
        documents.write_text(REPORT, page.render(findings, facts))
        documents.write_json(DATA, page.lasting(facts))
        charts.write_charts(findings)
        documents.write_json(CIRCUMSTANCES, {**circumstances.read(), "looks": asdict(findings.standing)})
    gathered.restore()  # last, for Landlock does not let this process read a file that was not there when it began
    say(f"wrote {REPORT}")


if __name__ == "__main__":
    run_stage(main)
