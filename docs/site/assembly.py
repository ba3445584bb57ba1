"""Gathers the site's pages from the repository: Markdown as it lies, with its links turned to pages of the site.

A link to a file that is no page, a module or a file of settings, goes to a page that shows it; a link to a folder goes
to a page that lists it; a link to a claim that has not been computed yet becomes plain words.
"""

import ast
import os
import posixpath
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

TOP = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")
PICTURES = (".svg", ".png")
OF_CLAIMS = ("docs/claims", "docs/verdicts")  # which the gallery of claims names
QUOTED = ("pipeline", "conf")  # folders that pages quote from
LINK = re.compile(r"(?<!!)\[([^\]\n]*(?:\n[^\]\n]*)?)\]\((?!https?:|mailto:|#)([^)#\s]+)(#[^)\s]*)?\)")
FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
FORMULAS = "docs/formulas.md"  # where each claim's verdict stands beside its name
LESSON = re.compile(r"^docs/lessons/(\w+)\.py$")
LANGUAGES = {".py": "python", ".yaml": "yaml", ".toml": "toml", ".json": "json", ".md": "markdown"}


def assemble(root: Path, source: Path, made: Mapping[str, str]) -> None:
    """Write all pages below ``source``, those in ``made`` (path: text) too."""
    for folder in QUOTED:
        shutil.copytree(root / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    found = {path: (root / path).read_text(encoding="utf-8") for path in pages(root)} | dict(made)
    shown: set[str] = set()
    for path, text in found.items():
        _write(source / path, turned(text, path, root, found.keys(), shown))
    for path in sorted(shown):
        _write(source / shower(path), _showing(root, path))
    for path in pictures(root):
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / path, source / path)


def refuse_others(out: Path) -> None:
    """What is in ``out`` goes: nothing may be there but an earlier site."""
    if out.exists() and any(out.iterdir()) and not (out / ".buildinfo").exists():
        sys.exit(
            f"error: {out}: holds other files than a site's, and would be emptied; name a folder that is empty or new"
        )


def pages(root: Path) -> list[str]:
    """The repository's Markdown that is part of the site, as paths from its root."""
    texts = [*(root / "docs").rglob("*.md"), *(root / "experiments").glob("*/README.md")]
    inside = [path.relative_to(root).as_posix() for path in texts]
    return [*TOP, *sorted(path for path in inside if not path.startswith(("docs/site/", "docs/lessons/")))]


def unlisted(root: Path, contents: str) -> list[str]:
    """Pages of docs/ that no table of contents names, without their endings."""
    names = [page.removesuffix(".md") for page in pages(root) if page.startswith("docs/")]
    apart = (name for name in names if not name.startswith("docs/decisions/") and name not in OF_CLAIMS)
    return [name for name in apart if f"\n{name}\n" not in contents]


def pictures(root: Path) -> list[str]:
    folders = (root / "docs", root / "experiments")
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix in PICTURES]
    return sorted(path.relative_to(root).as_posix() for path in files)


def turned(text: str, page: str, root: Path, pages: Mapping[str, str] | set[str], shown: set[str]) -> str:
    """The page's text with its links turned; what needs a page of its own is entered in ``shown``."""

    def turn(match: re.Match[str]) -> str:
        words, target, anchor = match[1], match[2], match[3] or ""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
        if path in pages or path.endswith(PICTURES):
            said = verdict(root / path) if page == FORMULAS and path.startswith("experiments/") else ""
            return f"{match[0]} ({said})" if said else match[0]
        if (made := LESSON.sub(r"lessons/\1.md", path).replace("docs/lessons/README.md", "lessons.md")) in pages:
            return f"[{words}]({_from(page, made)})"
        if path.startswith("docs/step/"):
            return f'<a href="{_from(page, path.removeprefix("docs/"))}">{words}</a>'
        if not (root / path).exists():
            return f"{words} (not computed here yet)" if path.startswith("experiments/") else match[0]
        shown.add(path)
        return f"[{words}]({_from(page, shower(path))}{anchor})"

    parts = FENCE.split(text)
    return "".join(part if part.startswith("```") else LINK.sub(turn, part) for part in parts)


def _from(page: str, path: str) -> str:
    return posixpath.relpath(path, posixpath.dirname(page) or ".")


def verdict(readme: Path) -> str:
    """What became of the claim that a README tells; nothing for one that tells no verdict."""
    found = re.search(r"\*\*Verdict: ([^*]+?)\.?\*\*", readme.read_text(encoding="utf-8"))
    return found[1] if found else ""


def shower(path: str) -> str:
    """The page that shows a file or folder of the repository."""
    return f"files/{path}.md"


def _showing(root: Path, path: str) -> str:
    head = f"---\norphan: true\n---\n# `{path}`\n"
    if (root / path).is_dir():
        return head + "\n".join(_listed(root / path)) + "\n"
    language = LANGUAGES.get(Path(path).suffix, "text")
    text = (root / path).read_text(encoding="utf-8")
    return f"{head}~~~~~~{language}\n{text}\n~~~~~~\n"


def _listed(folder: Path) -> Iterator[str]:
    """What lies in a folder, each file with the first sentence of its docstring."""
    yield _sentence(folder / "__init__.py") + "\n"
    for name in sorted(os.listdir(folder)):
        if not name.startswith(("__", ".")):
            yield f"- `{name}`" + (f": {said}" if (said := _sentence(folder / name)) else "")


def _sentence(path: Path) -> str:
    if path.is_dir():
        path /= "__init__.py"
    if path.suffix != ".py" or not path.exists():
        return ""
    lines = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n\n")[0]
    return re.sub(r"([*_`$|\[\]<>\\])", r"\\\1", " ".join(lines.split()))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
