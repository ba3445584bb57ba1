"""The short versions of ``make torture`` that .ci/run runs."""

from pathlib import Path

import pytest

from tests.torture import io_failures, kills
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
