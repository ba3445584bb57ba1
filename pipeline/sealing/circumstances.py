"""How each stage ran here: versions, hardware, and what confined it. No output of a stage: machines differ in it."""

import os
import platform
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.storage import documents
from pipeline.storage.places import CIRCUMSTANCES, COPIES

if TYPE_CHECKING:
    from pipeline.sealing.confine import Confinement

PACKAGES = ("numpy", "scipy", "scikit-learn", "numba", "pyarrow", "dvc", "hydra-core", "mlflow")
INSTALLED = re.compile(r"([\w.]+)-([^-]+)\.dist-info")
MODEL = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)


def note(stage: str, facts: Mapping[str, Any]) -> None:
    """Keep the facts of ``stage`` that is running, in place of those of its last run here."""
    documents.write_json(CIRCUMSTANCES / f"{stage}.json", dict(facts))


def read() -> dict[str, dict[str, Any]]:
    """The facts of the latest run of each stage, by its name; of other runs nothing is kept."""
    paths = sorted(CIRCUMSTANCES.glob("*.json")) if CIRCUMSTANCES.is_dir() else []
    return {path.stem: documents.read_object(path) for path in paths if path.name != COPIES.name}


def copies() -> list[str]:
    """The files of the project that ``prepare`` has found to hold rows of the data, as it names them."""
    found = documents.read_object(COPIES).get("files")
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def of_this_process(held: "Confinement") -> dict[str, Any]:
    """What a stage notes of itself."""
    return {
        "confinement": {name: value for name, value in asdict(held).items() if name != "stage"},
        "python": platform.python_version(),
        "packages": versions(),
        "system": f"{platform.system()} {platform.release()}",
        "processor": processor(),
        "cores": os.cpu_count(),
    }


def versions() -> dict[str, str | None]:
    """Of PACKAGES, by the names of their folders: to read their descriptions takes longer than many a stage."""
    folders = (place for place in sys.path if place.endswith("-packages") and os.path.isdir(place))
    found = [INSTALLED.fullmatch(name) for folder in folders for name in os.listdir(folder)]
    known = {match[1].replace("_", "-").lower(): match[2] for match in reversed(found) if match}
    return {name: known.get(name) for name in PACKAGES}


def processor() -> str:
    """The processor's model; its family where the system doesn't say."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as stream:
            found = MODEL.search(stream.read(4096))
    except OSError:
        found = None
    return found[1] if found else platform.machine()
