"""Good projects, made once and copied for each case; the bad input is the only thing wrong in the copy."""

import shutil
from collections.abc import Callable
from pathlib import Path

import yaml

from pipeline.configuration.params import PLACEHOLDER
from tests.reporting import published

ROOT = Path(__file__).parents[2]
CSV = "a,b,t\n" + "1,2,x\n3,4,y\n5,6.5,x\n7,8,y\n" * 4


def write_params(folder: Path, *, experiments: tuple[str, ...] = ("alpha",), **data: str | None) -> None:
    """params.yaml with these ``data`` keys; without them, the bundled set iris."""
    section = {"source": "iris", "path": PLACEHOLDER, "labels": PLACEHOLDER, "target": None, "groups": None}
    values = {"data": {**section, "task": None, **data}, "split": {"ratio": [5, 1, 1], "seed": 1, "stratify": True}}
    text = yaml.safe_dump({**values, "experiments": list(experiments)})
    (folder / "params.yaml").write_text(text, encoding="utf-8")


def file(folder: Path) -> None:
    """What prepare needs: t.csv with the target t."""
    shutil.copy(ROOT / "dvc.yaml", folder)
    write_params(folder, source="file", path="t.csv", target="t")
    (folder / "t.csv").write_text(CSV, encoding="utf-8")


def split(folder: Path) -> None:
    """What split, and train with conf/ beside it, need."""
    published.project(folder)
    shutil.copytree(ROOT / "conf", folder / "conf")


def results(folder: Path) -> None:
    """What select needs: two experiments."""
    published.complete(folder)


PROJECTS: dict[str, Callable[[Path], None]] = {"file": file, "split": split, "results": results}
TRIAL = ("network.hidden=[2]", "stopping.epochs=2")
# Projects that a stage makes of another: (the other, the stage, its command line).
STAGES_BEFORE: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "selected": ("results", "select", ()),
    "evaluated": ("selected", "evaluate", ()),
    "trained": ("split", "train", TRIAL),
}
