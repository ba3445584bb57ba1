"""How the rows were dealt, as deal.json beside the open parts: split → select, evaluate.

Of the test rows it holds how many they are and one hash, which tells nothing of them, but makes sure later that those
that are scored are those that were sealed.
"""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.errors import HoldoutError
from pipeline.feed.rows import Rows
from pipeline.fields import Kind, list_of, number, text, whole, wrong
from pipeline.storage import digests, documents
from pipeline.storage.places import SPLIT

DEAL = "deal.json"
FACTS: dict[str, Kind] = {
    "ratio": list_of(number, length=3),
    "seed": whole,
    "stratify": lambda value: isinstance(value, bool),
    "test_rows": whole,
    "test_sha256": text,
}


@dataclass(frozen=True)
class Deal:
    """ratio, seed and stratify as in params.yaml; test_rows: how many are sealed; test_sha256: see ``seal_of``."""

    ratio: tuple[float, ...]
    seed: int
    stratify: bool
    test_rows: int
    test_sha256: str


def seal_of(test: Rows) -> str:
    """SHA-256 over the hashes of the arrays that a test score depends on: X, y and, if there are any, weights."""
    arrays = [array for array in (test.X, test.y, test.importance) if array is not None]
    return hashlib.sha256("".join(map(digests.of_array, arrays)).encode()).hexdigest()


def write_deal(deal: Deal, folder: Path = SPLIT) -> None:
    documents.write_json(folder / DEAL, asdict(deal))


def read_deal(folder: Path = SPLIT) -> Deal:
    """As it was written.

    Raises:
        HoldoutError: it is missing or damaged.
    """
    path = folder / DEAL
    values = documents.read_json(path)
    if fault := wrong(values, FACTS):
        raise HoldoutError(f"{path} does not say how the rows were dealt ({fault}): run `dvc repro -f split`")
    known = {name: values[name] for name in FACTS}
    return Deal(**{**known, "ratio": tuple(known["ratio"])})
