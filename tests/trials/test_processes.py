"""Who trains a trial, and whether they still do."""

import json
import subprocess
import sys
import time
from typing import Any

import pytest

from pipeline.trials.processes import alive, identity


def test_this_process_is_alive() -> None:
    assert alive(identity())


@pytest.mark.parametrize(
    "change",
    [{"process_start": 1.0}, {"pid": 2**22 + 1}, {"pid": "x"}, {"pid": None}, {"process_start": None}, {"pid": -1}],
)
def test_another_process_with_the_same_id_or_none_is_not_it(change: dict[str, Any]) -> None:
    assert not alive({**identity(), **change})


def test_another_host_is_taken_at_its_word_and_nobody_is_not_alive() -> None:
    assert alive({**identity(), "host": "elsewhere", "pid": 2**22 + 1})
    assert not alive({})


@pytest.mark.processes
def test_a_process_that_waits_to_be_buried_is_dead() -> None:
    program = "from pipeline.trials.processes import identity\nimport json\nprint(json.dumps(identity()), flush=True)"
    with subprocess.Popen([sys.executable, "-c", f"{program}\ninput()"], stdin=-1, stdout=-1, text=True) as child:
        assert child.stdout is not None and child.stdin is not None
        run = json.loads(child.stdout.readline())
        assert alive(run)
        child.stdin.close()
        assert child.stdout.read() == ""  # it has ended, and nobody has asked for its status
        deadline = time.monotonic() + 20
        while alive(run):
            assert time.monotonic() < deadline
