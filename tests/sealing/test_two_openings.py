"""Two stages evaluate at once, each confined, in a repository: processes of their own record both openings."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.sealing import gathered
from pipeline.sealing.openings import REFERENCE
from pipeline.stages import select
from tests.project import ROOT, environment
from tests.reporting import published
from tests.sealing.openers import begin, git

pytestmark = [pytest.mark.processes, pytest.mark.slow]


def test_both_are_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOLDOUT_CONFINE", "off")
    begin(tmp_path)
    published.complete(tmp_path)
    select.main()
    command = [sys.executable, "-m", "pipeline.stages.evaluate"]
    variables = environment(PYTHONPATH=str(ROOT), HOLDOUT_TRACKING="off")
    stages = [subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [stage.communicate()[1] for stage in stages]
    assert [stage.returncode for stage in stages] == [0, 0], said
    assert not [line for line in said if "can't be written" in line]
    assert len(gathered.gather().entries) == 2
    assert gathered.gather().faults == gathered.gather().notes == []
    assert git("rev-list", "--count", REFERENCE) == "2"
