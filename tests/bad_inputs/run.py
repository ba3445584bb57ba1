"""Runs a stage in this process as its command line would, within a memory limit, and looks at what it left."""

import contextlib
import hashlib
import importlib
import os
import resource
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest import mock

import psutil
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig

from pipeline.console import run_stage
from pipeline.sealing import confine
from pipeline.sealing.boundaries import boundaries
from pipeline.stages import train
from pipeline.trials import trial

ROOM = 512 << 20  # bytes of address space that a stage may take on top of what this process has
STAGES = {
    **{name: f"pipeline.stages.{name}" for name in ("prepare", "split", "train", "select", "evaluate", "report")},
    "summary": "pipeline.reporting.summary",
}


def main(stage: str, words: tuple[str, ...], folder: Path) -> int:
    """Run ``stage`` in ``folder`` with the command line ``words``; its exit status."""
    module = importlib.import_module(STAGES[stage])
    mistakes = train.MISTAKES if stage == "train" else ()
    with _as_its_own_process(stage, words, folder), _little_memory():
        try:
            run_stage(module.main, mistakes)
        except SystemExit as end:
            return int(end.code or 0)
    return 0


@contextlib.contextmanager
def _as_its_own_process(stage: str, words: tuple[str, ...], folder: Path) -> Iterator[None]:
    """Its folder, arguments and environment. It plans its confinement, but does not bind this process."""
    quiet = {"HOLDOUT_TRACKING": "off", "HOLDOUT_DEBUG": "0", "OMP_NUM_THREADS": "1"}

    def plan(name: str, words: Sequence[str], from_start: bool) -> confine.Confinement:
        boundaries(name, Path.cwd().resolve(), words)
        return confine.Confinement(name, confine.LANDLOCK, 0, from_start)

    trial.open_split.cache_clear()
    GlobalHydra.instance().clear()
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, quiet),
        mock.patch.object(sys, "argv", [f"{stage}.py", *words]),
        mock.patch.object(confine, "_hold", plan),
        mock.patch.object(confine, "_held", []),
    ):
        try:
            yield
        finally:
            GlobalHydra.instance().clear()
            HydraConfig.instance().cfg = None


@contextlib.contextmanager
def _little_memory() -> Iterator[None]:
    """What asks for more than ROOM gets a MemoryError: a traceback, or the line that only a fair file may get."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + ROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def tree(folder: Path) -> dict[str, str]:
    """Every file's hash, and where every symlink leads.

    Left out are locks, which hold nothing and stay by design, .trials/hydra, where Hydra notes a sweep's words, and
    what stages note of the circumstances in which they run.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"→ {os.readlink(path)}"
        elif path.is_file() and path.suffix != ".lock" and not set(path.parts) & {"hydra", "circumstances"}:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found
