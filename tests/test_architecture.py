"""The promise that only evaluate opens the test set, for the selected model only, read off dvc.yaml and the code."""

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.imports import closure
from pipeline.sealing.code import deciding

ROOT = Path(__file__).parent.parent
STAGES: dict[str, dict[str, Any]] = {
    name: stage.get("do", stage) for name, stage in yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"].items()
}
CODE = sorted((ROOT / "pipeline").rglob("*.py"))
# All places that hold test rows, the raw source included.
TEST_ROWS = ("data/sealed", "data/prepared", "${data.path}", "data")
# What a stage imports and no output can depend on: words on the terminal, what is refused, how much is kept in memory,
# the window on the runs, the line to the courier.
HARMLESS = (
    "pipeline/console.py",
    "pipeline/errors.py",
    "pipeline/extras.py",
    "pipeline/fields.py",
    "pipeline/headroom.py",
    "pipeline/launcher.py",
    "pipeline/limits.py",
    "pipeline/readable.py",  # select and report, which write scores into what they make, declare it
    "pipeline/reporting/inventory.py",
    "pipeline/streams.py",
    "pipeline/trials/dispatch.py",
    "pipeline/torn.py",
    "pipeline/whereabouts.py",
    "pipeline/tracking",
)


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
    assert callers == {"pipeline/storage/places.py", "pipeline/storage/sealed.py", "pipeline/stages/evaluate.py"}


def test_in_the_code_no_other_module_spells_out_the_sealed_path() -> None:
    spelled = {
        path.relative_to(ROOT).as_posix()
        for path in CODE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if node.value.startswith("data/sealed") or "data/sealed" in node.value.split()
    }
    assert spelled <= {"pipeline/storage/places.py", "pipeline/sealing/boundaries.py"}


@pytest.mark.parametrize("stage", STAGES)
def test_dvc_yaml_declares_all_code_that_a_stage_imports(stage: str) -> None:
    declared = [ROOT / path for path in reads(stage) if path.startswith("pipeline/")]
    needed = [path for path in closure(f"pipeline.stages.{stage}") if path.name != "__init__.py"]
    undeclared = [path for path in needed if not {path, *path.parents} & {*declared, *map(ROOT.joinpath, HARMLESS)}]
    assert not undeclared


@pytest.mark.parametrize("stage", STAGES)
def test_dvc_yaml_declares_no_code_that_a_stage_does_not_import(stage: str) -> None:
    declared = [ROOT / path for path in reads(stage) if path.startswith("pipeline/")]
    certified = deciding() if stage == "select" else [stage]
    needed = {path for name in certified for path in closure(f"pipeline.stages.{name}")}
    assert [path for path in declared if not any(path in (file, *file.parents) for file in needed)] == []


def test_selection_is_certified_anew_when_any_code_that_decides_changes() -> None:
    code = {path for stage in deciding() for path in reads(stage) if path.startswith("pipeline/")}
    certified = tuple(reads("select"))
    assert {path for path in code if not path.startswith(certified)} == set()


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_of_dvc_yaml_is_the_module_of_its_name(stage: str) -> None:
    assert STAGES[stage]["cmd"].startswith(f"python -m pipeline.stages.{stage}")
    assert (ROOT / f"pipeline/stages/{stage}.py").is_file()


@pytest.mark.parametrize("stage", STAGES)
def test_stages_are_thin(stage: str) -> None:
    assert len((ROOT / f"pipeline/stages/{stage}.py").read_text().splitlines()) <= 60


def test_every_package_says_in_one_sentence_what_lives_there() -> None:
    for path in (ROOT / "pipeline").rglob("__init__.py"):
        docstring = ast.get_docstring(tree(path))
        assert docstring
        assert docstring.splitlines()[0].endswith(".")


DANGERS = {"pickle", "dill", "eval", "exec", "instantiate", "yaml.load"}  # what is imported or called
SWITCHES = {"allow_pickle", "shell"}  # arguments that may not be True


def dangers(code: ast.AST) -> set[str]:
    """Ways in which the code could run what it reads."""
    nodes = list(ast.walk(code))
    found = {alias.name for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names}
    found |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    found |= {ast.unparse(call.func) for call in calls} | {ast.unparse(call.func).split(".")[-1] for call in calls}
    switched = {word.arg or "" for call in calls for word in call.keywords if ast.unparse(word.value) == "True"}
    return found & DANGERS | switched & SWITCHES


def test_nothing_is_unpickled_or_instantiated() -> None:
    assert {str(path): found for path in CODE if (found := dangers(tree(path)))} == {}


@pytest.mark.parametrize(
    ("code", "danger"),
    [
        ("import pickle", "pickle"),
        ("from hydra.utils import instantiate", "instantiate"),
        ("np.load(path, allow_pickle=True)", "allow_pickle"),
        ("yaml.load(text)", "yaml.load"),
        ("subprocess.run(text, shell=True)", "shell"),
        ("eval(text)", "eval"),
    ],
)
def test_what_is_dangerous_is_found(code: str, danger: str) -> None:
    assert dangers(ast.parse(code)) == {danger}


def test_what_python_compiles_is_no_part_of_a_stages_code() -> None:
    """Else dvc.lock would differ by who has imported what, and a stage would run again for nothing."""
    assert {"__pycache__/", "*.pyc"} <= {*(ROOT / ".dvcignore").read_text(encoding="utf-8").split()}
