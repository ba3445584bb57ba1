"""One word means one thing: names of modules and classes of this room are its own, in the whole house."""

import ast
from collections import Counter
from pathlib import Path

import pipeline.nn

HERE = Path(str(pipeline.nn.__file__)).parent
FILES = [path for path in HERE.parent.rglob("*.py") if path.stem not in ("__init__", "__main__")]


def classes(path: Path) -> list[str]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [node.name for node in nodes if isinstance(node, ast.ClassDef)]


def test_no_module_has_the_name_of_another() -> None:
    counts = Counter(path.stem for path in FILES)
    assert [path.stem for path in FILES if HERE in path.parents and counts[path.stem] > 1] == []


def test_no_class_has_the_name_of_another() -> None:
    counts = Counter(name for path in FILES for name in classes(path))
    assert [name for path in FILES if HERE in path.parents for name in classes(path) if counts[name] > 1] == []
