"""Text that would be numbers but for a sign beside them: of a currency, or percent."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from itertools import islice

from pipeline.data.headers import is_number

LOOKED_AT, NEARLY = 1000, 0.9  # texts; share of them that are numbers with one and the same sign
SHARES = "%‰"


def sign_beside(texts: Iterable[str]) -> str:
    """The sign that stands before or after the number in nearly all of ``texts``, as in 18,5 % or $1,234.50; or ""."""
    looked = list(islice(texts, LOOKED_AT))
    counts = Counter(map(_sign, looked))
    sign, count = max(counts.items(), key=lambda pair: (pair[0] != "", pair[1]), default=("", 0))
    return sign if count >= NEARLY * len(looked) else ""


def _sign(text: str) -> str:
    bare = text.strip().lstrip("+-")
    for sign, rest in ((bare[:1], bare[1:]), (bare[-1:], bare[:-1])):
        if sign and (sign in SHARES or unicodedata.category(sign) == "Sc") and is_number("".join(rest.split())):
            return sign
    return ""
