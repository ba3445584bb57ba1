"""Weights, model.npz, which evaluate reads after the certificate; the damage certifies them, so that they are read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.storage import digests, documents
from tests.bad_inputs import made
from tests.bad_inputs.case import Case

MODEL = "models/selected/model.npz"
Arrays = dict[str, Any]


def certified(path: Path) -> None:
    """Make the certificate and its chosen candidate name the weights as they are now."""
    certificate = path.parent / "certificate.json"
    paper = documents.read_json(certificate)
    digest = digests.of_file(path)
    chosen = [entry for entry in paper["candidates"] if entry["key"] == paper["chosen"]]
    for entry in (paper, *chosen):
        entry["model_sha256"] = digest
    documents.write_json(certificate, paper)


def model(name: str, change: Callable[[Arrays], object] | bytes, *names: str, hostile: bool = False) -> Case:
    """``change`` edits the arrays of the selected model, or is the whole file."""

    def damage(folder: Path) -> None:
        path = folder / MODEL
        if isinstance(change, bytes):
            path.write_bytes(change)
        else:
            with np.load(path) as found:
                arrays = {f"{key}.npy": found[key] for key in found.files}
            change(arrays)
            path.write_bytes(made.npz(arrays))
        certified(path)

    return Case(name, damage, ("model.npz", *names), "evaluate", "selected", hostile=hostile)


def fact(name: str, value: Any, *names: str, hostile: bool = False) -> Case:
    """One of the model's facts has another value."""

    def change(arrays: Arrays) -> None:
        facts = json.loads(str(arrays["facts.npy"]))
        arrays["facts.npy"] = np.array(json.dumps({**facts, name: value}))

    return model(f"{name}: {str(value)[:40]}", change, *(names or (name,)), hostile=hostile)


def with_array(name: str, value: Any) -> Callable[[Arrays], object]:
    return lambda arrays: arrays.update({f"{name}.npy": value})


def without(name: str) -> Callable[[Arrays], object]:
    return lambda arrays: arrays.pop(f"{name}.npy")


def linked(folder: Path) -> None:
    (folder / MODEL).unlink()
    (folder / MODEL).symlink_to("/dev/zero")


MODEL_CASES = [
    model("no bytes", b""),
    model("other bytes", b"no archive"),
    model("an array by itself", made.npy(np.ones(3))),
    model("no facts", without("facts"), "facts"),
    model("no weights of a layer", without("W2"), "W2"),
    model("no mean", without("input_mean"), "input_mean"),
    model("weights of another shape", with_array("W1", np.ones((4, 9))), "W1", "(4, 9)"),
    model("whole numbers for weights", with_array("W1", np.ones((4, 4), int)), "W1"),
    model("a NaN weight", with_array("W1", np.full((4, 4), np.nan)), "W1"),
    model("an infinite mean", with_array("input_mean", np.full(3, np.inf)), "input_mean"),
    model("a scale of zero", with_array("input_scale", np.zeros(3)), "input_scale"),
    model("axes of another shape", with_array("input_axes", np.eye(2)), "input_axes"),
    model("facts that are no JSON", with_array("facts", np.array("{"))),
    model("facts that are a list", with_array("facts", np.array("[]"))),
    model("facts with nothing in them", with_array("facts", np.array("{}")), "sizes"),
    fact("sizes", [3]),
    fact("sizes", [3, 4, 3]),
    fact("sizes", [3.0, 4.0, 2.0]),
    fact("sizes", "342"),
    fact("activations", ["tanh", "evil"], "evil"),
    fact("activations", ["tanh"], "activations"),
    fact("activations", ["tanh(0)", "softmax"], "tanh(0)"),
    fact("loss", "regret"),
    fact("classes", ["a"]),
    fact("classes", [], "targets"),
    fact("classes", ["a", 2]),
    fact("classes", ["c", "d"], "classes"),
    fact("features", "xyz"),
    fact("features", ["x", "y", "w"], "columns"),
    fact("values", [0.0]),
    fact("values", [0.0, float("nan")]),
    fact("sizes", [3, 10**12, 2], "W1", hostile=True),
    fact("sizes", [3, -4, 2], hostile=True),
    fact("activations", ["__import__('os').system('touch executed')", "softmax"], "__import__", hostile=True),
    model("pickled facts", with_array("facts", made.pickled()), "pickle", hostile=True),
    model("pickled weights", with_array("W1", made.pickled()), "pickle", hostile=True),
    model("a pickle nobody asked for", with_array("zzz", made.pickled()), "pickle", hostile=True),
    model("facts of 5,000 brackets", with_array("facts", np.array("[" * 100_000)), hostile=True),
    model("1e12 weights declared", with_array("W1", made.declaring((10**6, 10**6))), "W1", hostile=True),
    model("a bomb of 8 GiB", made.zip_bomb("W1.npy", 8), "GiB", hostile=True),
    model("a bomb of 2 GiB that says 4 KiB", made.zip_bomb("W1.npy", 2, says=4096), hostile=True),
    model("a name that leaves the folder", with_array("../../W3", np.ones(3)), "../../W3", hostile=True),
    Case("a link to an endless device", linked, ("model.npz",), "evaluate", "selected", hostile=True),
]
