"""The figures' one style: colors that every eye tells apart, and files that are legible by day and by night."""

import xml.etree.ElementTree as ET
from itertools import combinations

import numpy as np
import pytest

from pipeline.reporting import style

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
EYES = {
    "usual": np.eye(3),
    "protanope": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranope": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanope": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])  # D65


def linear(text: str) -> np.ndarray:
    shares = np.array([int(text[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def lab(text: str, eye: str) -> np.ndarray:
    found = XYZ @ np.clip(np.asarray(EYES[eye]) @ linear(text), 0, 1) / WHITE
    root = np.where(found > 216 / 24389, np.cbrt(found), (24389 / 27 * found + 16) / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def ciede2000(one: np.ndarray, other: np.ndarray) -> float:
    """Sharma, Wu and Dalal 2005."""
    chroma = (np.hypot(*one[1:]) + np.hypot(*other[1:])) / 2
    a = (1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))) * np.array([one[1], other[1]])
    b = np.array([one[2], other[2]])
    c, h = np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
    turn = (h[1] - h[0] + 180) % 360 - 180
    mean_h, mean_c, mean_l = (h[0] + turn / 2) % 360, c.mean(), (one[0] + other[0]) / 2
    t = sum(f * np.cos(np.radians(k * mean_h + d)) for f, k, d in ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6)))
    t += 1 - 0.20 * np.cos(np.radians(4 * mean_h - 63))
    light = (other[0] - one[0]) / (1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2))
    sat = (c[1] - c[0]) / (1 + 0.045 * mean_c)
    hue = 2 * np.sqrt(c[0] * c[1]) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * mean_c * t)
    bend = (
        2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((mean_h - 275) / 25) ** 2))))
    )
    return float(np.sqrt(light**2 + sat**2 + hue**2 - bend * sat * hue))


def test_the_formula_gives_the_published_values() -> None:
    blue = np.array([50, 0, -82.7485])
    for found, expected in (((50, 2.6772, -79.7751), 2.0425), ((50, 3.1571, -77.2803), 2.8615)):
        assert ciede2000(np.array(found), blue) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("eye", EYES)
def test_any_two_colors_are_told_apart_by_any_eye(eye: str) -> None:
    differences = {pair: ciede2000(*(lab(text, eye) for text in pair)) for pair in combinations(style.PALETTE, 2)}
    assert min(differences.values()) >= 14, min(differences, key=differences.__getitem__)


@pytest.mark.parametrize("paper", [style.PAPER, style.DARK[style.PAPER]])
def test_colors_stand_out_on_light_and_on_dark_paper(paper: str) -> None:
    for text in style.PALETTE:
        one, other = sorted(XYZ[1] @ linear(found) + 0.05 for found in (text, paper))
        assert other / one >= 3, text


def drawn() -> str:
    with style.drawing() as ((axes,), svg):
        style.band(axes, [1, 2, 3], [[0.3, 0.2, 0.1], [0.5, 0.2, 0.3]], style.color(0), "η = 0.1")
        axes.set(title="title", xlabel="epoch", ylabel="error (%)")
        style.percent(axes.yaxis)
        axes.legend()
    return svg[0]


def test_a_drawing_takes_its_ink_from_the_page_and_a_file_brings_its_own() -> None:
    text = drawn()
    assert text == drawn()
    assert "var(--ink)" in text and style.INK not in text
    alone = style.standalone(text, "a < b")
    assert "var(" not in alone and "prefers-color-scheme: dark" in alone and "<title>a &lt; b</title>" in alone
    ET.fromstring(alone)
    assert f'[style*="fill: {style.INK}"]' in alone and f"fill: {style.INK}" in alone.partition("</style>")[2]


def test_a_band_is_the_mean_and_the_range_or_the_standard_error() -> None:
    with style.drawing(across=2) as ((left, right), _):
        style.band(left, [1], [[1.0], [3.0]], style.color(0), "range")
        style.band(right, [1], [[1.0], [3.0]], style.color(0), "error", "standard error")
        heights = [axes.collections[0].get_paths()[0].vertices[:, 1] for axes in (left, right)]
    assert [(min(found), max(found)) for found in heights] == [(1.0, 3.0), (1.0, 3.0)]  # std √2, of two: 1
    assert left.lines[0].get_ydata() == [2.0]


@pytest.mark.parametrize(
    ("curves", "scale"),
    [
        ([[1.0, 0.1, 0.01]], "log"),
        ([[1.0, 0.1, 0.01], [1.0, 0.5, 0.9]], "linear"),  # held-out cost turns: its rise is the point
        ([[1.0, 0.5, 0.2]], "linear"),
        ([[1.0, 0.1, 0.0]], "linear"),
    ],
)
def test_a_loss_axis_is_logarithmic_unless_something_rises(curves: list[list[float]], scale: str) -> None:
    with style.drawing() as ((axes,), _):
        style.suit(axes, curves)
        assert axes.get_yscale() == scale
