"""How many looks at the test rows the score is one of, sentence by sentence."""

from typing import Any, NamedTuple

from pipeline.reporting.findings import Findings
from pipeline.sealing.standing import Standing

PASSING = True
FINE, ASIDE, MIND, WRONG = "fine", "aside", "mind", "wrong"
TEAM = "python -m pipeline.sealing.ledger"


class Sentence(NamedTuple):
    """Words, and how grave they are: FINE, ASIDE, MIND or WRONG."""

    text: str
    weight: str


def facts(findings: Findings) -> dict[str, Any]:
    return {"sentences": [list(sentence) for sentence in sentences(findings.standing)]}


def sentences(standing: Standing) -> list[Sentence]:
    """What is known of the looks at the test rows, the plainest first."""
    found = [*_history(standing), *_others(standing)]
    found += [Sentence(f"{_begun(fault)}.", WRONG) for fault in standing.faults]
    return found + [Sentence(f"{_begun(note)}.", ASIDE) for note in standing.notes]


def _begun(words: str) -> str:
    """With a capital at the start, unless that is the name of a file."""
    return words if "/" in words.split()[0] else f"{words[:1].upper()}{words[1:]}"


def _history(standing: Standing) -> list[Sentence]:
    """Of this very model and these very rows."""
    if not standing.recorded:
        text = "No opening of these test rows is recorded here: the score came from DVC's cache or from another clone, "
        return [Sentence(f"{text}whose openings `{TEAM} --share` fetches.", MIND)]
    first = "" if standing.looks > 1 else "First look: no other model was ever scored on any of these rows."
    times, since = len(standing.openings), standing.openings[0][:10]
    again = f"This model was scored on these rows {times} times, first on {since}; again is no new look."
    return [Sentence(text, FINE) for text in (first, again if times > 1 else "") if text]


def _others(standing: Standing) -> list[Sentence]:
    """Of other models, and of other test sets that share rows with this one."""
    found = []
    if standing.models > 1:
        found.append(Sentence(f"{standing.models} different models have been scored on exactly these rows.", MIND))
    if standing.seen:
        about = "About " if standing.sampled else ""
        number = "1 model" if standing.others == 1 else f"{standing.others} models"
        text = f"{about}{standing.seen:,} of the {standing.rows:,} test rows stood in other test sets that were opened "
        found.append(Sentence(f"{text}(other seeds, ratios or versions of the data), and scored {number} there.", MIND))
    if standing.looks > 1:
        found.append(Sentence(_correction(standing), MIND))
    if standing.unknown:
        sets = "1 other test set" if standing.unknown == 1 else f"{standing.unknown} other test sets"
        text = (
            f"{sets} can't be compared with these rows, and are not counted: they have other columns, or were opened "
        )
        found.append(Sentence(f"{text}where no fingerprint was kept.", MIND))
    return found


def _correction(standing: Standing) -> str:
    share = f"{100 * standing.confidence:.4g} %"
    return (
        f"These are {standing.looks} looks: intervals of {share} hold for all of them together with 95 % (Bonferroni; "
        "Dunn 1961). Where one look led to the next, even these are too narrow (Dwork et al. 2015)."
    )
