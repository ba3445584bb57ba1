"""One read_/write_ pair per edge of dvc.yaml; each file or folder appears whole or not at all (atomic.py)."""

import dataclasses
import hashlib
import itertools
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml

from pipeline import atomic
from pipeline.data import arrays, checks
from pipeline.data.card import CLASSIFICATION, REGRESSION, Card
from pipeline.data.dataset import column_names
from pipeline.errors import HoldoutError
from pipeline.training.model import Model, from_arrays

PARAMS = Path("params.yaml")
PREPARED = Path("data/prepared")
SPLIT = Path("data/split")
SEALED_TEST = Path("data/sealed/test")
EXPERIMENTS = Path("experiments")
SELECTED = Path("models/selected")
REPORTS = Path("reports")
TRIALS = Path(".trials")
MOST_VALUES = 10_000  # in a YAML file


class Part(NamedTuple):
    """Rows of one part of the data.

    X: (rows, features); y: (rows,) class indices or real targets;
    rows: (rows,) indices into the prepared data; groups: (rows,) or None.
    """

    X: np.ndarray
    y: np.ndarray
    rows: np.ndarray
    groups: np.ndarray | None = None


def sweep_all_leftovers() -> None:
    """Do so in every folder where the stages make their outputs, and where trials are kept."""
    folders = [place.parent for place in (PREPARED, SPLIT, SEALED_TEST, SELECTED, REPORTS / "metrics.json")]
    folders += [TRIALS, *EXPERIMENTS.glob("*"), *TRIALS.glob("sweeps/*")]
    for folder in folders:
        atomic.sweep_leftovers(folder)


def write_text(path: Path, text: str) -> None:
    with atomic.replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write JSON with sorted keys, so that equal values give equal bytes."""
    write_text(path, json.dumps(value, indent=1, sort_keys=True) + "\n")


def read_json(path: Path) -> Any:
    return _reading(path, lambda: json.loads(path.read_text(encoding="utf-8")))


def check_kind(path: Path) -> None:
    """Refuse a device, a pipe or a folder in place of a file: reading one may never end."""
    if path.exists() and not path.is_file():
        raise HoldoutError(f"{path} is no file, but a folder, a device or a pipe: delete it")


def _reading(path: Path, read: Callable[[], Any]) -> Any:
    check_kind(path)
    try:
        return read()
    except FileNotFoundError:
        raise HoldoutError(f"{path} is missing: run `dvc repro` to make it") from None
    except PermissionError:
        raise  # run_stage says it
    except (HoldoutError, OSError, EOFError, ValueError, KeyError, TypeError, RecursionError) as error:
        reason = f"there is no {error}" if isinstance(error, KeyError) else str(error).removeprefix(f"{path}: ")
        raise HoldoutError(f"{path} can't be read ({reason}): delete it and run `dvc repro`") from None


def read_params(path: Path = PARAMS) -> dict[str, Any]:
    """Read params.yaml, or another YAML file, as plain values (safe_load only)."""
    check_kind(path)
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise HoldoutError(f"{path} is missing: run this in the project's folder") from None
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise HoldoutError(f"{path} is not readable YAML: {' '.join(str(error).split())}") from None
    if not isinstance(values, dict):
        raise HoldoutError(f"{path}: found {type(values).__name__}, expected keys with values")
    _check_plain(path, values)
    return values


def _check_plain(path: Path, values: dict[str, Any]) -> None:
    """Refuse more than MOST_VALUES, for aliases can stand for more than memory holds, and control characters."""
    rest: list[Any] = [values]
    for count in itertools.count(1):
        if not rest:
            return
        value = rest.pop()
        if count > MOST_VALUES:
            raise HoldoutError(f"{path}: holds more than {MOST_VALUES} values, aliases counted each time; write fewer")
        if isinstance(value, dict):
            rest += [*value, *value.values()]
        elif isinstance(value, list | tuple | set):
            rest += value
        elif isinstance(value, str) and not value.replace("\n", "").isprintable():
            raise HoldoutError(f"{path}: found {value[:80]!r}, allowed: text without control characters")


def digest(array: np.ndarray) -> str:
    """SHA-256 of an array's dtype, shape and values."""
    array = np.ascontiguousarray(array)
    head = f"{array.dtype.str}{array.shape}".encode()
    return hashlib.sha256(head + array.tobytes()).hexdigest()


