"""Remove what the pipeline made, and nothing else: python -m pipeline.sealing.cleaning, which `make clean` calls."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.console import run_stage, say
from pipeline.sealing.declared import declared, names
from pipeline.storage import atomic, documents
from pipeline.storage.places import PARAMS, REPORTS, TRIALS

BESIDE = (REPORTS / "report.html", REPORTS / "circumstances.json")  # made by a stage that doesn't declare them
STORES = (TRIALS, Path("mlartifacts"))
DATABASE = "mlflow.db*"


def made(project: Path = Path()) -> list[Path]:
    """Every place in ``project`` that a stage of dvc.yaml makes, or that the trials and MLflow are kept in.

    Results of experiments count whether params.yaml names them now or not, if conf/experiment has their file.
    """
    known = sorted(path.stem for path in (project / "conf/experiment").glob("*.yaml"))
    params: dict[str, Any] = {**documents.read_yaml(project / PARAMS), "experiments": known}
    outs = [Path(out) for stage in names(project / "dvc.yaml") for out in _outs(stage, project / "dvc.yaml", params)]
    stores = [*STORES, *(path.relative_to(project) for path in sorted(project.glob(DATABASE)))]
    return [
        place for place in (*outs, *BESIDE, *stores) if (project / place).exists() or (project / place).is_symlink()
    ]


def _outs(stage: str, path: Path, params: dict[str, Any]) -> Iterator[str]:
    yield from declared(stage, path, params)[1]
    for name in params["experiments"]:
        if stage == "train":
            yield from declared(f"{stage}@{name}", path, params)[1]


def main() -> None:
    found = made()
    for place in found:
        atomic.remove(place)
    for folder in [parent for place in found for parent in place.parents if parent not in (Path(), REPORTS)]:
        _drop_if_empty(folder)
    say(f"removed {', '.join(map(str, found)) or 'nothing: there was nothing that the pipeline made'}")


def _drop_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


if __name__ == "__main__":
    run_stage(main)
