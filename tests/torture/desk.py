"""A project on a disk whose power can be cut: commands are run there undisturbed, then cut and run again."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.sealing import gathered
from pipeline.storage.places import SWEEPS
from tests.project import change, environment, make_project
from tests.torture.disk import Disk, build
from tests.torture.io_failures import contents

PATIENCE = 300  # seconds for a run that is left alone


@dataclass
class Turn:
    """A command, run undisturbed: what was before and after it, and the changes it makes."""

    command: str
    before: Path
    after: dict[str, str]
    opened: int  # openings of the test set before
    changes: list[list[str]]
    keys: dict[tuple[str, int], str] = field(default_factory=dict)  # of trials, by sweep and number


class Desk:
    """A project on a disk of its own, where commands are run, cut and run again.

    The process must be the first of its process namespace, so that it can end all others.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        self.disk = Disk(folder, kind, build(folder))
        self.folder, self.states = self.disk.place / "project", folder / "states"
        self.states.mkdir()
        self.turns: list[Turn] = []
        self.final: dict[str, str] = {}
        self.log = folder / "output"
        self.mended = self.resumed = 0

    def begin(self) -> None:
        self.disk.make()
        make_project(self.folder, {"source": "iris"})
        change(self.folder / "conf/config.yaml", lambda values: values.update(checkpoint_seconds=0.0001))

    def run(self, command: str, **more: str) -> int:
        """Its status; what it says is in ``log``."""
        variables = {"DVC_SITE_CACHE_DIR": str(self.disk.place / "site"), "HOLDOUT_TRACKING": "off", **more}
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                command.split(), cwd=self.folder, env=environment(**variables), stdout=log, stderr=log
            )
            end = time.monotonic() + PATIENCE
            while process.poll() is None and time.monotonic() < end:
                if "CUT_AT" in more and self.disk.was_cut:
                    break
                time.sleep(0.01)
        status = process.poll()
        end_all()
        return -1 if status is None else status

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def take_turns(self, commands: Sequence[str], **more: str) -> None:
        """Run the commands undisturbed, one after the other."""
        for command in commands:
            before = self.states / str(len(self.turns))
            self.disk.save(before)
            with contextlib.chdir(self.folder):
                opened = len(gathered.gather().entries)
            if self.run(command, **more, **self.disk.environment(0, logged=True)):
                raise RuntimeError(f"{command} fails undisturbed:\n{self.said()}")
            self.turns.append(
                Turn(command, before, contents(self.folder), opened, self.disk.changes(), keys(self.folder))
            )


def end_all() -> None:
    """Kill every other process of this namespace, and wait until they are gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def keys(project: Path) -> dict[tuple[str, int], str]:
    found = (json.loads(path.read_bytes()) for path in (project / SWEEPS).glob("*/*.json"))
    return {(one["experiment"], one["job"]): one["key"] for one in found}
