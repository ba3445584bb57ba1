"""What the rows of a problem mean: all that training must know of them beside their numbers."""

from dataclasses import dataclass

CLASSIFICATION = "classification"
REGRESSION = "regression"


@dataclass(frozen=True)
class Schema:
    """The meaning of columns and targets.

    Attributes:
        task: ``"classification"`` or ``"regression"``.
        features: names of the input columns, in order.
        classes: the labels as text, in the order of the class indices; empty for regression.
        image_shape: (height, width) or (height, width, channels) when rows are images, else None.
    """

    task: str
    features: tuple[str, ...]
    classes: tuple[str, ...]
    image_shape: tuple[int, ...] | None = None

    @property
    def outputs(self) -> int:
        """Numbers that a network answers with: one per class, or one."""
        return len(self.classes) or 1
