"""Claim 20, what takes longer: 800 units, with elastic distortions, and two layers with dropout."""

from dataclasses import replace

from pipeline.claims import known_networks
from pipeline.claims.known_networks import keys

CLAIM = replace(
    known_networks.CLAIM,
    name="longer_networks",
    number="20b",
    title="Larger networks reach their published errors on the full MNIST files",
    question="Do 800 units with cross-entropy, with elastic distortions, and two layers of them with dropout, err "
    "as seldom as was published of them?",
    section="6",
    formula="Published test errors on MNIST: Simard et al. (2003) for 800 hidden units with cross-entropy, "
    "without and with elastic distortions; about 1.25 % for two layers of 800 with dropout (Srivastava et"
    " al. 2014).",
    keys=keys("units_800", "units_800_elastic", "units_800_800_dropout"),
)
