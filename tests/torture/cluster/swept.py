"""The project whose sweep is trained on the hosts: small data, one experiment, some seconds a trial."""

import json
import shutil
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from tests.project import ROOT, change, copy_program
from tests.torture.cluster.hosts import Host, Variables
from tests.torture.io_failures import contents

EXPERIMENT = "sweep"
KEPT = ("pipeline", ".git")
OF_THE_SWEEP = {"checkpoint_seconds": 0.3, "trials_per_job": 4}
RATES = (0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.02, 0.03)
HIDDEN = (20, 30, 40, 50, 60, 70, 80, 100)
SIZES = {4: (2, 2), 16: (4, 4), 64: (8, 8)}  # by trials: rates, numbers of neurons


class SweptProject:
    """A project on a disk of the hosts, taken back to its beginning before each fault.

    Attributes:
        folder: where it lies, as seen outside of the hosts; place: on them.
        copies: where it lies on other hosts, which don't share the disk; halved: its trials pause, and most are pruned.
        trials: of its sweep.
    """

    def __init__(
        self, folder: Path, place: Path, size: tuple[int, int], epochs: int, copies: Sequence[Path], halved: bool
    ) -> None:
        self.folder, self.place, self.trials, self.copies = folder, place, size[0] * size[1], list(copies)
        folder.mkdir(parents=True)
        copy_program(folder)
        for name in ("conf", ".dvc"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("cache", "tmp"))
        for name in ("dvc.yaml", ".dvcignore"):
            shutil.copyfile(ROOT / name, folder / name)
        self._settings(size, epochs, halved)
        self._saved = folder.with_name(f"{folder.name}-saved")

    def _settings(self, size: tuple[int, int], epochs: int, halved: bool) -> None:
        change(self.folder / "params.yaml", lambda values: values, source=ROOT / "params.yaml")
        change(self.folder / "params.yaml", lambda values: values.update(experiments=[EXPERIMENT]))
        change(self.folder / "params.yaml", lambda values: values["data"].update(source="digits"))
        params = {
            "optimizer.learning_rate": ",".join(map(str, RATES[: size[0]])),
            "network.hidden": ",".join(f"[{one}]" for one in HIDDEN[: size[1]]),
        }
        values = {"optimizer": {"batch_size": 1}, "stopping": {"epochs": epochs, "patience": 0}}
        search = {"draw": "grid", "min_epochs": max(1, epochs // 9)} if halved else {}
        sweeper = {"mode": "MULTIRUN", "sweeper": {**search, "params": params}}
        defaults = {"defaults": [{"override /hydra/sweeper": "halving"}]} if halved else {}
        text = yaml.safe_dump({**defaults, **values, "hydra": sweeper}, sort_keys=False)
        (self.folder / f"conf/experiment/{EXPERIMENT}.yaml").write_text(f"# @package _global_\n{text}")
        change(self.folder / "conf/config.yaml", lambda values: values.update(OF_THE_SWEEP))

    def prepare(self, host: Host, variables: Variables) -> None:
        """Run what comes before the training, and keep that as the beginning."""
        host.run(["git", "init", "-q"], folder=self.place)
        host.run(["dvc", "repro", "check"], {**variables, "HOLDOUT_TRACKING": "off"}, self.place)
        shutil.copytree(self.folder, self._saved, symlinks=True, ignore=shutil.ignore_patterns(*KEPT))

    def reset(self) -> None:
        for folder in (self.folder, *self.copies):
            folder.mkdir(exist_ok=True)
            for path in folder.iterdir():
                if path.name not in KEPT:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            shutil.copytree(self._saved, folder, symlinks=True, dirs_exist_ok=True)
            if not (folder / "pipeline").exists():
                shutil.copytree(self.folder / "pipeline", folder / "pipeline")

    @property
    def stores(self) -> list[Path]:
        return [folder / ".trials" for folder in (self.folder, *self.copies)]

    def contents(self) -> dict[str, str]:
        """SHA-256 of every output."""
        return contents(self.folder)

    def finished(self) -> dict[str, dict[str, Any]]:
        """Of each finished trial who trained it, and when, by its key."""
        found = {}
        for path in (self.folder / ".trials").glob("*/run.json"):
            with suppress(OSError, ValueError):
                found[path.parent.name] = json.loads(path.read_text())
        return found

    def hosts(self) -> Counter[str]:
        """How many trials each host has finished."""
        return Counter(run["host"] for run in self.finished().values())

    def resumed(self) -> int:
        """How many trials went on from a checkpoint."""
        return sum(run["resumed_after"] is not None for run in self.finished().values())
