"""A sweep through a real Slurm on one host of namespaces; ``make torture-cluster`` has three, Ray, and faults."""

import subprocess
import sys

import pytest

from tests.project import ROOT
from tests.torture.cluster import hosts, slurm

WHY_NOT = hosts.reason() or slurm.reason()

pytestmark = [
    pytest.mark.ci,
    pytest.mark.processes,
    pytest.mark.timeout(600),
    pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT),
]


def test_slurm_trains_what_our_own_workers_would() -> None:
    command = [sys.executable, "-m", "tests.torture.cluster", "--on", "slurm", "--small"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "sweeps of 4 trials that ended well: 1 of 1" in done.stdout
