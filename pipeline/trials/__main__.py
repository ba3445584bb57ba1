"""The store of trials: python -m pipeline.trials list | show | plot | diff | push | fetch | remote | …"""

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pipeline.console import run_stage, say
from pipeline.readable import score_text

if TYPE_CHECKING:
    from pipeline.trials.store import Entry

UNITS = ("B", "kB", "MB", "GB", "TB")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m pipeline.trials", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="all trials: what became of them, and which experiments have them")
    shown = commands.add_parser("show", help="one trial: its settings and what came out")
    shown.add_argument("key", help="the beginning of a key")
    plot = commands.add_parser("plot", help="curves of trials, and what went on inside their layers, as a page")
    plot.add_argument("keys", nargs="*", metavar="KEY", help="beginnings of keys; none: the latest ad-hoc sweep")
    plot.add_argument("--to", metavar="FILE", help=".html, or .svg for the curves alone; else under reports/trials")
    diff = commands.add_parser("diff", help="what differs between two trials, or between one and now")
    diff.add_argument("key", help="the beginning of a key")
    diff.add_argument("other", nargs="?", default="now", help="that of another; now: its settings, trained today")
    prune = commands.add_parser("prune", help="remove the trials that no experiment of params.yaml has any more")
    prune.add_argument("--dry-run", action="store_true", help="only say what would go")
    prune.add_argument("--ad-hoc", action="store_true", help="give up the trials of ad-hoc runs as well")
    _add_remote_commands(commands)
    commands.add_parser("verify", help="train the selected trial again and compare the weights, bit for bit")
    commands.add_parser("permutation", help="train the selected settings on shuffled labels: nothing to learn")
    options = parser.parse_args()
    if options.command in ("push", "fetch", "remote"):
        return _carry(options)
    if options.command == "verify":
        return _verify()
    if options.command == "permutation":
        return _permutation()
    if options.command == "list":
        return _list()
    if options.command == "diff":
        return _diff(options.key, options.other)
    if options.command == "plot":
        return _plot(options.keys, options.to)
    return _show(options.key) if options.command == "show" else _prune(options.dry_run, options.ad_hoc)


def _add_remote_commands(commands: Any) -> None:
    """Their names say what they do, as in DVC; see remote_commands.py."""
    push = commands.add_parser("push", help="send trials to a remote: all that it lacks, or those of these keys")
    fetch = commands.add_parser("fetch", help="bring trials from a remote: all that the store lacks, or those")
    remote = commands.add_parser("remote", help="which trials a remote has, and which only the store")
    for command in (push, fetch):
        command.add_argument("keys", nargs="*", metavar="KEY", help="beginnings of keys; none: all")
    for command in (push, fetch, remote):
        command.add_argument("--remote", metavar="URL", help="in place of trials_remote in params.yaml")


def _carry(options: argparse.Namespace) -> None:
    from pipeline.trials import remote_commands

    if options.command == "remote":
        return remote_commands.show(options.remote)
    return getattr(remote_commands, options.command)(options.keys, options.remote)  # type: ignore[no-any-return]


def _list() -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from pipeline.trials.store import entries

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("key", "status", "experiments", "score"):
        table.add_column(name)
    for name in ("epochs", "size"):
        table.add_column(name, justify="right")
    found = entries()
    for entry in found:
        score = entry.trial.summary.get("score")
        table.add_row(
            entry.key,
            entry.trial.status,
            ", ".join(entry.experiments) or "–",
            score_text(entry.trial.summary.get("metric", ""), score),
            str(entry.epochs),
            _size(entry.size),
        )
    Console(width=None if sys.stdout.isatty() else 100).print(table)
    say(f"{_count(len(found), '')}, {_size(sum(entry.size for entry in found))}")


def _size(count: float) -> str:
    unit = 0
    while count >= 1000 and unit < len(UNITS) - 1:
        count, unit = count / 1000, unit + 1
    return f"{count:.3g} {UNITS[unit]}"


def _show(key: str) -> None:
    from pipeline.trials.folder import flatten
    from pipeline.trials.store import find

    entry = find(key)
    trial = entry.trial
    say(f"{entry.key}: {trial.status}, {entry.epochs} epochs, {_size(entry.size)} in {trial.folder}")
    say(f"experiments: {', '.join(entry.experiments) or 'none'}")
    for facts in (flatten({"result": trial.summary}), flatten(trial.settings)):
        for name, value in sorted(facts.items()):
            say(f"{name}: {value}")


def _plot(keys: list[str], to: str | None) -> None:
    from pipeline.reporting.trial_page import write

    write(keys, to)


def _diff(key: str, other: str) -> None:
    from pipeline.trials.differences import differences

    for line in differences(key, other):
        say(line)


def _prune(dry_run: bool, ad_hoc: bool) -> None:
    from pipeline.configuration.params import load_params
    from pipeline.storage.places import sweep_all_leftovers
    from pipeline.trials.store import drop, unneeded

    if not dry_run:
        sweep_all_leftovers()
    found, by_hand = unneeded(load_params().experiments)
    found += by_hand if ad_hoc else []
    sizes = {entry.key: entry.size for entry in found}
    for entry in found:
        words = ", ".join(entry.experiments) or "no experiment"
        say(f"{entry.key} {entry.trial.status}, of {words}, {_size(sizes[entry.key])}{_fate(entry, dry_run, drop)}")
    say(f"{_count(len(found), '')}, {_size(sum(sizes.values()))}{' would go' if dry_run else ''}")
    if by_hand and not ad_hoc:
        size = _size(sum(entry.size for entry in by_hand))
        say(f"kept beside them: {_count(len(by_hand), 'ad-hoc ')}, {size}; --ad-hoc gives them up")


def _count(number: int, kind: str) -> str:
    return f"{number} {kind}trial{'' if number == 1 else 's'}"


def _fate(entry: "Entry", dry_run: bool, drop: Callable[["Entry"], bool]) -> str:
    if dry_run:
        return ""
    return ": removed" if drop(entry) else ": kept, a process is working on it"


def _verify() -> None:
    from pipeline.trials.verify import verify

    found = verify()
    say(f"trial {found.key} trained again in {found.seconds:.1f} s: the same weights, SHA-256 {found.sha256}")


def _permutation() -> None:
    from pipeline.trials.permutation import permuted

    found = permuted()
    shuffled, selected = (score_text(found.metric, score) for score in (found.shuffled, found.selected))
    say(f"{found.metric} {shuffled} with shuffled labels, {selected} of the selected trial")
    if found.selected >= found.shuffled:
        say("the selected trial is no better than chance: there is nothing in these inputs that it has learned")


if __name__ == "__main__":
    run_stage(main)
