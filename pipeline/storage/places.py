"""Where the pipeline keeps what it makes, relative to the project's folder."""

from pathlib import Path

from pipeline.storage import atomic

PARAMS = Path("params.yaml")
PREPARED = Path("data/prepared")
SPLIT = Path("data/split")
SEALED_TEST = Path("data/sealed/test")
PARTS = Path("data/parts.json")  # counts of the test part beside the others: all that is known of it before the end
EXPERIMENTS = Path("experiments")
TRIED = EXPERIMENTS / "tried.jsonl"  # how many candidates were scored on which rows
SELECTED = Path("models/selected")
REPORTS = Path("reports")
INSTALLED = Path("installed")  # which code each stage runs, where dvc.yaml can't name the code itself
TRIALS = Path(".trials")
GROWING = TRIALS / "running"  # trials that are not done
SWEEPS = TRIALS / "sweeps"  # which trials each experiment has
HYDRA = TRIALS / "hydra"  # where conf/config.yaml lets Hydra write
CIRCUMSTANCES = TRIALS / "circumstances"  # how each stage ran here: no output of a stage
COPIES = CIRCUMSTANCES / "copies.json"  # other files of the project that hold the data's rows


def sweep_all_leftovers() -> None:
    """Do so in every folder where the stages make their outputs, and where trials are kept."""
    folders = [place.parent for place in (PREPARED, SPLIT, SEALED_TEST, SELECTED, REPORTS / "metrics.json")]
    folders += [TRIALS, GROWING, *EXPERIMENTS.glob("*"), *SWEEPS.glob("*")]
    for folder in folders:
        atomic.sweep_leftovers(folder)
