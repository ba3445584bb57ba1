"""The prepare command on a table of numbers, against polars.read_csv on the same file, interleaved.

After it, once each: split and check, which hold many rows in samples, and prepare of the same table as Parquet, all
rows in one row group.

Run as ``python -m benchmarks.prepare``; polars reads the file in this process and makes nothing of it, and its import
is not counted. Peaks are of anonymous memory (RssAnon), looked at fifty times a second.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars
import psutil
import pyarrow.csv
import pyarrow.parquet
import yaml

ROOT = Path(__file__).resolve().parents[1]
COLUMNS = 51
CHUNK = 10_000


def write_table(path: Path, rows: int) -> None:
    """Rows of 50 numbers of six digits and a target of three classes."""
    rng = np.random.default_rng(559)
    names = [f"x{index}" for index in range(COLUMNS - 1)]
    with path.open("w") as stream:
        stream.write(",".join([*names, "kind"]) + "\n")
        for start in range(0, rows, CHUNK):
            X = rng.normal(size=(min(CHUNK, rows - start), COLUMNS - 1))
            lines = np.column_stack([X, np.digitize(X[:, :5].sum(axis=1), [-1, 1])])
            np.savetxt(stream, lines, "%.6f," * (COLUMNS - 1) + "%d")


def write_parquet(path: Path, table: Path) -> None:
    """The table again, with all rows in one row group."""
    found = pyarrow.csv.read_csv(table)
    pyarrow.parquet.write_table(found, path, row_group_size=len(found))


def write_params(folder: Path, table: Path) -> None:
    """The project's settings, with the table in the place of its source."""
    values = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    values["data"] |= {"source": "file", "path": table.name, "target": "kind"}
    (folder / "params.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    (folder / "dvc.yaml").write_bytes((ROOT / "dvc.yaml").read_bytes())


def stage(folder: Path, name: str) -> tuple[float, float]:
    """Seconds of the command, and MiB of anonymous memory at its peak."""
    begin, peak = time.perf_counter(), 0
    command = [sys.executable, "-m", f"pipeline.stages.{name}"]
    with subprocess.Popen(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL
    ) as run:
        while run.poll() is None:
            peak = max(peak, _anonymous(run.pid))
            time.sleep(0.02)
    if run.returncode:
        raise RuntimeError(f"{name} failed: see above")
    return time.perf_counter() - begin, peak / 1024


def _anonymous(pid: int) -> int:
    """KiB, 0 when the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("RssAnon")), 0)


def read(table: Path) -> float:
    begin = time.perf_counter()
    polars.read_csv(table)
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prepare", description=__doc__)
    parser.add_argument("--rows", type=int, default=600_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_table(folder / "t.csv", options.rows)
        write_params(folder, folder / "t.csv")
        size = (folder / "t.csv").stat().st_size / 2**20
        print(f"{options.rows} × {COLUMNS}, {size:.0f} MiB, {psutil.cpu_count()} cores")
        rounds = [(*stage(folder, "prepare"), read(folder / "t.csv")) for _ in range(options.rounds)]
        further = {name: stage(folder, name) for name in ("split", "check")}
        write_parquet(folder / "t.parquet", folder / "t.csv")
        write_params(folder, folder / "t.parquet")
        further["prepare of Parquet"] = stage(folder, "prepare")
    taken, peaks, theirs = (np.array(values) for values in zip(*rounds, strict=True))
    print(f"prepare {np.median(taken):.2f} s, polars.read_csv {np.median(theirs):.2f} s")
    print(f"ratio {np.median(taken / theirs):.2f}, peak {peaks.max():.0f} MiB of anonymous memory")
    for name, (seconds, peak) in further.items():
        print(f"{name} {seconds:.2f} s, peak {peak:.0f} MiB")


if __name__ == "__main__":
    main()
