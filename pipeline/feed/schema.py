"""What the rows of a problem mean: all that training must know of them beside their numbers."""

from dataclasses import dataclass

CLASSIFICATION = "classification"
REGRESSION = "regression"
MULTILABEL = "multilabel"
TASKS = (CLASSIFICATION, REGRESSION, MULTILABEL)

NUMBER = "number"
CATEGORY = "category"
FLAG = "flag"
DATE = "date"
KINDS = (NUMBER, CATEGORY, FLAG, DATE)
UNSEEN = -1  # the code of a level that the list of levels does not have


@dataclass(frozen=True)
class Schema:
    """The meaning of columns and targets.

    A column of raw rows X (rows, features) holds numbers whatever its kind: a number as it is; of a category or a flag
    the index of its level, UNSEEN for one that is not listed; of a date the seconds since 1970 began, UTC. What is
    missing is NaN.

    Attributes:
        task: ``"classification"``, ``"regression"`` (of one number or several) or ``"multilabel"`` (several flags).
        features: names of the input columns, in order.
        classes: the labels as text, in the order of the class indices (multilabel: of the columns of y); empty for
            regression.
        image_shape: (height, width) or (height, width, channels) when rows are images, else None.
        kinds: of each feature, one of KINDS; empty when all are numbers of one scale, such as pixels.
        levels: of each feature, the text of codes 0, 1, …; empty for a number or a date. As long as ``kinds``.
        targets: names of what is predicted.
    """

    task: str
    features: tuple[str, ...]
    classes: tuple[str, ...]
    image_shape: tuple[int, ...] | None = None
    kinds: tuple[str, ...] = ()
    levels: tuple[tuple[str, ...], ...] = ()
    targets: tuple[str, ...] = ()

    @property
    def outputs(self) -> int:
        """Numbers that a network answers with: one per class, or one per target."""
        return len(self.classes) or len(self.targets) or 1

    @property
    def gaps(self) -> bool:
        """Whether values may be missing (NaN): only columns whose kinds are known may have gaps."""
        return bool(self.kinds)
