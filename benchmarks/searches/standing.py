"""What came of it, as Markdown: means, ranks, and who was better how often."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy import stats

Runs = Sequence[Mapping[str, str]]
Say = Callable[[str], None]
Blocks = Sequence[Mapping[str, Mapping[str, str]]]


def told(runs: Sequence[Mapping[str, str]], names: Sequence[str], marks: Sequence[int], say: Say) -> None:
    """Tables of the runs: of whole blocks only, in which every search, by its name, has run."""
    blocks: dict[tuple[str, str], dict[str, Mapping[str, str]]] = {}
    for one in runs:
        blocks.setdefault((one["data"], one["seed"]), {})[one["search"]] = one
    whole = {key: block for key, block in sorted(blocks.items()) if {*names} <= block.keys()}
    say(f"Best validation score after {marks[-1]} epochs, mean over seeds (error in %; of diabetes squared error):")
    say("")
    say(f"| data | seeds | {' | '.join(names)} |")
    say(f"|---|---:|{'---:|' * len(names)}")
    for data in dict.fromkeys(data for data, _ in whole):
        some = [block for (other, _), block in whole.items() if other == data]
        means = [np.mean([float(block[name][str(marks[-1])]) for block in some]) for name in names]
        shown = [f"{mean:.0f}" if mean > 1 else f"{100 * mean:.2f}" for mean in means]
        say(f"| {data} | {len(some)} | {' | '.join(shown)} |")
    say("")
    _ranks(list(whole.values()), names, marks, say)


def _ranks(blocks: Blocks, names: Sequence[str], marks: Sequence[int], say: Say) -> None:
    """Mean ranks at each mark, and at the last one each search against two others by a sign test."""
    say(f"Mean rank (1 is best, ties share) over {len(blocks)} blocks of a data set and a seed, by trained epochs:")
    say("")
    say(f"| epochs | {' | '.join(names)} | Friedman's p |")
    say(f"|---:|{'---:|' * len(names)}---:|")
    for mark in map(str, marks):
        scores = np.array([[float(block[name][mark]) for name in names] for block in blocks])
        ranked = stats.rankdata(scores, axis=1).mean(axis=0)
        apart = stats.friedmanchisquare(*scores.T).pvalue
        say(f"| {mark} | {' | '.join(f'{rank:.2f}' for rank in ranked)} | {apart:.2g} |")
    say("")
    say("At the end, blocks won, tied and lost, with the p of a sign test (two-sided, ties left out):")
    say("")
    say("| | against grid | against random |")
    say("|---|---|---|")
    for name in names:
        pairs = [(names.index(name), names.index(other)) for other in ("grid", "random")]
        against = ["" if one == other else _signs(scores[:, one], scores[:, other]) for one, other in pairs]
        say(f"| {name} | {' | '.join(against)} |")


def _signs(ours: np.ndarray, theirs: np.ndarray) -> str:
    won, lost = int(np.sum(ours < theirs)), int(np.sum(ours > theirs))
    p = stats.binomtest(won, won + lost).pvalue if won + lost else 1.0
    return f"{won} / {len(ours) - won - lost} / {lost}, p = {p:.2g}"
