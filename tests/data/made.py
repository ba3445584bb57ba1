"""Small tables as a person would have them, read from a real file."""

from pathlib import Path

import numpy as np

from pipeline.data.dataset import Dataset
from pipeline.data.opening import open_files
from pipeline.data.roles import Wishes
from pipeline.data.source import Read
from pipeline.data.tabular import read_table


class Memory:
    """A place for rows in memory."""

    def __init__(self, columns: int) -> None:
        self.parts = [np.empty((0, columns))]

    def append(self, X: np.ndarray) -> None:
        self.parts.append(X.copy())

    def close(self) -> np.ndarray:
        return np.concatenate(self.parts)


def read(
    folder: Path, text: str, *targets: str, task: str | None = None, read: Read | None = None, **columns: str
) -> Dataset:
    """The data set of a CSV file with this text; ``columns``: what is said of them."""
    path = folder / "t.csv"
    path.write_text(text, encoding="utf-8")
    wishes = Wishes(targets or ("y",), None, task, columns)
    return read_table(open_files([path], read or Read()), wishes, Memory)


def lines(header: str, *rows: object) -> str:
    """A CSV text."""
    return "\n".join([header, *map(str, rows)]) + "\n"
