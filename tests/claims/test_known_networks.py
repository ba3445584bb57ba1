"""Claim 20, on a few made images: each network is scored once, and its rule comes out each way."""

import gzip
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.claims import catalog, longer_networks
from pipeline.claims.claim import CONFIRMED, LIMITED, NOT_CONFIRMED
from pipeline.claims.full_mnist import FILES, TEST_FILES
from pipeline.claims.known_networks import CLAIM, keys, networks
from pipeline.claims.scored_once import LEDGER, looks
from pipeline.errors import HoldoutError
from pipeline.feed.schema import CLASSIFICATION, Schema
from pipeline.training.hyperparameters import Hyperparameters, changed, resolved
from tests.project import ROOT

TINY: dict[str, Any] = {
    "title": "784-4-10",
    "published": 0.5,
    "network.hidden": [4],
    "stopping.epochs": 2,
}
SETTINGS: dict[str, Any] = {"mnist": "mnist", "seed": 1, "rows": 60, "held_out": 20, "one": TINY, "level": 0.05}


def write_idx(path: Path, values: np.ndarray) -> None:
    head = struct.pack(f">2xBB{values.ndim}I", 8, values.ndim, *values.shape)
    path.write_bytes(gzip.compress(head + values.astype(np.uint8).tobytes()))


@pytest.fixture
def mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with 80 images to train on and 30 to test, of noise."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    Path("mnist").mkdir()
    Path("claims").mkdir()
    for files, count in ((FILES, 80), (TEST_FILES, 30)):
        write_idx(Path("mnist") / f"{files[0]}.gz", rng.integers(0, 256, (count, 28, 28)))
        write_idx(Path("mnist") / f"{files[1]}.gz", np.arange(count) % 10)
    return tmp_path


def test_a_network_is_scored_once_and_a_changed_one_again(mnist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = CLAIM.measure(SETTINGS)
    assert first["networks"]["one"]["rows"] == 30
    monkeypatch.setattr("pipeline.claims.scored_once.images", lambda *given: pytest.fail("a second look"))
    assert CLAIM.measure(SETTINGS) == first
    monkeypatch.undo()
    monkeypatch.chdir(mnist)
    CLAIM.measure(SETTINGS | {"one": TINY | {"published": 0.1}})
    assert len(looks()) == 1  # what was published decides nothing of the training
    assert CLAIM.measure(SETTINGS | {"one": TINY | {"stopping.epochs": 1}})["looks"] == 2
    figure = CLAIM.draw(SETTINGS, first)
    assert figure == CLAIM.draw(SETTINGS, first)


def test_files_that_are_not_there_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HoldoutError, match="elsewhere: The full MNIST training file is not there; put the four"):
        CLAIM.measure(SETTINGS | {"mnist": "elsewhere"})


def test_a_line_that_is_no_look_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    LEDGER.parent.mkdir()
    LEDGER.write_text(json.dumps({"network": 3}) + "\n")
    with pytest.raises(HoldoutError, match=r"looks.jsonl: line 1 is no look at the test images .network is 3.: take"):
        looks()


@pytest.mark.parametrize(
    ("wrong", "outcome"), [((470, 300), CONFIRMED), ((200, 600), LIMITED), ((600, 600), NOT_CONFIRMED)]
)
def test_the_rule_comes_out_each_way(wrong: tuple[int, int], outcome: str) -> None:
    settings = {"one": TINY | {"published": 0.047}, "two": TINY | {"published": 0.03}, "level": 0.05}
    found = {name: {"wrong": count, "rows": 10_000} for name, count in zip(("one", "two"), wrong, strict=True)}
    assert CLAIM.judge(settings, {"networks": found, "looks": 2}).outcome == outcome


@pytest.mark.parametrize("claim", [CLAIM, longer_networks.CLAIM], ids=lambda claim: claim.name)
def test_the_settings_of_each_network_can_be_used(claim: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    schema = Schema(CLASSIFICATION, tuple(f"x{i}" for i in range(784)), tuple("0123456789"), (28, 28))
    settings = catalog.settings_of(claim)
    assert {*keys(*networks(settings))} == {*settings}
    for values in networks(settings).values():
        own = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items() if "." in name}
        assert len(own) == len(values) - 2
        how = resolved(changed(Hyperparameters(), own), schema)
        assert how.schedule.epochs == how.stopping.epochs
