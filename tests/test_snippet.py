"""README's Python runs as it stands."""

import re

import pytest

from tests.project import ROOT

BLOCKS = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_the_python_in_the_readme_runs_and_its_score_is_good(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(BLOCKS[number], "README.md", "exec"), {})
    assert 0.95 < float(capsys.readouterr().out.split()[0]) < 1


def test_the_readme_has_python_to_begin_with() -> None:
    assert BLOCKS
