"""Which code a stage runs, as a hash: of all that the program's own dvc.yaml declares for the stage."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import yaml

import pipeline
from pipeline.sealing.declared import declared

PACKAGE = Path(pipeline.__file__).parent
ROOT = PACKAGE.parent
# What projects start from: in a wheel a folder of the package (see setup.py), in a checkout the checkout itself.
STARTER = PACKAGE / "starter" if (PACKAGE / "starter").is_dir() else ROOT
SUFFIXES = (".py", ".j2")


def stages() -> list[str]:
    """The stages of the program's dvc.yaml, in its order."""
    return list(yaml.safe_load((STARTER / "dvc.yaml").read_text(encoding="utf-8"))["stages"])


def code_hash(stage: str) -> str:
    """SHA-256 of the code that ``stage`` depends on, the same in a checkout and where the package is installed."""
    dependencies, _ = declared(stage, STARTER / "dvc.yaml", {})
    return hash_of(dependencies)


def hash_of(dependencies: Iterable[str], root: Path = ROOT) -> str:
    """SHA-256 over the names and contents of the source files among ``dependencies``, paths as in dvc.yaml."""
    digest = hashlib.sha256()
    places = [root / place for place in dependencies if Path(place).parts[0] == PACKAGE.name]
    for path in sorted({path for place in places for path in _sources(place)}):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources(place: Path) -> list[Path]:
    return [path for path in place.rglob("*") if path.suffix in SUFFIXES] if place.is_dir() else [place]
