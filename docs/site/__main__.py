"""Build the site: python docs/site. All of it comes from this checkout, and nothing of it from another host."""

import shutil
import sys
from pathlib import Path

from assembly import assemble, refuse_others, unlisted
from galleries import gallery_of_claims, gallery_of_lessons, lesson_pages
from settings_page import settings_page
from sphinx.cmd.build import main as sphinx

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BUILT = ROOT / "build" / "site"
PAGE = ROOT / "docs" / "step" / "backpropagation.html"
REPORT = ROOT / "reports" / "report.html"


def start(text: str) -> str:
    """The first page, with whatever page of docs/ it doesn't name, and the report where the pipeline has run."""
    others = "\n".join([*unlisted(ROOT, text), "CHANGELOG"])
    card = ':::{container} card\n**<a href="report.html">A report</a>**\n\nOf the pipeline\'s last run here.\n:::\n'
    return text.replace("\nCHANGELOG\n", f"\n{others}\n").replace("\n::::\n", f"\n{card * REPORT.exists()}::::\n")


def led_back(text: str) -> str:
    """The page to step through, with a way back to the site, which it has no need of by itself."""
    return text.replace("<main>\n", '<main>\n<p><a href="../step.html" style="color:inherit">◂ Holdout</a></p>\n')


def build(out: Path) -> int:
    """Gather the pages, add those that are made from folders and from the schema, and hand them to Sphinx."""
    source = BUILT / "source"
    written = {path.name: path.read_text(encoding="utf-8") for path in HERE.glob("*.md")}
    written["index.md"] = start(written["index.md"])
    made = {
        **written,
        "claims.md": gallery_of_claims(ROOT),
        "lessons.md": gallery_of_lessons(ROOT),
        "settings.md": settings_page(ROOT),
        **lesson_pages(ROOT),
    }
    for folder in (source, out):
        shutil.rmtree(folder, ignore_errors=True)
    assemble(ROOT, source, made)
    strict = ["--fail-on-warning", "--nitpicky", "--quiet", "--builder", "html", "--doctree-dir", str(BUILT / "trees")]
    failed = sphinx([*strict, "--fresh-env", "--conf-dir", str(HERE), str(source), str(out)])
    (out / "step").mkdir()
    (out / "step" / PAGE.name).write_text(led_back(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    if REPORT.exists():
        shutil.copyfile(REPORT, out / "report.html")
    return failed


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else BUILT / "html"
    refuse_others(target)
    failed = build(target.resolve())
    if not failed:
        print(f"The site is built: open {target / 'index.html'} in a browser.")
    sys.exit(failed)
