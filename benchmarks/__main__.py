"""make bench: print every cell's table; see docs/benchmarks.md for how to read it."""

import os

# Before NumPy, PyTorch and JAX are imported: one core, one thread each.
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import argparse
from pathlib import Path

from benchmarks import markdown
from benchmarks.cells import BATCHES, NETWORKS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--network", action="append", help="such as 784-30-10; all three by default")
    parser.add_argument("--batch", action="append", type=int, help="rows per update, 0 for all; all six by default")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", choices=markdown.PARTS, action="append", help="all parts by default")
    parser.add_argument("--markdown", type=Path, help="write the tables into this file, between its marks")
    options = parser.parse_args()
    networks = [sizes for sizes in NETWORKS if not options.network or "-".join(map(str, sizes)) in options.network]
    batches = [batch for batch in BATCHES if not options.batch or batch in options.batch]
    text = markdown.run(networks, batches, options.rounds, options.only or list(markdown.PARTS))
    if options.markdown:
        markdown.write_between_marks(options.markdown, text)


if __name__ == "__main__":
    main()
