"""Claims 11 and 12, small; the full training file, there or not; and their rules each way."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from pipeline.claims import more_data, overfitting
from pipeline.claims.claim import CONFIRMED, LIMITED, NOT_CONFIRMED
from pipeline.claims.full_mnist import training_images
from tests.claims.settings import with_others

CLAIM, MORE = overfitting.CLAIM, more_data.CLAIM
SMALL = with_others(
    CLAIM, seeds=[1], rows=40, held_out=30, hidden=4, epochs=20, smoothed=2, plateau=6, mnist="nowhere", apart=2
)
FEW = with_others(MORE, seeds=[1], sizes=[20, 40], held_out=30, hidden=4, epochs=2, mnist="nowhere")


def test_without_the_full_file_the_notes_epoch_is_not_judged() -> None:
    found = CLAIM.measure(SMALL)
    assert [len(curve) for curve in found["default"][0].values()] == [20] * 4
    assert "“near epoch 280” is not judged" in CLAIM.judge(SMALL, found).numbers
    assert CLAIM.draw(SMALL, found) == CLAIM.draw(SMALL, found)


def test_the_full_training_file_is_dealt_by_a_seed(tmp_path: Path) -> None:
    pixels = np.arange(20 * 784, dtype=np.int64).astype(np.uint8)
    head = struct.pack(">IIII", 0x803, 20, 28, 28), struct.pack(">II", 0x801, 20)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(head[0] + pixels.tobytes())
    with gzip.open(tmp_path / "train-labels-idx1-ubyte.gz", "wb") as stream:
        stream.write(head[1] + bytes(range(20)))
    one, same, other = (training_images(str(tmp_path), 12, 5, seed) for seed in (1, 1, 2))
    assert one and same and other and one.held_out
    assert one.train.y.tolist() == same.train.y.tolist() != other.train.y.tolist()
    assert not {*one.train.y} & {*one.held_out.y}
    assert one.train.X.shape == (12, 784)


@pytest.mark.parametrize(
    ("turn", "fallen", "outcome"), [(5, 1e-6, CONFIRMED), (19, 1e-6, LIMITED), (5, 0.5, NOT_CONFIRMED)]
)
def test_the_rule_comes_out_each_way(turn: int, fallen: float, outcome: str) -> None:
    def seed(number: int) -> dict[str, list[float]]:
        epochs = np.arange(20)
        return {
            "loss": np.geomspace(1, fallen, 20).tolist(),
            "error": [0.0] * 20,
            "held_loss": np.abs(epochs - turn + number / 100).tolist(),
            "held_error": np.maximum(0.2, 0.5 - 0.03 * epochs).tolist(),
        }

    assert CLAIM.judge(SMALL, {"default": [seed(number) for number in range(8)], "full": []}).outcome == outcome


@pytest.mark.parametrize(
    ("error", "near", "fixed"),
    [
        ([0.5] * 11 + [0.2] * 9, True, True),
        ([0.5] + [0.2] * 19, False, True),
        (np.linspace(0.5, 0.2, 20).tolist(), False, False),  # it falls on, so that it is at its last level near the end
    ],
)
def test_the_notes_epoch_is_judged_with_the_full_file(error: list[float], near: bool, fixed: bool) -> None:
    one = {"held_loss": [1.0, 0.5, *[1.0] * 18], "held_error": error}
    settings = SMALL | {"mnist_every": 1, "near": [10, 15], "plateau": 4, "shorter": 16, "moved": 2}
    found, said = overfitting._near(settings, [one, one])
    assert [*found.values()] == [near, fixed]
    assert "the notes say 280" in said


def test_more_rows_are_measured_on_others() -> None:
    found = MORE.measure(FEW)
    assert np.shape(found["default"]) == (1, 2, 2)
    assert found["full"] == []
    assert MORE.draw(FEW, found) == MORE.draw(FEW, found)


@pytest.mark.parametrize(("last", "outcome"), [(0.05, CONFIRMED), (0.2, LIMITED), (0.4, NOT_CONFIRMED)])
def test_the_rule_on_the_gap_comes_out_each_way(last: float, outcome: str) -> None:
    seeds = [[[0.0, 0.3], [0.0, 0.25 if last < 0.3 else 0.35], [0.0, last + seed / 1000]] for seed in range(8)]
    settings = FEW | {"sizes": [1, 2, 3]}
    assert MORE.judge(settings, {"default": seeds, "full": []}).outcome == outcome
