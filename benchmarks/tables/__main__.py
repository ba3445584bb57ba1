"""make bench-tables: ours beside the others on ten real tables; see docs/benchmarks.md for how to read it."""

import os

# Before NumPy and PyTorch are imported: one thread each.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")

import argparse
from pathlib import Path

from benchmarks.tables import dealt, running
from benchmarks.tables.kept import Kept
from benchmarks.tables.peers import PEERS

RECORD = Path(__file__).resolve().parents[1] / "results/tables.csv"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tables", description=__doc__)
    parser.add_argument("--data", type=Path, default=dealt.TABLES, help="folder of the tables and their index.json")
    parser.add_argument("--cache", type=Path, default=Path(".bench/tables"), help="folder of the kept results")
    parser.add_argument("--splits", type=int, default=len(dealt.SEEDS), choices=range(1, len(dealt.SEEDS) + 1))
    parser.add_argument("--table", action="append", help="all ten by default")
    parser.add_argument("--only", action="append", choices=[*PEERS], help="all contestants by default")
    options = parser.parse_args()
    tables = [table for table in dealt.tables(options.data) if not options.table or table.name in options.table]
    kept, names = Kept(options.cache, RECORD), [name for name in PEERS if not options.only or name in options.only]
    running.run_peers(
        tables, options.splits, names, kept, options.cache / "prepared", lambda line: print(line, flush=True)
    )


if __name__ == "__main__":
    main()
