"""Sphinx's settings for the site: Markdown, formulas as MathML, the API from docstrings, nothing from another host."""

import re
import sys
from pathlib import Path
from typing import Any

from docutils.nodes import SkipNode
from docutils.utils.math.latex2mathml import tex2mathml

sys.path.insert(0, str(Path(__file__).parents[2]))

project = "Holdout"
html_title = "Holdout"
copyright = "the authors of Holdout"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["pipeline", "conf"]
root_doc = "index"

myst_enable_extensions = ["colon_fence", "dollarmath", "attrs_inline"]
myst_heading_anchors = 3
suppress_warnings = ["misc.highlighting_failure", "myst.header"]

autodoc_typehints = "none"  # the docstrings give shapes, which types don't
autodoc_member_order = "bysource"
toc_object_entries_show_parents = "hide"
napoleon_use_rtype = False
nitpick_ignore_regex = [("py:.*", ".*")]  # types of other libraries, whose sites are elsewhere

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_math_renderer = "mathml"
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1d4ed8", "color-brand-content": "#1d4ed8"},
    "dark_css_variables": {
        "color-brand-primary": "#7fb0ff",
        "color-brand-content": "#7fb0ff",
        "color-background-primary": "#171c25",  # the figures' dark paper
        "color-background-secondary": "#0f131a",
    },
}


LITERAL = re.compile(r"(`+[^`]*`+)")
MARKUP = re.compile(r"\||\*(?=\w)|(?<=\w)_(?!\w)")


def _inline(writer: Any, node: Any) -> None:
    writer.body.append(tex2mathml(node.astext()))
    raise SkipNode


def _block(writer: Any, node: Any) -> None:
    writer.body.append(f'<div class="formula">{tex2mathml(node.astext(), as_block=True)}</div>')
    raise SkipNode


def _plain(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Docstrings are prose with mathematics: |δ|, (*leading, units) and history_ are no markup; what is indented after
    an empty line is code."""
    made: list[str] = []
    for line in lines:
        indented = line.startswith("    ")
        if indented and made and not made[-1] and not made[-2].startswith("    "):
            made += ["::", ""]
        made.append(line if indented and "::" in made else _escaped(line))
    lines[:] = made


def _escaped(line: str) -> str:
    if re.match(r"\s*\w+ : ", line):  # a parameter, which napoleon reads
        return line
    parts = LITERAL.split(line)
    return "".join(part if part.startswith("`") else MARKUP.sub(r"\\\g<0>", part) for part in parts)


def setup(app: Any) -> None:
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.connect("autodoc-process-docstring", _plain, priority=400)  # before napoleon
