"""The signature that a registered model has: columns by name and type."""

import pytest
from mlflow.models.utils import validate_schema

from pipeline.tracking import shipped
from tests.tracking import fake_store

pytestmark = pytest.mark.filterwarnings("ignore::Warning")  # MLflow's and pydantic's own


def test_a_table_has_a_signature_of_names_and_types_any_of_which_may_be_missing() -> None:
    found = shipped.signature(fake_store.table_model())
    kinds = {spec.name: (spec.type.name, spec.required) for spec in found.inputs.inputs}
    texts = dict.fromkeys(("color", "wet", "when"), ("string", False))
    assert kinds == {"x": ("double", False), **texts}
    assert found.outputs.input_names() == ["label", "probability_no", "probability_yes"]


def test_plain_arrays_have_a_signature_without_names_and_an_example_by_position() -> None:
    found = shipped.signature(fake_store.model())
    assert not found.inputs.has_input_names()
    assert len(found.inputs.inputs) == fake_store.FEATURES
    assert shipped.example(fake_store.model()).shape == (1, fake_store.FEATURES)


def test_the_example_fits_the_signature() -> None:
    for model in (fake_store.table_model(), fake_store.model()):
        validate_schema(shipped.example(model), shipped.signature(model).inputs)
