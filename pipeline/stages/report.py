"""report: write what the pipeline found as one HTML file, and let MLflow show the selected model and its score."""

from pipeline.console import run_stage, say
from pipeline.reporting.findings import read_findings
from pipeline.reporting.page import render
from pipeline.sealing.confine import confine
from pipeline.storage import documents
from pipeline.storage.places import REPORTS
from pipeline.tracking.child import mirrored

REPORT = REPORTS / "report.html"


def main() -> None:
    confine("report")
    with mirrored():
        documents.write_text(REPORT, render(read_findings()))
    say(f"wrote {REPORT}")


if __name__ == "__main__":
    run_stage(main)
