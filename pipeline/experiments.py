"""Start an experiment of your own: python -m pipeline.experiments new NAME."""

import argparse
import re
from pathlib import Path

from pipeline.configuration.params import EXPERIMENT_NAME, load_params
from pipeline.console import run_stage, say
from pipeline.errors import HoldoutError
from pipeline.storage import documents
from pipeline.storage.places import EXPERIMENTS, PARAMS

CONF = Path("conf/experiment")
SWEEPERS = Path("conf/hydra/sweeper")
LISTED = re.compile(r"^(experiments:[ \t]*\[[^\]\n]*)\]", re.MULTILINE)  # experiments: [auto]
BLOCK = re.compile(r"^experiments:[^\n\[]*\n(?:[ \t]*-[^\n]*\n)+", re.MULTILINE)  # one name a line
SETTINGS = """\
# @package _global_
# {question}   python -m pipeline.stages.train experiment={name}
network:
  hidden: [100]

hydra:
  mode: MULTIRUN
  sweeper:
    params:
      optimizer.learning_rate: 0.03,0.1
"""
SEARCH = """\
# @package _global_
# {question}   python -m pipeline.stages.train experiment={name}
defaults:
  - override /hydra/sweeper: {search}

network:
  hidden: [100]

hydra:
  mode: MULTIRUN
  sweeper:
    trials: 20
    params:
      optimizer.learning_rate: tag(log, interval(0.001, 0.3))
      network.hidden.0: tag(log, int(interval(10, 300)))
"""
GRID = "**Grid.** `optimizer.learning_rate` 0.03, 0.1, 100 hidden units: 2 trials"
SPACE = (
    "**Search.** `{search}` over `optimizer.learning_rate` 0.001 to 0.3 and 10 to 300 hidden units, both log: 20 trials"
)
README = """\
# {name}
**Question.** {question}

**Claim.** What you expect, and why; written before the numbers.

{tried}
([conf/experiment/{name}.yaml](../../conf/experiment/{name}.yaml)).

**Verdict.** None yet.
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m pipeline.experiments", description=__doc__)
    new = parser.add_subparsers(dest="command", required=True).add_parser("new", help="write one to begin with")
    new.add_argument("name", metavar="NAME", help="of a-z, 0-9, _ and -")
    new.add_argument("--question", default="What does it ask?", help="one line (%(default)s)")
    new.add_argument(
        "--search", choices=sorted(path.stem for path in SWEEPERS.glob("*.yaml")), help="no grid: a search"
    )
    options = parser.parse_args()
    begin(options.name, options.question, options.search)


def begin(name: str, question: str, search: str | None = None) -> None:
    """Write settings, README and the line in params.yaml; of a search if one is named, a file in conf/hydra/sweeper.

    Raises:
        HoldoutError: the name is taken or can't be used, or params.yaml can't be changed; nothing is written then.
    """
    if not EXPERIMENT_NAME.fullmatch(name):
        raise HoldoutError(f"{name}: allowed are names of a-z, 0-9, _ and -, not starting with _ or -")
    settings, readme = CONF / f"{name}.yaml", EXPERIMENTS / name / "README.md"
    for path in (settings, readme):
        if path.exists():
            raise HoldoutError(f"{path} is there already: choose another name, or change that file")
    params = _with(name)
    question = " ".join(question.split())
    tried = SPACE.format(search=search) if search else GRID
    for path, text in ((settings, SEARCH if search else SETTINGS), (readme, README)):
        documents.write_text(path, text.format(name=name, question=question, search=search, tried=tried))
    documents.write_text(PARAMS, params)
    say(f"{settings}: what it varies\n{readme}: what it asks\n{PARAMS}: experiments names it")
    say(f"next: python -m pipeline.stages.train experiment={name}, or dvc repro")


def _with(name: str) -> str:
    """The text of params.yaml with one more experiment, its comments as they are."""
    before, text = load_params().experiments, PARAMS.read_text(encoding="utf-8")
    if name in before:
        return text
    more = LISTED.sub(rf"\g<1>, {name}]", text, count=1)
    if more == text:
        more = BLOCK.sub(lambda found: f"{found[0]}{_indent(found[0])}- {name}\n", text, count=1)
    if more == text:
        raise HoldoutError(f"{PARAMS}: experiments is written in a way of its own: add {name} to it by hand")
    return more


def _indent(block: str) -> str:
    last = block.splitlines()[-1]
    return last[: len(last) - len(last.lstrip())]


if __name__ == "__main__":
    run_stage(main)
