"""Ask a model about rows as they come: python -m pipeline.predict rows.csv --to answers.csv."""

import argparse
import dataclasses
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import yaml

from pipeline.configuration.params import load_params
from pipeline.configuration.reading import read_of
from pipeline.console import run_stage
from pipeline.data.source import Read
from pipeline.errors import HoldoutError
from pipeline.feed.schema import CATEGORY, FLAG, UNSEEN, Schema
from pipeline.serving.answers import answers
from pipeline.serving.incoming import Incoming, IncomingArray, open_rows
from pipeline.serving.outgoing import TERMINAL, check_name, writing
from pipeline.storage.models import read_model
from pipeline.storage.places import PARAMS, SELECTED
from pipeline.training.determinism import one_thread
from pipeline.training.model import Model
from pipeline.whereabouts import require

ROW = "row"
USUAL = SELECTED / "model.npz"
FLAGGED = "command line"
HELP = {
    "rows": "files, or folders of them, in any format that prepare reads; the columns by name, in any order",
    "to": "a file .csv or .parquet, or - for the terminal",
    "model": "the model (%(default)s)",
    "read": "how the files are read, as data.read in params.yaml, whose values hold for the rest: --read decimal=,",
}


class Tally:
    """What the model has not met in training, counted."""

    def __init__(self, schema: Schema) -> None:
        self._schema, self.rows = schema, 0
        self._gaps, self._unseen = (np.zeros(len(schema.features), int) for _ in range(2))

    def add(self, X: np.ndarray) -> None:
        self.rows += len(X)
        self._gaps += np.isnan(X).sum(axis=0)
        leveled = np.array([kind in (CATEGORY, FLAG) for kind in self._schema.kinds], bool)
        if leveled.any():
            self._unseen[leveled] += (X[:, leveled] == UNSEEN).sum(axis=0)

    def notes(self) -> Iterator[str]:
        """One line each for gaps and for levels that training rows never had."""
        for what, counts in (("no value", self._gaps), ("a level that training never saw", self._unseen)):
            if counts.any():
                columns = [f"{self._schema.features[j]} ({counts[j]})" for j in np.argsort(-counts)[:5] if counts[j]]
                more = f" and {(counts > 0).sum() - 5} other columns" if (counts > 0).sum() > 5 else ""
                yield f"{what} in {', '.join(columns)}{more}"


def predict(model: Model, rows: Incoming | IncomingArray, to: str) -> Tally:
    """Write the answers, each with the number of its row, from 1."""
    tally = Tally(model.schema)
    with one_thread(), writing(to, _schema(model)) as write:
        for X in rows.batches():
            made = {ROW: np.arange(tally.rows + 1, tally.rows + len(X) + 1), **answers(model, X)}
            write(pa.record_batch({name: pa.array(values) for name, values in made.items()}))
            tally.add(X)
    return tally


def _schema(model: Model) -> pa.Schema:
    """The types of the answers' columns, which those to no rows have as well."""
    none = answers(model, np.empty((0, len(model.features))))
    types = {
        name: pa.string() if values.dtype == object else pa.from_numpy_dtype(values.dtype)
        for name, values in none.items()
    }
    return pa.schema({ROW: pa.int64(), **types})


def reading(settings: Sequence[str]) -> Read:
    """How files are read: as params.yaml says, if there is one here, but for ``settings``, KEY=VALUE each."""
    usual = load_params().data.read if PARAMS.exists() else Read()
    pairs = [setting.partition("=") for setting in settings]
    if bare := [key for key, sign, _ in pairs if not sign]:
        raise HoldoutError(f"--read {bare[0]}: expected KEY=VALUE, as decimal=,")
    try:
        values = {key: yaml.safe_load(value) if key in ("missing", "header") else value for key, _, value in pairs}
    except yaml.YAMLError as error:
        raise HoldoutError(f"--read: {' '.join(str(error).split())}") from None
    changed = read_of(values, FLAGGED)
    return dataclasses.replace(usual, **{name: getattr(changed, name) for name in values})


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m pipeline.predict", description=__doc__)
    parser.add_argument("rows", nargs="+", type=Path, help=HELP["rows"])
    parser.add_argument("--to", required=True, help=HELP["to"])
    parser.add_argument("--model", type=Path, default=USUAL, help=HELP["model"])
    parser.add_argument("--read", action="append", default=[], metavar="KEY=VALUE", help=HELP["read"])
    asked = parser.parse_args()
    check_name(asked.to)
    if asked.model == USUAL:
        require()
    if asked.to != TERMINAL and Path(asked.to).resolve() in [path.resolve() for path in asked.rows]:
        raise HoldoutError(f"--to {asked.to}: is one of the files to read; choose another name")
    model = read_model(asked.model)
    rows = open_rows(asked.rows, reading(asked.read), model.schema)
    tally = predict(model, rows, asked.to)
    for note in (*rows.notes, *tally.notes()):
        print(f"note: {note}", file=sys.stderr)
    print(f"{tally.rows} rows answered{'' if asked.to == TERMINAL else f': {asked.to}'}", file=sys.stderr)


if __name__ == "__main__":
    run_stage(main, anywhere=True)
