"""A first look at the values of a column: are they numbers, dates or text?"""

from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.data import dates
from pipeline.data.numerals import MINUS, Numerals, notation, without
from pipeline.data.source import FLOAT, NATIVE, TEXT
from pipeline.feed.schema import DATE, NUMBER

TEXTUAL = "text"  # of levels: whether a category, a flag or neither shows in how many there are
MOSTLY = 0.9  # share of numbers from which a column is one of numbers with slips in it
HALF = 0.5  # the same, if all slips are numbers in another notation
WORDS = 3  # different words beside the numbers that may stand for a missing value, none of them with a digit
# Beside those that numerals.py knows.
UNKNOWN = (
    "unknown", "n.a.", "n.a", "nd", "n/d", "n.d.", "nil", "unavailable", "not available", "not applicable", "undefined",
    "not recorded", "not given",
)  # fmt: skip


class Guess(NamedTuple):
    """What a column seems to be.

    kind: NUMBER, DATE or TEXTUAL; form: in which to read it; date: of a DATE in text, how it is written; missing:
    words in a column of numbers or dates that stand for no value; slip: the first text in a column of numbers that
    can't; like: of text, a form of dates that most of it has.
    """

    kind: str
    form: str
    date: str = ""
    missing: tuple[str, ...] = ()
    slip: str = ""
    note: str = ""
    like: str = ""


def guess(column: Any, numerals: Numerals) -> Guess:
    """What ``column``, an Arrow array in its file's own type, seems to be.

    Args:
        numerals: how this file writes numbers.
    """
    kind = column.type
    if pa.types.is_boolean(kind):
        return Guess(TEXTUAL, TEXT)
    if pa.types.is_temporal(kind):
        return Guess(DATE, NATIVE)
    if not _textual(kind):
        return Guess(NUMBER, FLOAT)
    return _of_text(column.drop_null(), numerals)


def _textual(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind))


def _of_text(texts: Any, numerals: Numerals) -> Guess:
    all_texts = texts.cast(pa.string())
    texts = without(all_texts, numerals.number_gaps).drop_null()
    if not len(texts):
        return Guess(TEXTUAL, TEXT)
    match = pc.match_substring_regex(texts, numerals.pattern)
    share = pc.sum(match).as_py() / len(texts)
    if share == 1:
        return Guess(NUMBER, FLOAT) if not coded(texts) else Guess(TEXTUAL, TEXT, note="leading zeros: taken for codes")
    if dated := _of_dates(all_texts, texts):
        return dated
    others = texts.filter(pc.invert(match))
    words = tuple(sorted(pc.unique(others).to_pylist()))
    if _stand_for_nothing(words, share):
        return Guess(NUMBER, TEXT, missing=words, note=f"{_quoted(words)} taken for a missing value")
    if share >= MOSTLY or (share >= HALF and all(notation(word, numerals) for word in words)):
        return Guess(NUMBER, FLOAT, slip=others[0].as_py())
    return Guess(TEXTUAL, TEXT, like=dates.likely(texts) or "")


def _of_dates(all_texts: Any, texts: Any) -> Guess | None:
    """A column of dates, if ``texts``, without the words for missing numbers, is one but for unknown ones."""
    meant = pc.replace_substring(pc.utf8_lower(texts), "_", " ")
    found = texts.filter(pc.invert(pc.is_in(meant, value_set=pa.array(UNKNOWN))))
    form = dates.form_of(found) if len(found) * 2 >= len(texts) else None
    if not form:
        return None
    words = tuple(sorted(set(pc.unique(all_texts).to_pylist()) - set(pc.unique(found).to_pylist())))
    other = dates.ambiguous(found, form)
    notes = [f"{_quoted(words)} taken for a missing value"] if words else []
    notes += [f"dates are read as {form}; set `date {other}` if they are written that way"] if other else []
    return Guess(DATE, TEXT, date=form, missing=words, note="; ".join(notes))


NEVER = ("inf", "infinity", "true", "false", "yes", "no")  # words that mean something, among numbers too


def _stand_for_nothing(words: tuple[str, ...], share: float) -> bool:
    """Whether words among numbers, which make up this share, are likely to mean that there is no value."""
    if any(char.isdigit() for word in words for char in word) or len(words) > WORDS:
        return False
    if any(word.lstrip("+-").lower() in NEVER for word in words):
        return False
    meant = all(word.replace("_", " ").lower() in UNKNOWN for word in words)
    return share >= (HALF if meant else MOSTLY)


def coded(texts: Any) -> bool:
    """Whether text of digits is a code: some of it starts with 0, as in 01 or 007."""
    return bool(pc.any(pc.match_substring_regex(texts, rf"^[+\-{MINUS}]?0\d")).as_py())


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(map(repr, words))
