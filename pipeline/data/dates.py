"""Dates and times of day as people write them: which form a column has, and its values as seconds."""

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Array = np.ndarray
ISO = "ISO 8601"
# Day before month comes before month before day: where both fit, most of the world means the first.
DAYS = (
    "%Y/%m/%d", "%Y.%m.%d", "%Y-%m", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y",
    "%d-%m-%Y", "%m-%d-%Y", "%d-%m-%y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%b %d %Y", "%a %b %d %Y",
)  # fmt: skip
TIMES = ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p")
RARE = (  # read only where data.columns says so, for they could be something else as well
    "%Y%m%d", "%b-%y", "%b %y", "%y-%b", "%b-%Y", "%b %Y", "%Y-%b", "%Y %b", "%m/%Y", "%m.%Y", "%m-%Y", "%Y/%m",
    "%d. %b %Y", "%d%b%Y", "%d/%b/%Y", "%d/%b/%y", "%d %b %y", "%b-%d-%Y", "%a, %d %b %Y", "%Y %m %d", "%d %m %Y",
)  # fmt: skip
FORMATS = (ISO, *(f"{day}{time}" for time in TIMES for day in DAYS), "%H:%M:%S", "%H:%M")
DIGITS = r"\d.*\D"  # no date is without both
DAY = re.compile("%[de]")
TWO, NAME = r"\s*\d{1,2}", r"\s*\pL+"
PATTERNS = {
    **dict.fromkeys(("%d", "%m", "%y", "%H", "%I", "%M", "%S"), TWO), "%Y": r"\s*\d{1,4}", "%j": r"\s*\d{1,3}",
    **dict.fromkeys(("%a", "%A", "%b", "%B", "%h", "%p"), NAME), "%e": r"\s*(?P<day>\d{1,2})", "%%": "%",
}  # fmt: skip
LIKE = (  # what dates are made of
    r"(?i)^(?:[\d\s/.,:T+-]|am|pm|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*|"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)*\d(?:[\d\s/.,:+-]|am|pm|[a-z]{3})*$"
)
MOSTLY = 0.8  # share of dates from which a column looks like one of dates
TRIED = 50  # values by which most formats are ruled out


def form_of(texts: Any) -> str | None:
    """The first of FORMATS in which every one of ``texts`` (Arrow text without nulls) is a date; None if none is."""
    if not len(texts) or not pc.all(pc.match_substring_regex(texts, DIGITS)).as_py():
        return None
    some = texts.slice(0, TRIED)
    long = bool(pc.all(pc.match_substring_regex(texts, r"\d{4}")).as_py())  # strptime takes 20 for a %Y as well
    forms = [form for form in FORMATS if ("%y" not in form and "%Y" not in form) or ("%Y" in form) == long]
    return next((form for form in forms if _fits(some, form) and _fits(texts, form)), None)


def likely(texts: Any) -> str | None:
    """The form, of RARE too, that most of the first ``texts`` (Arrow text without nulls) have; None if none is."""
    some = texts.slice(0, TRIED)
    if not len(some) or pc.mean(pc.match_substring_regex(some, LIKE).cast(pa.float64())).as_py() < MOSTLY:
        return None
    four = pc.match_substring_regex(some, r"\d{4}").to_numpy(zero_copy_only=False)
    shares = {
        form: _share(some, form, four) for form in (*FORMATS, *(f"{day}{time}" for time in TIMES for day in RARE))
    }
    best = max(shares, key=shares.__getitem__)
    return best if shares[best] >= MOSTLY else None


def _share(texts: Any, form: str, four: Array) -> float:
    years = four if "%Y" in form else ~four if "%y" in form else np.ones(len(four), bool)
    return float((~np.isnan(seconds(texts, form)) & years).mean())


def ambiguous(texts: Any, form: str) -> str | None:
    """Another format in which they could be read as well, with day and month changed over; None if there is none."""
    other = form.translate(str.maketrans("dm", "md"))
    return other if form != ISO and other in FORMATS and other != form and _fits(texts, other) else None


def _fits(texts: Any, form: str) -> bool:
    return not np.isnan(seconds(texts, form)).any()


def seconds(texts: Any, form: str) -> Array:
    """Seconds since 1970 began, UTC (rows,), float64; NaN where there is no text, or it is no date of this form."""
    return of_moments(_iso(texts) if form == ISO else _parsed(texts, form))


def _parsed(texts: Any, form: str) -> Any:
    """Timestamps; null for a day that its month has not, which strptime takes for one of the next month."""
    moments = pc.strptime(texts, format=form, unit="us", error_is_null=True)
    if not DAY.search(form):
        return moments
    written = pc.struct_field(pc.extract_regex(texts, _pattern(form)), "day").cast(pa.int64())
    return pc.if_else(pc.equal(written, pc.day(moments)), moments, None)


def _pattern(form: str) -> str:
    """Regular expression of texts of this form, with a group that holds the day of the month."""
    parts = re.split(r"(%.|\s+)", DAY.sub("%e", form, count=1))
    return "^" + "".join(PATTERNS.get(part, r"\s*" if part.isspace() else _literal(part)) for part in parts) + r"\s*$"


def _literal(part: str) -> str:
    return ".*?" if part.startswith("%") else re.escape(part)


def of_moments(moments: Any) -> Array:
    """Arrow timestamps, dates, times of day or durations as seconds, float64; NaN where there is none."""
    kind = moments.type
    if pa.types.is_time(kind) or pa.types.is_duration(kind):
        unit = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[kind.unit]
        whole = moments.cast(pa.int64() if kind.bit_width == 64 else pa.int32())
    else:
        unit, whole = 1e6, moments.cast(pa.timestamp("us"), safe=False).cast(pa.int64())
    found: Array = whole.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False) / unit
    return found


def _iso(texts: Any) -> Any:
    """ISO dates, with or without a time of day and a zone; null where a text is none."""
    for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
        try:
            return texts.cast(kind)
        except pa.ArrowInvalid:
            continue
    if len(texts) == 1:
        return pa.nulls(1, pa.timestamp("us"))
    parts = [texts.slice(0, len(texts) // 2), texts.slice(len(texts) // 2)]
    return pa.concat_arrays([_iso(part).cast(pa.timestamp("us")) for part in parts])
