"""The files of a new project, as text: what this program itself is set up with, made fit for data of one's own."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.configuration.params import FILE, PLACEHOLDER, PLACEHOLDERS, Params
from pipeline.sealing.code import STARTER
from pipeline.storage.places import INSTALLED, PARAMS

CLAIMS = "claims"  # the laboratory of the notes' claims, which a project of one's own has not got
OURS = re.compile(r"(?:^ +(?:- pipeline/.*|# the certificate holds a hash of this code.*)\n)+", re.MULTILINE)
VERDICT = re.compile(r"\*\*Verdict\.\*\*.*", re.DOTALL)
IGNORED = """\
.venv*/
.trials/
.holdout/
__pycache__/
mlflow.db*
mlartifacts/
mlruns/
/installed/
/data/parts.json
/data/prepared/
/data/split/
/data/sealed/
/models/selected/
/reports/*
!/reports/ledger.jsonl
!/reports/metrics.json
/experiments/*/results/
"""
ATTRIBUTES = "reports/ledger.jsonl merge=union\n"  # its lines are only ever added
DVC_CONFIG = "[core]\n    analytics = false\n    autostage = false\n    check_update = false\n"
NOTED = """\
  # Notes which code is installed: with another version, the stages whose code has changed run again.
  installed:
    cmd: python -m pipeline.stages.installed
    always_changed: true
    outs:
"""


def files(name: str, data: str | None = None, target: str | None = None) -> dict[str, str]:
    """Text by path, relative to the new project's folder.

    Args:
        name: of the project, see ``cleaned``.
        data: the user's file or folder, relative to the project; None: the bundled set iris, to see it work.
        target: the column or array to predict.
    """
    copied = {path.relative_to(STARTER).as_posix(): path.read_text("utf-8") for path in _settings()}
    questions = {path.relative_to(STARTER).as_posix(): path.read_text("utf-8") for path in _questions()}
    return {
        **copied,
        **{path: VERDICT.sub("**Verdict.** None yet.", text) for path, text in questions.items()},
        "params.yaml": _params((STARTER / PARAMS).read_text("utf-8"), name, data, target),
        "dvc.yaml": _stages((STARTER / "dvc.yaml").read_text("utf-8")),
        "README.md": _readme(name, data),
        ".gitignore": IGNORED,
        ".gitattributes": ATTRIBUTES,
        ".dvcignore": (STARTER / ".dvcignore").read_text("utf-8"),
        ".dvc/config": DVC_CONFIG,
    }


def cleaned(name: str) -> str:
    """A folder's name as the name of a project: letters, digits, - and _; at most 64 of them."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:64] or "mine"


def _settings() -> list[Path]:
    return sorted(path for path in (STARTER / "conf").rglob("*.yaml") if path.parent.name != CLAIMS)


def _questions() -> list[Path]:
    found = sorted((STARTER / "experiments").glob("*/README.md"))
    return [path for path in found if not (STARTER / "conf" / CLAIMS / f"{path.parent.name}.yaml").exists()]


def _params(text: str, name: str, data: str | None, target: str | None) -> str:
    """params.yaml with these data, its comments kept."""
    text = text.replace(PLACEHOLDER, PLACEHOLDERS[1])
    if data is None:
        text = _with(text, "  source", "iris")
        example = "  # Your file: source: file, path: raw/table.csv (put it there), target: the column to predict\n"
        text = text.replace("data:\n", f"data:\n{example}", 1)
    else:
        text = _with(_with(text, "  source", FILE), "  path", data)
        text = _with(text, "  target", target)
    if "project" in {field.name for field in fields(Params)}:
        text = _with(text if re.search("^project:", text, re.M) else f"project: ?\n{text}", "project", name)
    return text


def _with(text: str, key: str, value: Any) -> str:
    """``text`` with the value of ``key``, which is written with its indentation."""
    written = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=10**6).strip()[1:-1]
    found, count = re.subn(
        rf"^{key}:( +)[^\s#]+", lambda match: f"{key}:{match[1]}{written}", text, count=1, flags=re.M
    )
    if not count:
        raise KeyError(f"params.yaml has no {key.strip()}")
    return found


def _stages(text: str) -> str:
    """dvc.yaml whose stages depend on the note of their code in place of the code."""
    head, *bodies = re.split(r"^  (?=\w+:\n)", text, flags=re.M)
    names = [body.partition(":")[0] for body in bodies]
    bodies = [OURS.sub(_note(name), body, count=1) for name, body in zip(names, bodies, strict=True)]
    outs = "".join(f"      - {INSTALLED / name}:\n          cache: false\n" for name in names)
    return head + NOTED + outs + "\n" + "".join(f"  {OURS.sub('', body)}" for body in bodies)


def _note(stage: str) -> Any:
    def line(match: re.Match[str]) -> str:
        indent = len(match[0]) - len(match[0].lstrip(" "))
        return f"{' ' * indent}- {(INSTALLED / stage).as_posix()}\n"

    return line


def _readme(name: str, data: str | None) -> str:
    made = Environment(loader=PackageLoader("pipeline.new", ""), undefined=StrictUndefined, autoescape=False)
    return made.get_template("readme.md.j2").render(name=name, data=data) + "\n"
