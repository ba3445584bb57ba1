"""A claim's own settings with some of them smaller, for a quick look at its measuring."""

import yaml

from pipeline.claims.claim import Claim, Values
from tests.project import ROOT


def with_others(claim: Claim, **others: object) -> Values:
    """conf/claims/NAME.yaml, but for these."""
    values: Values = {**yaml.safe_load((ROOT / f"conf/claims/{claim.name}.yaml").read_text()), **others}
    assert values.keys() == claim.keys.keys()
    return values
