"""The columns that a model takes, in MLflow's types."""

from mlflow.types import ColSpec, DataType, TensorSpec
from mlflow.types import Schema as Columns

from pipeline.feed.schema import CATEGORY, DATE, FLAG, NUMBER, Schema
from pipeline.serving.received import named

TYPES = {NUMBER: DataType.double, CATEGORY: DataType.string, FLAG: DataType.string, DATE: DataType.string}


def columns_of(schema: Schema) -> Columns:
    """By name and type, all of which may be missing as far as MLflow knows: champion.py says better which is.

    Flags are text: MLflow reads a null in a column of booleans as false. Plain arrays have columns without names, for
    rows come as ``{"inputs": [[…]]}`` too, which MLflow refuses where there are names.
    """
    made: list[ColSpec | TensorSpec] = [ColSpec(DataType.double) for _ in schema.features]
    if named(schema):
        pairs = zip(schema.features, schema.kinds, strict=True)
        made = [ColSpec(TYPES[kind], name, required=False) for name, kind in pairs]
    return Columns(made)
