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
SCORING = "evaluate"
ANY = {"item": "any"}  # so that what a stage of several items declares has a name


def stages() -> list[str]:
    """The stages of the program's dvc.yaml, in its order."""
    return list(yaml.safe_load((STARTER / "dvc.yaml").read_text(encoding="utf-8"))["stages"])


def deciding(last: str = SCORING) -> list[str]:
    """The stages that decide the test score: ``last`` and all whose outs lead to it, in the order of dvc.yaml."""
    paths = {name: declared(name, STARTER / "dvc.yaml", ANY) for name in stages()}
    found, rest = {last}, [last]
    while rest:
        deps = paths[rest.pop()][0]
        before = {name for name, (_, outs) in paths.items() if any(_meet(out, dep) for out in outs for dep in deps)}
        rest += before - found
        found |= before
    return [name for name in paths if name in found]


def _meet(one: str, other: str) -> bool:
    """Whether one of the paths lies in the other."""
    first, second = Path(one), Path(other)
    return first.is_relative_to(second) or second.is_relative_to(first)


def code_hash(stage: str) -> str:
    """SHA-256 of the code that ``stage`` depends on, the same in a checkout and where the package is installed."""
    return hash_of(dependencies(stage))


def deciding_hashes() -> dict[str, str]:
    """``code_hash`` of each stage that decides the test score."""
    return {stage: code_hash(stage) for stage in deciding()}


def deciding_files() -> list[Path]:
    """The source files of these stages."""
    return sorted({path for stage in deciding() for path in files_of(dependencies(stage))})


def dependencies(stage: str) -> list[str]:
    """What the program's dvc.yaml declares for ``stage``, where that needs no params.yaml."""
    return declared(stage, STARTER / "dvc.yaml", {})[0]


def hash_of(places: Iterable[str], root: Path = ROOT) -> str:
    """SHA-256 over the names and contents of the source files among ``places``, paths as in dvc.yaml."""
    digest = hashlib.sha256()
    for path in files_of(places, root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def files_of(places: Iterable[str], root: Path = ROOT) -> list[Path]:
    """The source files among ``places``, and the ``__init__.py`` that Python runs before them, sorted."""
    ours = [Path(place) for place in places if Path(place).parts[0] == PACKAGE.name]
    found = {path for place in ours for path in _sources(root / place)}
    found |= {root / folder / "__init__.py" for place in ours for folder in place.parents if folder.parts}
    return sorted(path for path in found if path.is_file())


def _sources(place: Path) -> list[Path]:
    return [path for path in place.rglob("*") if path.suffix in SUFFIXES] if place.is_dir() else [place]
