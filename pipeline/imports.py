"""Which modules a module of this package needs to run, read off the source: for what travels without the project."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
PACKAGE = ROOT.name


def closure(*modules: str) -> list[Path]:
    """The source files of ``modules`` (``pipeline.nn.network``) and of all that they import here, sorted.

    Imports inside functions count, those for type checkers only don't.
    """
    found: set[Path] = set()
    rest = list(modules)
    while rest:
        name = rest.pop()
        path = _source(name)
        if path is not None and path not in found:
            found.add(path)
            rest += [parent for parent in (name.rpartition(".")[0],) if parent]
            rest += [one for one in _imported(path) if one.partition(".")[0] == PACKAGE]
    return sorted(found)


def others(*modules: str) -> set[str]:
    """The top-level names of what the closure of ``modules`` imports from elsewhere, Python's own library left out."""
    names = {name.partition(".")[0] for path in closure(*modules) for name in _imported(path)}
    return names - sys.stdlib_module_names - {PACKAGE}


def _source(name: str) -> Path | None:
    place = ROOT.parent.joinpath(*name.split("."))
    candidates = (place / "__init__.py", place.with_suffix(".py"))
    return next((path for path in candidates if path.is_file()), None)


def _imported(path: Path) -> Iterator[str]:
    """Names of modules, and of what is taken from them, which may be modules too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    checks = (node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
    skipped = {inner for check in checks for statement in check.body for inner in ast.walk(statement)}
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