def write_part(folder: Path, part: Part) -> None:
    """Write a part as plain .npy files (no pickle) into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in part._asdict().items():
        if array is not None:
            np.save(folder / f"{name}.npy", array, allow_pickle=False)


def read_part(folder: Path, card: Card | None = None) -> Part:
    """Read a part of the data that ``card`` describes; X is mapped, not copied into memory."""
    names = [name for name in Part._fields if name != "groups" or (folder / "groups.npy").exists()]
    part = Part(**{name: _read_array(folder / f"{name}.npy", mapped=name == "X") for name in names})
    _check_part(folder, part, card)
    _reading(folder / "X.npy", lambda: checks.finite("X", part.X, column_names(part.X.shape[1])))
    return part


def _read_array(path: Path, mapped: bool) -> np.ndarray:
    return _reading(path, lambda: arrays.read_npy(path, mapped))


def _check_part(folder: Path, part: Part, card: Card | None) -> None:
    """Refuse arrays that can't belong together, or to the data of ``card``."""
    X, y = part.X, part.y
    fine = {"X": X.ndim == 2 and X.size > 0 and X.dtype.kind in "uif"}
    for name, kinds in (("y", "iuf"), ("rows", "iu"), ("groups", "iu")):
        array = getattr(part, name)
        fine[name] = array is None or (array.shape == X.shape[:1] and array.dtype.kind in kinds)
    if card and all(fine.values()):
        indices = y.dtype.kind != "f" and y.min() >= 0 and y.max() < len(card.classes)
        fine["X"] = X.shape[1] == len(card.features)
        fine["y"] = indices if card.task == CLASSIFICATION else bool(np.isfinite(y).all())
    if wrong := [name for name, good in fine.items() if not good]:
        array = getattr(part, wrong[0])
        raise HoldoutError(
            f"{folder / wrong[0]}.npy (shape {array.shape}, type {array.dtype}) does not fit card.json or the arrays "
            f"beside it: delete {folder} and run `dvc repro`"
        )


def _card_from(values: Mapping[str, Any]) -> Card:
    """The card with these values; ValueError names the one that no card has."""
    shape, features, classes = values["image_shape"], values["features"], values["classes"]
    pixels = isinstance(shape, list) and all(type(side) is int and side > 0 for side in shape)
    fine = {
        "source": isinstance(values["source"], str),
        "task": values["task"] in (CLASSIFICATION, REGRESSION),
        "target": isinstance(values["target"], str),
        "features": _texts(features) and len(features) > 0,
        "classes": _texts(classes) and (len(classes) > 0) == (values["task"] == CLASSIFICATION),
        "image_shape": shape is None or (pixels and math.prod(shape) == len(features)),
        "rows": type(values["rows"]) is int,
        "hashes": isinstance(values["hashes"], dict) and _texts(list(values["hashes"].values())),
        "notes": _texts(values["notes"]),
    }
    if wrong := [name for name, good in fine.items() if not good]:
        raise ValueError(f"{wrong[0]} is {str(values[wrong[0]])[:80]}, which no card has")
    lists = {name: tuple(values[name]) for name in ("features", "classes", "notes")}
    return Card(**{**values, **lists, "image_shape": tuple(shape) if shape else None})


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def write_card(path: Path, card: Card) -> None:
    write_json(path, dataclasses.asdict(card))


def read_card(path: Path) -> Card:
    return _reading(path, lambda: _card_from(json.loads(path.read_text(encoding="utf-8"))))


def write_prepared(part: Part, card: Card, folder: Path = PREPARED) -> None:
    """prepare → split: all rows and their card."""
    with atomic.replacing(folder) as temporary:
        write_part(temporary, part)
        write_card(temporary / "card.json", card)


def read_prepared(folder: Path = PREPARED) -> tuple[Part, Card]:
    card = read_card(folder / "card.json")
    return read_part(folder, card), card


def write_split(train: Part, validation: Part, card: Card, folder: Path = SPLIT) -> None:
    """split → train: the two open parts and a card that describes nothing but them."""
    with atomic.replacing(folder) as temporary:
        write_part(temporary / "train", train)
        write_part(temporary / "validation", validation)
        write_card(temporary / "card.json", card)


def read_split(folder: Path = SPLIT) -> tuple[Part, Part, Card]:
    card = read_card(folder / "card.json")
    return read_part(folder / "train", card), read_part(folder / "validation", card), card


def count_validation_rows(folder: Path = SPLIT) -> int:
    """split → select: how many rows the scores were measured on, without reading them."""
    path = folder / "validation" / "rows.npy"
    return _reading(path, lambda: len(arrays.read_npy(path, mapped=True)))


def write_sealed_test(test: Part, folder: Path = SEALED_TEST) -> None:
    """split → evaluate: the test rows, which no other stage may read."""
    with atomic.replacing(folder) as temporary:
        write_part(temporary, test)


def read_sealed_test(card: Card | None = None, folder: Path = SEALED_TEST) -> Part:
    """Open the test set. Only stages/evaluate.py may call this (a test holds it)."""
    return read_part(folder, card)


def write_model(path: Path, model: Model) -> None:
    """Write a model as plain arrays in one .npz; equal models give equal bytes."""
    with atomic.replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **model.to_arrays())  # type: ignore[arg-type]


def read_model(path: Path) -> Model:
    """Read a model, checking names, shapes and finite values; nothing pickled is ever loaded."""
    return _reading(path, lambda: from_arrays(arrays.read_npz(path)))


def check_model(path: Path, model: Model, card: Card) -> None:
    """Refuse a model of other columns or classes than those of the data."""
    found, expected = (model.features, model.classes), (card.features, card.classes)
    if found != expected:
        (columns, classes), (wanted, names) = (tuple(map(len, pair)) for pair in (found, expected))
        raise HoldoutError(
            f"{path}: takes {columns} columns to {classes} classes, which are not the {wanted} columns and {names} "
            "classes of the data: run `dvc repro -f select`"
        )


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    check_kind(path)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
