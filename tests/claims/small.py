"""A claim's own settings, made so small that measuring takes no time."""

from typing import Any

from pipeline.claims import catalog
from pipeline.claims.claim import Claim
from pipeline.fields import wrong


def small(claim: Claim, **values: Any) -> dict[str, Any]:
    """The settings with some replaced, each still what the claim asks for."""
    settings = catalog.settings_of(claim) | values
    assert wrong(settings, claim.keys) is None
    assert {*values} <= {*claim.keys}
    return settings
