"""How the process ends that trains a job's trials."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.project import ROOT

pytestmark = pytest.mark.processes
SLOW_TO_END = """
import atexit, sys, time
sys.path.insert(0, {root!r})
atexit.register(time.sleep, 1)
from pipeline.launching.__main__ import main
main()
"""


def test_one_that_has_told_all_ends_well_however_long_that_takes(tmp_path: Path) -> None:
    """Its job closes what it reads from as soon as it has heard all: that once ended it by a signal."""
    command = [sys.executable, "-c", SLOW_TO_END.format(root=str(ROOT))]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin and process.stdout
        process.stdin.write("{}\n")
        process.stdin.flush()
        told = process.stdout.read()
        process.stdin.close()
        assert process.wait(timeout=60) == 0 and "error" in told
