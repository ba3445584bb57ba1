"""report: write what the pipeline found as one HTML file."""

from pipeline import files
from pipeline.console import run_stage, say
from pipeline.reporting.findings import read_findings
from pipeline.reporting.report import render
from pipeline.sealing.confine import confine

REPORT = files.REPORTS / "report.html"


def main() -> None:
    confine("report")
    files.write_text(REPORT, render(read_findings()))
    say(f"wrote {REPORT}")


if __name__ == "__main__":
    run_stage(main)
