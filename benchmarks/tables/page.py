"""The comparison as Markdown."""

import math
from collections.abc import Iterable, Sequence

from benchmarks.tables.running import OURS
from benchmarks.tables.standing import Results, Standing, tried

AGAINST, TUNED, RIVAL = "HistGradientBoosting, tuned", "MLP, tuned", "RealMLP-TD"


def number(value: float) -> str:
    """Four significant digits, large numbers whole."""
    return "–" if math.isnan(value) else f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def lines(found: Standing, part: str) -> list[str]:
    """Tables of scores, log losses and CPU seconds, then the summary."""
    if not found.tables:
        return ["No table has a result of all contestants yet."]
    what = f"Error (share of wrong classes) or RMSE on {part} rows"
    made = [f"{what}, means over splits; the best in bold, (f) with failures:", ""]
    made += _head(found, "table (splits)")
    made += [_scores(found, row) for row in range(len(found.tables))]
    made += _summary(found)
    if _classified(found):
        made += ["", "Log loss:", "", *_head(found, "table")]
        made += [_row(found.tables[row], map(number, found.log_losses[row])) for row in _classified(found)]
    made += ["", "CPU seconds of a fit, of a search all its fits, one thread:", "", *_head(found, "table")]
    made += [_row(name, map(number, found.cpu_seconds[row])) for row, name in enumerate(found.tables)]
    return made


def _head(found: Standing, first: str) -> list[str]:
    return [_row(first, found.names), "|---|" + "---:|" * len(found.names)]


def _row(first: str, cells: Iterable[str]) -> str:
    return f"| {first} | {' | '.join(cells)} |"


def _scores(found: Standing, row: int) -> str:
    cells = []
    for column, value in enumerate(found.scores[row]):
        best = value == found.scores[row].min()
        cells.append(
            f"{f'**{number(value)}**' if best else number(value)}{' (f)' if found.failures[row, column] else ''}"
        )
    return _row(f"{found.tables[row]} ({found.splits[row]})", cells)


def _classified(found: Standing) -> list[int]:
    return [row for row in range(len(found.tables)) if not math.isnan(found.log_losses[row, 0])]


def _summary(found: Standing) -> list[str]:
    made = [
        _row("wins", map(str, found.wins)),
        _row("mean rank (1 is best)", (f"{v:.2f}" for v in found.ranks.mean(axis=0))),
    ]
    if AGAINST in found.names:
        made.append(_row(f"geometric mean of score / {AGAINST}", (f"{v:.3f}" for v in found.ratios(AGAINST))))
    return made


def goals(found: Standing) -> list[str]:
    """What was aimed at, and what came of it."""
    if OURS not in found.names or not found.tables:
        return []
    made, ranks = [], dict(zip(found.names, found.ranks.mean(axis=0), strict=True))
    of = len(found.tables)
    if TUNED in found.names:
        made.append(f"- Better than {TUNED} (goal: on at least 9 of 10): on {found.better(OURS, TUNED)} of {of}.")
    if RIVAL in found.names:
        made.append(f"- Mean rank (goal: at most {RIVAL}'s): {ranks[OURS]:.2f} against {ranks[RIVAL]:.2f}.")
    if AGAINST in found.names:
        ratio = found.ratios(AGAINST)[found.names.index(OURS)]
        made.append(f"- Geometric mean of the score over {AGAINST}'s (goal: at most 1): {ratio:.3f}.")
    return made


def left_out(tables: Sequence[str], names: Sequence[str], results: Results, found: Standing) -> list[str]:
    """Who was not tried on enough tables to be compared, and which tables not all of the others were tried on."""
    counts = {name: sum(tried(results, table, name) for table in tables) for name in names if name not in found.names}
    made = [f"- {name} is left out: tried on {count} tables so far." for name, count in counts.items()]
    for table in (table for table in tables if table not in found.tables):
        lacking = [name for name in found.names if not tried(results, table, name)]
        made.append(f"- {table} is left out: not tried yet by {', '.join(lacking)}.")
    return made
