"""One word means one thing in the whole house, and the house's plan says of each room what its door says."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = [path for path in sorted((ROOT / "pipeline").rglob("*.py")) if not path.name.startswith("__")]
ROOMS = sorted(path.parent.relative_to(ROOT).as_posix() for path in (ROOT / "pipeline").rglob("*/__init__.py"))
PLAN = dict(re.findall(r"^\| `(pipeline/[\w/]+)/` \| (.+) \|$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M))


def shared(names: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: places for name, places in names.items() if len(places) > 1}


def test_a_module_has_a_name_of_its_own() -> None:
    found = defaultdict(list)
    for path in MODULES:
        found[path.stem].append(path.relative_to(ROOT).as_posix())
    assert shared(found) == {}


def test_a_class_has_a_name_of_its_own() -> None:
    found = defaultdict(list)
    for path in MODULES:
        nodes = ast.parse(path.read_text(encoding="utf-8")).body
        for node in (node for node in nodes if isinstance(node, ast.ClassDef)):
            found[node.name].append(path.relative_to(ROOT).as_posix())
    assert shared(found) == {}


@pytest.mark.parametrize("room", ROOMS)
def test_the_readme_and_the_room_say_the_same_of_it(room: str) -> None:
    docstring = ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert docstring[:1].lower() + docstring[1:] == f"{PLAN.get(room)}."


def test_the_readme_shows_no_room_that_is_not_there() -> None:
    assert set(PLAN) == set(ROOMS)
