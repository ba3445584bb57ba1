"""A model as ONNX, its column transforms inside, for other programs: python -m pipeline.export --to model.onnx."""

import argparse
from pathlib import Path

import onnx

from pipeline.console import run_stage, say
from pipeline.errors import HoldoutError
from pipeline.serving.graph import graph_of
from pipeline.storage import atomic
from pipeline.storage.digests import of_file
from pipeline.storage.models import read_model
from pipeline.storage.places import SELECTED
from pipeline.whereabouts import require

USUAL = SELECTED / "model.npz"
ENDING = ".onnx"


def export(weights: Path, to: Path) -> onnx.ModelProto:
    """Write the model in the file ``weights`` as the file ``to``, whole or not at all."""
    made = graph_of(read_model(weights), of_file(weights))
    with atomic.replacing(to) as temporary:
        temporary.write_bytes(made.SerializeToString())
    return made


def described(made: onnx.ModelProto) -> str:
    """``in: age double, city string; out: label string, probabilities float``"""
    sides = {"in": made.graph.input, "out": made.graph.output}
    return "; ".join(f"{side}: {', '.join(map(_value, values))}" for side, values in sides.items())


def _value(value: onnx.ValueInfoProto) -> str:
    return f"{value.name} {onnx.TensorProto.DataType.Name(value.type.tensor_type.elem_type).lower()}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m pipeline.export", description=__doc__)
    parser.add_argument("model", nargs="?", type=Path, default=USUAL, help="the model (%(default)s)")
    parser.add_argument("--to", required=True, type=Path, help=f"a file {ENDING}")
    asked = parser.parse_args()
    if asked.to.suffix.lower() != ENDING:
        raise HoldoutError(f"--to {asked.to}: allowed are names that end in {ENDING}")
    if asked.model == USUAL:
        require()
    say(f"{asked.to}: {described(export(asked.model, asked.to))}")


if __name__ == "__main__":
    run_stage(main, anywhere=True)
