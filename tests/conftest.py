"""What all rooms' tests share: a generator, and in which order, by which worker and under which names they are run."""

import os
import subprocess
from collections.abc import Generator, Sequence
from typing import Any
from unittest import mock

import numpy as np
import pytest

import pipeline.configuration.composing  # noqa: F401  it tells Hydra of the launcher, for those who compose by Hydra
from tests import ids, workers

# A mirror beside each stage would double its time: only tests that ask for one have it.
os.environ.setdefault("HOLDOUT_TRACKING", "off")

START: Any = subprocess.Popen.__init__


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(559)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "empty_database" in getattr(item, "fixturenames", ()):
            item.add_marker("slow")
    items.sort(key=lambda item: workers.place(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> workers.Scheduling:
    return workers.Scheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """`make quick` leaves out the tests that are marked ``processes``: no other may start one."""
    if item.get_closest_marker("processes"):
        return (yield)
    with mock.patch.object(subprocess.Popen, "__init__", _start_git_only):
        return (yield)


def _start_git_only(process: object, command: Sequence[str], *more: Any, **named: Any) -> None:
    """Git ends within milliseconds."""
    if command[0] != "git":
        pytest.fail(f"starts a process, so mark it `processes`: {command}")
    START(process, command, *more, **named)


def pytest_make_parametrize_id(val: object) -> str | None:
    return ids.name(val)
