"""The short versions of ``make torture`` that .ci/run runs."""

from pathlib import Path

import pytest

from tests.torture import disk, io_failures, kills, power_cuts
from tests.torture.faults import POSSIBLE

pytestmark = [
    pytest.mark.ci,
    pytest.mark.processes,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not POSSIBLE, reason="needs Linux and a C compiler"),
]


def test_kills_lose_nothing(tmp_path: Path) -> None:
    """One of the process group, of dvc and of a trainer."""
    found = kills.suite(tmp_path, kills=3, seed=559, tracked_share=1000)
    assert found.done.total() == 3
    assert not found.wrong, "\n".join(found.wrong)


def test_a_failing_disk_leaves_the_old_or_the_new_state(tmp_path: Path) -> None:
    """Every 60th change of all stages."""
    every, tried, wrong = io_failures.suite(tmp_path, every=60, workers=1)
    assert every > 500 and tried > 8
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("kind", ["ext4", "xfs"])
def test_a_power_cut_loses_nothing_that_was_said(tmp_path: Path, kind: str) -> None:
    """A trial, an opening of the test set and MLflow's mirror: cut right after them, and at two changes on the way."""
    if reason := disk.missing(kind):
        pytest.skip(reason)
    found = power_cuts.suite(tmp_path, kind, points=2, seed=559, which=power_cuts.SMALL)
    assert found["cut"] >= 3
    assert not found["wrong"] and not found["unsynced"], power_cuts.in_words(kind, found)
