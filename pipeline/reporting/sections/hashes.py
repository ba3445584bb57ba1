"""The hashes that equal inputs give again."""

from typing import Any

from pipeline.reporting.findings import Findings


def facts(findings: Findings) -> dict[str, Any]:
    paper = findings.certificate
    return {
        "model_sha256": paper["model_sha256"],
        "code": paper["code"],
        "test_sha256": findings.metrics["test_sha256"],
        "split": dict(sorted(paper["split"].items())),
    }
