"""The galleries of claims and of lessons, made from their folders; both may be empty."""

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from assembly import OF_CLAIMS, verdict

CLAIMS_HEAD = """# Claims of the notes, run
Each claim is one folder, one command, one figure and one verdict, whose rule was written before the numbers. All are
computed by this project's engine; no sealed test row is used.
"""
EXPERIMENTS_HEAD = """## Experiments of the pipeline
These sweeps are candidates of its selection.
"""
LESSONS_HEAD = """# Lessons
Each is a script of at most 30 lines on the public Python API: what is claimed, what to predict before you run it, and
its figure.
"""
ABOUT = {"docs/verdicts.md": "All verdicts in one table", "docs/claims.md": "How a claim is made and judged"}
NONE = "There are none in this checkout yet.\n"


class Page(NamedTuple):
    """What a gallery shows of a claim: path of its README from the root, title, section of the notes, verdict."""

    path: str
    title: str
    section: str
    verdict: str
    figure: str


def gallery_of_claims(root: Path) -> str:
    """The claims by the notes' sections, a card each; experiments without a figure below them."""
    read = [_page(root, path) for path in sorted((root / "experiments").glob("*/README.md"))]
    how = [f"{name}.md" for name in OF_CLAIMS if (root / f"{name}.md").exists()]
    order = _order(root)
    claims = sorted(
        (page for page in read if page.figure), key=lambda page: (order(page.path), page.section, page.title)
    )
    others = [page for page in read if not page.figure]
    cards = "".join(_card(page.path, page.figure, page.title, f"§{page.section} · {page.verdict}") for page in claims)
    shown = f":::::{{container}} cards\n{cards}:::::\n" if claims else NONE
    shown += f"\n{''.join(f'[{words}]({path}). ' for path, words in ABOUT.items() if path in how)}\n"
    listed = "".join(f"- [{page.title}]({page.path})\n" for page in others)
    tree = _toctree([*how, *(page.path for page in [*claims, *others])])
    return f"{CLAIMS_HEAD}\n{shown}\n{EXPERIMENTS_HEAD}\n{listed}\n{tree}"


def _order(root: Path) -> Callable[[str], int]:
    """The place of a README in the table of verdicts; behind all others where there is none."""
    table = root / "docs" / "verdicts.md"
    named = re.findall(r"experiments/\w+/README\.md", table.read_text(encoding="utf-8")) if table.exists() else []
    return lambda path: named.index(path) if path in named else len(named)


def gallery_of_lessons(root: Path) -> str:
    """The lessons, a card each, in the order of the notes' sections."""
    scripts = sorted(_scripts(root), key=lambda path: _words(path)[1])
    names = [path.stem for path in scripts]
    cards = "".join(
        _card(f"lessons/{path.stem}.md", _figure_of(path, root), _words(path)[0], f"§{_words(path)[1]} · `{path.name}`")
        for path in scripts
    )
    shown = f":::::{{container}} cards\n{cards}:::::\n" if names else NONE
    return f"{LESSONS_HEAD}\n{shown}\n{_toctree([f'lessons/{name}.md' for name in names])}"


def lesson_pages(root: Path) -> dict[str, str]:
    """A page for each lesson: its words, its figure, its code."""
    return {f"lessons/{path.stem}.md": _lesson(path, root) for path in _scripts(root)}


def _lesson(path: Path, root: Path) -> str:
    title, section, words = _words(path)
    figure = _figure_of(path, root)
    shown = f"![{title}](../{figure})\n\n" if figure else ""
    body = path.read_text(encoding="utf-8").split('"""', 2)[2].strip()
    return f"# {title}\nNotes, §{section}.\n\n{words}\n\n{shown}~~~python\n{body}\n~~~\n"


def _words(path: Path) -> tuple[str, str, str]:
    """Title, section of the notes and text of a lesson's docstring, each line `Claim: …` of it a paragraph."""
    first, *lines = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or path.stem).splitlines()
    title, _, sections = first.rstrip(".").partition(" (notes, section")
    text = re.sub(r"^([A-Z][\w ]*:)", r"\n**\1**", "\n".join(lines), flags=re.MULTILINE)
    return title, sections.strip("s )") or "–", text.strip()


def _scripts(root: Path) -> list[Path]:
    return [path for path in sorted((root / "docs" / "lessons").glob("*.py")) if not path.name.startswith("_")]


def _figure_of(path: Path, root: Path) -> str:
    figure = path.with_suffix(".svg")
    return figure.relative_to(root).as_posix() if figure.exists() else ""


def _page(root: Path, path: Path) -> Page:
    text = path.read_text(encoding="utf-8")
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    section = re.search(r"\*\*The notes[’'] claim \(§([\d, §-]+)", text)
    figure = path.parent / "figure.svg"
    return Page(
        path.relative_to(root).as_posix(),
        title[1] if title else path.parent.name,
        section[1] if section else "–",
        verdict(path),
        figure.relative_to(root).as_posix() if figure.exists() else "",
    )


def _card(target: str, figure: str, title: str, below: str) -> str:
    picture = f"[![{title}]({figure})]({target})\n\n" if figure else ""
    return f"::::{{container}} card\n{picture}**[{title}]({target})**\n\n{below}\n::::\n"


def _toctree(paths: list[str]) -> str:
    listed = "\n".join(path.removesuffix(".md") for path in paths)
    return f"```{{toctree}}\n:hidden:\n\n{listed}\n```\n" if paths else ""
