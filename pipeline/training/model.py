"""What training gives: preprocessing, weights and decoding as one model, and its plain-array form."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from pipeline.feed.inputs import Inputs, check_numbers
from pipeline.feed.inputs import from_arrays as inputs_from_arrays
from pipeline.feed.preprocessing import Affine
from pipeline.feed.schema import KINDS, MULTILABEL, TASKS, Schema
from pipeline.feed.sparsity import rows_of
from pipeline.feed.targets import decode, decode_flags
from pipeline.fields import Kind, finite, list_of, one_of, optional, text, texts, whole, wrong
from pipeline.nn.activations import parse
from pipeline.nn.losses import LOSSES
from pipeline.nn.network import Architecture
from pipeline.training.readout import CHUNK, log_probabilities, members, outputs, readout_of
from pipeline.training.threshold import Threshold

Array = np.ndarray
TOGETHER = 2**26  # bytes of rows that are prepared at a time


@dataclass(frozen=True)
class Model:
    """A trained network, or several that answer together, with all that is needed to use it on raw rows.

    Attributes:
        weights: W_l (m_l, m_{l−1}+1), bias first; of several networks (networks, m_l, m_{l−1}+1).
        inputs: fitted map of the raw columns to the m_0 inputs.
        targets: scale of each real target (regression), else None.
        schema: what the raw columns and the outputs mean.
        values: the outputs that stand for "no" and "yes" (classification), or the range of real targets.
        spread: (targets,) standard deviation of each real target over the training rows, by which errors in different
            units are compared; None where there are not several.
        threshold: of two classes, from which output on a row is of the rarer one; None for the largest output.
    """

    architecture: Architecture
    weights: list[Array] = field(repr=False)
    inputs: Inputs = field(repr=False)
    targets: Affine | None
    schema: Schema = field(repr=False)
    values: tuple[float, float] = (0.0, 1.0)
    spread: Array | None = field(default=None, repr=False)
    threshold: Threshold | None = None

    @property
    def classes(self) -> tuple[str, ...]:
        """Labels as text in the order of the outputs; empty for regression."""
        return self.schema.classes

    @property
    def decided_by(self) -> dict[str, dict[str, float]]:
        """The threshold by the name of its class, ``{"threshold": {"ill": 0.31}}``; empty without one."""
        return {"threshold": {self.classes[self.threshold.place]: self.threshold.least}} if self.threshold else {}

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the raw columns."""
        return self.schema.features

    @property
    def members(self) -> int:
        """Networks."""
        return len(members(self.weights))

    @property
    def parameters(self) -> int:
        """Number of weights, biases included, of all networks."""
        return self.members * self.architecture.parameters

    def prepare(self, X: Array) -> Array:
        """Raw rows (rows, columns) as the network's input [1 x], (rows, m_0+1)."""
        if X.ndim != 2 or X.shape[1] != self.inputs.columns:
            raise ValueError(f"expected rows of {self.inputs.columns} features, got an array of shape {X.shape}")
        dtype = self.weights[0].dtype
        x = np.empty((len(X), self.inputs.width + 1), dtype)
        x[:, 0] = 1
        self.inputs.apply(X, dtype, x[:, 1:])
        return x

    def readout(self, X: Array) -> Array:
        """What losses and decisions are made of, for raw rows: z (rows, m_L), see readout.py.

        X may be a memory map: few of its rows are prepared at a time. A row's z depends on no other row.
        """
        count = max(1, TOGETHER // ((self.inputs.width + 1) * self.weights[0].itemsize * CHUNK)) * CHUNK
        pieces = [X] if len(X) <= count else [rows_of(X, slice(at, at + count)) for at in range(0, len(X), count)]
        found = [readout_of(self.architecture, self.weights, self.prepare(piece)) for piece in pieces]
        return found[0] if len(found) == 1 else np.concatenate(found)

    def outputs(self, z: Array) -> Array:
        """y_L (rows, m_L) by the readout z; with softmax or cross-entropies probabilities."""
        return outputs(self.architecture.loss, z)

    def scores(self, X: Array) -> Array:
        """The outputs y_L for raw rows, (rows, m_L): of several networks the average."""
        return self.outputs(self.readout(X))

    def log_probabilities(self, z: Array) -> Array:
        """Logarithm of each class's probability, (rows, classes), by the readout z under a cross-entropy."""
        return log_probabilities(self.architecture.loss, z, self.schema.task != MULTILABEL)

    def predict(self, X: Array) -> Array:
        """What ``decode`` makes of raw rows X (rows, columns)."""
        return self.decode(self.readout(X))

    def decode(self, z: Array) -> Array:
        """The readout (rows, m_L) as class indices (rows,), flags 0 and 1 (rows, labels), or values in their units.

        Values are (rows,) of one target and (rows, targets) of several.
        """
        if self.threshold is not None:
            return self.threshold.decide(self.outputs(z))
        if self.targets is None:
            return decode_flags(self.outputs(z), self.values) if self.schema.task == MULTILABEL else decode(z)
        found = self.targets.revert(z)
        return found[:, 0] if found.shape[1] == 1 else found

    def input_names(self) -> list[str]:
        """A readable name for each of the m_0 inputs."""
        return self.inputs.names(self.schema)

    def to_arrays(self) -> dict[str, Array]:
        """Plain arrays, no objects: what model.npz holds."""
        facts = {**asdict(self.architecture), **asdict(self.schema), "values": self.values, "threshold": self.threshold}
        arrays = {"facts": np.array(json.dumps(facts, sort_keys=True))}
        arrays |= {f"W{layer}": np.ascontiguousarray(w) for layer, w in enumerate(self.weights, 1)}
        arrays |= self.inputs.to_arrays()
        if self.targets is not None:
            arrays |= {"target_mean": self.targets.mean, "target_scale": self.targets.scale}
        if self.spread is not None:
            arrays |= {"target_spread": self.spread}
        return arrays


def from_arrays(arrays: Mapping[str, Array]) -> Model:
    """Rebuild a model; ValueError names the array whose shape or values can't be."""
    facts = json.loads(str(arrays["facts"]))
    _check_facts(facts)
    sizes = tuple(facts["sizes"])
    architecture = Architecture(sizes, tuple(facts["activations"]), facts["loss"])
    networks = arrays["W1"].shape[:1] if arrays["W1"].ndim == 3 and len(arrays["W1"]) > 1 else ()
    pairs = enumerate(itertools.pairwise(sizes), 1)
    expected: dict[str, tuple[int, ...]] = {f"W{layer}": (*networks, m, before + 1) for layer, (before, m) in pairs}
    if not facts["classes"]:
        expected |= {"target_mean": sizes[-1:], "target_scale": sizes[-1:]}
        expected |= {"target_spread": sizes[-1:]} if sizes[-1] > 1 else {}
    for name, shape in expected.items():
        check_numbers(name, arrays[name], shape)
    # Stored transposed, as training had them: the products then take the same path and give the same bits.
    weights = [np.ascontiguousarray(arrays[f"W{layer}"].swapaxes(-1, -2)) for layer in range(1, len(sizes))]
    weights = [w.swapaxes(-1, -2) for w in weights]
    targets = None if facts["classes"] else Affine(arrays["target_mean"], arrays["target_scale"])
    schema = _schema(facts)
    inputs = inputs_from_arrays(arrays, schema, sizes[0])
    low, high = (float(value) for value in facts["values"])
    spread = arrays["target_spread"] if "target_spread" in expected else None
    threshold = Threshold(*facts["threshold"]) if facts.get("threshold") else None
    return Model(architecture, weights, inputs, targets, schema, (low, high), spread, threshold)


def _schema(facts: Mapping[str, Any]) -> Schema:
    lists = {name: tuple(facts[name]) for name in ("features", "classes", "kinds", "targets")}
    levels, image_shape = tuple(map(tuple, facts["levels"])), tuple(facts["image_shape"] or ()) or None
    return Schema(task=facts["task"], image_shape=image_shape, levels=levels, **lists)


def _is_threshold(found: Any) -> bool:
    return list_of(finite, length=2)(found) and found[0] in (0, 1)


def _check_facts(facts: Any) -> None:
    """ValueError names the fact that no network has."""
    kinds: dict[str, Kind] = {
        "sizes": lambda found: list_of(lambda m: whole(m) and m > 0)(found) and len(found) > 1,
        "activations": list_of(lambda unit: text(unit) and parse(unit) is not None),
        "loss": one_of(*LOSSES),
        "task": one_of(*TASKS),
        "features": texts,
        "classes": texts,
        "image_shape": optional(list_of(whole)),
        "kinds": lambda found: list_of(one_of(*KINDS))(found) and len(found) in (0, len(facts["features"])),
        "levels": lambda found: list_of(texts)(found) and len(found) == len(facts["kinds"]),
        "targets": texts,
        "values": list_of(finite, length=2),
    }
    if fault := wrong({"threshold": None, **facts}, {**kinds, "threshold": optional(_is_threshold)}):
        raise ValueError(fault)
    name = "classes" if facts["classes"] else "targets"
    if facts["sizes"][-1] != (len(facts[name]) or 1):
        raise ValueError(f"{name} are {len(facts[name])}, but sizes end in {facts['sizes'][-1]}")
