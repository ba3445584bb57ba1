"""How many models these test rows have scored."""

from typing import Any

from pipeline.reporting.findings import Findings
from pipeline.sealing.ledger import LEDGER

PASSING = True


def facts(findings: Findings) -> dict[str, Any]:
    return {"models_tested": findings.models_tested, "ledger": LEDGER.as_posix()}
