"""The data card: what every later step needs to know about the rows, without holding any."""

from dataclasses import dataclass

CLASSIFICATION = "classification"
REGRESSION = "regression"


@dataclass(frozen=True)
class Card:
    """Facts about a data set.

    Attributes:
        source: the source as named in params.yaml.
        task: ``"classification"`` or ``"regression"``.
        target: the name of the target column.
        features: names of the input columns, in order.
        classes: the labels as text, in the order of the class indices; empty for regression.
        image_shape: (height, width) or (height, width, channels) when rows are images, else None.
        rows: number of rows.
        hashes: SHA-256 of each array, by name.
        notes: findings that are no error (duplicates, constant columns), one line each.
    """

    source: str
    task: str
    target: str
    features: tuple[str, ...]
    classes: tuple[str, ...]
    image_shape: tuple[int, ...] | None
    rows: int
    hashes: dict[str, str]
    notes: tuple[str, ...] = ()
