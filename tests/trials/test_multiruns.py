"""Where a multirun's own words go among those of the command line."""

import sys
from pathlib import Path

import pytest

from pipeline.trials import multiruns
from pipeline.trials.sweeps import AD_HOC, Sweep


@pytest.mark.parametrize("line", ["-m seed=1,2 x=3", "seed=1,2 x=3 -m", "seed=1,2 x=3 --cfg job", "-m"])
def test_settings_stay_together_for_hydras_parser_takes_none_from_behind_an_option(
    line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(sys, "argv", ["train"])
    monkeypatch.setattr(multiruns.hydra, "main", lambda **known: lambda job: lambda: seen.extend(sys.argv[1:]))
    multiruns.run(lambda config: None, Path("conf"), [("", line.split())], Sweep(AD_HOC, "1"))
    places = [place for place, word in enumerate(seen) if "=" in word]
    assert places == list(range(places[0], places[-1] + 1))
    assert [word for word in seen if "hydra.job.env_set" not in word] == line.split()
    assert len(seen) == len(line.split()) + 2
