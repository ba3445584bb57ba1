"""installed: note which code each stage runs, so that DVC runs a stage again when another version is installed.

It is in the dvc.yaml of a project that ``python -m pipeline.new`` has started; the program's own names the code itself.
As it always runs, and first, it says what DVC would stop at.
"""

from pipeline.console import run_stage
from pipeline.preflight import check_sources
from pipeline.sealing.code import code_hash, stages
from pipeline.storage.documents import write_text
from pipeline.storage.places import INSTALLED


def main() -> None:
    check_sources()
    for stage in stages():
        write_text(INSTALLED / stage, f"{code_hash(stage)}\n")


if __name__ == "__main__":
    run_stage(main)
