"""The promise that only evaluate opens the test set, for the selected model only, read off dvc.yaml and the code."""

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
STAGES: dict[str, dict[str, Any]] = {
    name: stage.get("do", stage) for name, stage in yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"].items()
}
CODE = sorted((ROOT / "pipeline").rglob("*.py"))
# All places that hold test rows, the raw source included.
TEST_ROWS = ("data/sealed", "data/prepared", "${data.path}", "data")


def names(entries: list[Any]) -> list[str]:
    return [next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries]


def reads(stage: str) -> list[str]:
    return names(STAGES[stage].get("deps", []))


def writes(stage: str) -> list[str]:
    return names([*STAGES[stage].get("outs", []), *STAGES[stage].get("metrics", [])])


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def mentions(path: Path, *wanted: str) -> bool:
    """Whether the code (not its docstrings) uses one of these names."""
    nodes = ast.walk(tree(path))
    found = {node.id for node in nodes if isinstance(node, ast.Name)}
    found |= {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
    return bool(found & set(wanted))


def main_calls(stage: str) -> list[str]:
    """The functions that a stage's main calls, in order, as written."""
    module = tree(ROOT / f"pipeline/stages/{stage}.py")
    (main,) = (node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == "main")
    calls = [node for node in ast.walk(main) if isinstance(node, ast.Call)]
    return [ast.unparse(call.func) for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset))]


def test_in_dvc_yaml_only_evaluate_reads_the_sealed_rows() -> None:
    readers = {name for name in STAGES if any(path.startswith("data/sealed") for path in reads(name))}
    assert readers == {"evaluate"}
    assert [name for name in STAGES if "data/sealed/test" in writes(name)] == ["split"]


@pytest.mark.parametrize("stage", [name for name in STAGES if name not in ("prepare", "split", "evaluate")])
def test_in_dvc_yaml_no_other_stage_reads_a_place_with_test_rows(stage: str) -> None:
    assert not [path for path in reads(stage) if path in TEST_ROWS or path.startswith(("data/sealed", "data/prepared"))]


def test_in_dvc_yaml_evaluate_reads_no_model_but_the_selected_one() -> None:
    assert "models/selected" in reads("evaluate")
    assert not [path for path in reads("evaluate") if path.startswith(("experiments", ".trials"))]
    assert [name for name in STAGES if "models/selected" in writes(name)] == ["select"]


def test_in_dvc_yaml_nothing_flows_back_from_evaluate() -> None:
    later = {"evaluate", "report"}
    for name in STAGES.keys() - later:
        assert not [path for path in reads(name) if path.startswith("reports")], name


def test_in_the_code_only_evaluate_opens_the_sealed_rows() -> None:
    callers = {path.relative_to(ROOT).as_posix() for path in CODE if mentions(path, "read_sealed_test", "SEALED_TEST")}
    assert callers == {"pipeline/files.py", "pipeline/stages/evaluate.py"}


def test_in_the_code_no_other_module_spells_out_the_sealed_path() -> None:
    spelled = {
        path.relative_to(ROOT).as_posix()
        for path in CODE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "data/sealed" in node.value.split()
    }
    spelled |= {
        path.relative_to(ROOT).as_posix() for path in CODE if '"data/sealed' in path.read_text(encoding="utf-8")
    }
    assert spelled <= {"pipeline/files.py", "pipeline/sealing/confine.py"}


def test_in_the_code_evaluate_checks_the_certificate_before_it_opens_the_test_set() -> None:
    calls = main_calls("evaluate")
    assert calls.index("certificate.check") < calls.index("files.read_model") < calls.index("files.read_sealed_test")
    assert calls.count("files.read_sealed_test") == 1
    source = (ROOT / "pipeline/stages/evaluate.py").read_text()
    assert 'files.read_model(files.SELECTED / "model.npz")' in source
    assert not mentions(ROOT / "pipeline/stages/evaluate.py", "EXPERIMENTS", "read_results")


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_confines_itself_before_it_reads_data(stage: str) -> None:
    module = tree(ROOT / f"pipeline/stages/{stage}.py")
    bound = [
        call for call in ast.walk(module) if isinstance(call, ast.Call) and ast.unparse(call) == f"confine({stage!r})"
    ]
    assert len(bound) == 1, f"{stage} must call confine({stage!r}) once, in main"
    calls = main_calls(stage)
    readers = [call for call in calls if call.startswith("files.read") or call in ("job", "load", "read_results")]
    assert all(calls.index("confine") < calls.index(call) for call in readers)


@pytest.mark.parametrize("stage", STAGES)
def test_stages_are_thin(stage: str) -> None:
    assert len((ROOT / f"pipeline/stages/{stage}.py").read_text().splitlines()) <= 60


def test_every_package_says_in_one_sentence_what_lives_there() -> None:
    for path in (ROOT / "pipeline").rglob("__init__.py"):
        docstring = ast.get_docstring(tree(path))
        assert docstring
        assert docstring.splitlines()[0].endswith(".")


def test_nothing_is_unpickled_or_instantiated() -> None:
    for path in CODE:
        text = path.read_text(encoding="utf-8")
        for danger in ("import pickle", "allow_pickle=True", "yaml.load(", "instantiate(", "eval(", "shell=True"):
            assert danger not in text, f"{path}: {danger}"
