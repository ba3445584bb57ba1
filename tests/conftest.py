"""What all rooms' tests share: a generator, and in which order, by which worker and under which names they are run."""

import os
import subprocess
from collections.abc import Generator
from unittest import mock

import numpy as np
import pytest

from tests import ids

# A mirror beside each stage would double its time: only tests that ask for one have it.
os.environ.setdefault("HOLDOUT_TRACKING", "off")

# Tests that need one of these fixtures, which take seconds, are run by one worker, where it is made once.
MADE_ONCE = ("iris", "bases", "empty_database")
# The longest go first, or one worker ends alone with them. The order is that of their CPU time.
LONGEST = ("tests/torture", "tests/test_pipeline.py")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(559)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks for the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for name in {*MADE_ONCE} & {*getattr(item, "fixturenames", ())}:
            item.add_marker(pytest.mark.xdist_group(name))
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    return next((place for place, start in enumerate(LONGEST) if item.nodeid.startswith(start)), len(LONGEST))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """`make quick` leaves out the tests that are marked ``processes``: no other may start one."""
    if item.get_closest_marker("processes"):
        return (yield)
    with mock.patch.object(subprocess.Popen, "__init__", _refuse):
        return (yield)


def _refuse(process: object, command: object, *_: object, **__: object) -> None:
    pytest.fail(f"starts a process, so mark it `processes`: {command}")


def pytest_make_parametrize_id(val: object) -> str | None:
    return ids.name(val)
