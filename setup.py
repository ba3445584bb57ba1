"""Puts into a wheel what `python -m pipeline.new` starts a project from; a checkout has it at its top."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

STARTER = ("params.yaml", "dvc.yaml", ".dvcignore", "conf/**/*.yaml", "experiments/*/README.md")


def of_a_claim(path: Path) -> bool:
    """Whether the file belongs to the laboratory of the notes' claims, which projects of one's own don't have."""
    return path.parent.name == "claims" or Path(f"conf/claims/{path.parent.name}.yaml").exists()


class WithStarter(build_py):
    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for path in (path for pattern in STARTER for path in Path().glob(pattern) if not of_a_claim(path)):
            place = Path(self.build_lib, "pipeline", "starter", path)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)


setup(cmdclass={"build_py": WithStarter})
