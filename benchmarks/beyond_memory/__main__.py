"""Print what each stage takes on a table that is larger than its memory; see docs/data.md."""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

import yaml

from benchmarks.beyond_memory import limited, table
from benchmarks.pipeline import Project

KILLED = (-9, 137)  # by the kernel: of the process itself, and of a child of the shell
STAGES = ("prepare", "split", "check", "train", "select", "baselines", "evaluate", "report")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.beyond_memory", description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=1.0, help="of the table's numbers as float32")
    parser.add_argument("--columns", type=int, default=250)
    parser.add_argument("--memory", type=float, default=0.4, help="gigabytes that a stage gets")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--format", choices=table.FORMATS, default="parquet")
    parser.add_argument("--folder", type=Path, help="where there is room for three times the table; kept if given")
    parser.add_argument("--from", dest="first", choices=STAGES, help="go on with this stage in --folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = options.folder or Path(place)
        measure(folder, options)


def measure(folder: Path, options: argparse.Namespace) -> None:
    rows = table.rows_of(options.gigabytes, options.columns)
    if not options.first:
        shutil.rmtree(folder / "project", ignore_errors=True)
        project = Project(folder / "project").folder
        data = table.write(folder, options.format, rows, options.columns)
        set_up(project, data, options.epochs)
    stages = STAGES[STAGES.index(options.first or STAGES[0]) :]
    print(f"{rows:,} rows of {options.columns} columns, {options.gigabytes} GB, as {options.format}; "
          f"{options.memory} GB of memory", flush=True)  # fmt: skip
    for stage in stages:
        words = [sys.executable, "-m", f"pipeline.stages.{stage}", *(["experiment=large"] if stage == "train" else [])]
        with limited.limited(int(options.memory * 1e9)) as group:
            spent = group.run(words, folder / "project", environment())
        print(f"{stage:10s} {spent.seconds:8.1f} s {spent.peak / 1e6:8.0f} MB", flush=True)
        if stage == "prepare":
            for path in folder.glob(f"*.{options.format}"):
                path.unlink()  # no later stage reads it, and there may be no room for a third copy
        if spent.status:
            print(spent.said)
            why = ", killed for it wanted more memory" if spent.status in KILLED else ""
            sys.exit(f"{stage} ended with {spent.status}{why}")


def set_up(project: Path, data: dict[str, str], epochs: int) -> None:
    """One experiment of one network."""
    path = project / "params.yaml"
    params = yaml.safe_load(path.read_text())
    params["data"].update(data)
    params["experiments"] = ["large"]
    path.write_text(yaml.safe_dump(params, sort_keys=False))
    values = {"network": {"hidden": [30]}, "optimizer": {"batch_size": 100}}
    values |= {"stopping": {"epochs": epochs, "patience": 0}}
    sweep = {"hydra": {"mode": "MULTIRUN", "sweeper": {"params": {"optimizer.learning_rate": "0.03"}}}}
    (project / "conf/experiment/large.yaml").write_text("# @package _global_\n" + yaml.safe_dump(values | sweep))


def environment() -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": ".", "DVC_NO_ANALYTICS": "true", "HOLDOUT_TRACKING": "off"}


if __name__ == "__main__":
    main()
