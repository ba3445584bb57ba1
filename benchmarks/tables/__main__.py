"""make bench-tables: ours beside the others on ten real tables; see docs/benchmarks.md for how to read it."""

import os

# Before NumPy and PyTorch are imported: one thread each.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")

import argparse
import datetime
import sys
from pathlib import Path

from benchmarks import markdown
from benchmarks.tables import costs, dealt, figure, looks, page
from benchmarks.tables.kept import Kept, Try, versions, write_record
from benchmarks.tables.measures import by_validation
from benchmarks.tables.peers import KIT, PEERS, SKLEARN
from benchmarks.tables.running import OURS, TEST, VALIDATION, Bench
from benchmarks.tables.standing import Standing, by_try, comparable, stand
from benchmarks.tables.sweep import CONF, PACKAGES, Sweep

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks/results"
BEGIN, COSTS = "<!-- written by make bench-tables: begin -->", "<!-- written by its --costs: begin -->"


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tables", description=__doc__)
    parser.add_argument("--data", type=Path, default=dealt.TABLES, help="folder of the tables and their index.json")
    parser.add_argument("--cache", type=Path, default=ROOT / ".bench/tables", help="folder of the kept results")
    parser.add_argument("--splits", type=int, default=len(dealt.SEEDS), choices=range(1, len(dealt.SEEDS) + 1))
    parser.add_argument("--table", action="append", help="all by default")
    parser.add_argument("--only", action="append", choices=["ours", *PEERS], help="try no others; all are shown")
    parser.add_argument("--experiment", default="tables", help="of conf/experiment: what ours is")
    parser.add_argument("--override", action="append", default=[], help="such as optimizer.learning_rate=0.02,0.04")
    parser.add_argument("--part", choices=[VALIDATION, TEST], default=TEST, help="validation: ours, by open rows only")
    parser.add_argument("--show", action="store_true", help="try nothing, show what is kept")
    parser.add_argument("--costs", action="store_true", help="measure only what a fit and a sweep cost, see costs.py")
    parser.add_argument("--rounds", type=int, default=3, help="of --costs")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md, its plot and benchmarks/results")
    options = parser.parse_args()
    if not (CONF / f"experiment/{options.experiment}.yaml").exists():
        parser.error(f"--experiment {options.experiment}: there is no conf/experiment/{options.experiment}.yaml")
    if options.write and options.part == VALIDATION:
        parser.error("--write is for results on test rows: leave --part validation out")
    return options


def made(options: argparse.Namespace) -> Bench:
    found = [table for table in dealt.tables(options.data) if not options.table or table.name in options.table]
    wished = Sweep(options.experiment, tuple(options.override))
    kept = Kept(options.cache, RESULTS / "tables.csv")
    return Bench(found, options.splits, [*PEERS, OURS], wished, options.part, kept, options.cache / "prepared")


def main() -> None:
    options = parsed()
    bench = made(options)
    if options.costs:
        report = [described(), "", *costs.lines(bench, options.rounds, told)]
        publish(options, report, COSTS)
        return
    if not options.show:
        wished = {OURS if name == "ours" else name for name in options.only or [OURS, *PEERS]}
        train(bench, wished if options.part == TEST else {OURS})
    results, names, tables = by_try(bench.results()), bench.names, [table.name for table in bench.tables]
    if options.part == VALIDATION:  # ours by what it was chosen by; so were the others
        results = {key: {**found, **by_validation(found)} for key, found in results.items()}
    found = stand(results, tables, comparable(results, tables, names), options.splits)
    report = [described(), "", *page.lines(found, options.part), "", *page.goals(found)]
    report += page.left_out(tables, names, results, found)
    publish(options, report, BEGIN, found)


def train(bench: Bench, names: set[str]) -> None:
    words = " ".join([f"experiment={bench.sweep.experiment}", *bench.sweep.words])

    def look(one: Try) -> None:
        if bench.part == TEST:
            looks.note(RESULTS / "looks.csv", one, words if one.contestant == OURS else "")

    bench.run(names, look, told)


def told(line: str) -> None:
    """What goes on, while the report is not there yet."""
    print(line, file=sys.stderr, flush=True)


def described() -> str:
    packages = versions(sorted({*SKLEARN, *KIT, *PACKAGES})) or versions(sorted({*SKLEARN, *PACKAGES}))
    command = " ".join(["python -m benchmarks.tables", *sys.argv[1:]])
    return f"`{command}` on {datetime.date.today()}, {looks.commit()}, {markdown.machine()}; {packages}."


def publish(options: argparse.Namespace, report: list[str], begin: str, found: Standing | None = None) -> None:
    """Print; with --write, into the documents too."""
    print("\n".join(report))
    if not options.write:
        return
    text = "\n".join(report) + "\n"
    if found is not None:
        if page.AGAINST in found.names and found.tables:
            figure.draw(found, ROOT / "docs/bench-tables.png")
            text += "\n![Scores and ranks](bench-tables.png)\n"
        text += f"\nLooks at test rows:\n\n{looks.table(RESULTS / 'looks.csv')}\n"
        write_record(RESULTS / "tables.csv", made(options).results())
    markdown.write_between_marks(ROOT / "docs/benchmarks.md", text, begin)


if __name__ == "__main__":
    main()
