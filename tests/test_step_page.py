"""The page to step through backpropagation by hand: in a browser its numbers are the engine's."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest

from pipeline.nn.network import Architecture
from pipeline.worked import Problem, Worked, work
from tests.project import ROOT

PAGE = ROOT / "docs" / "step" / "backpropagation.html"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
UNITS = ("tanh", "lecun_tanh", "logistic", "relu", "identity", "tanh_linear")
UNIT_KEYS = ("hidden", "output")
ALPHA = 0.3
browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


def dumped(folder: Path, address: str, page: Path = PAGE) -> str:
    """The page's DOM after its script has run."""
    words = [str(CHROMIUM), *QUIET.split(), f"--user-data-dir={folder}", "--virtual-time-budget=2000", "--dump-dom"]
    return subprocess.run([*words, f"{page.as_uri()}{address}"], capture_output=True, text=True, timeout=90).stdout


def problems() -> list[dict[str, object]]:
    """For the page: each unit with each other one, on weights, inputs and targets of a seed of its own."""
    found = []
    for seed, (hidden, output) in enumerate([(a, b) for a in UNITS for b in UNITS]):
        rng = np.random.default_rng(seed)
        drawn = [rng.normal(0, 1 + seed % 3, shape).tolist() for shape in ((2, 3), (2, 3), (2,), (2,))]
        W1, W2, x, d = drawn
        numbers = {"W": [W1, W2], "x": x, "d": d, "alpha": ALPHA, "eta": 0.05 + 0.01 * seed}
        found.append({"hidden": hidden, "output": output, **numbers})
    return found


def by_the_engine(problem: dict[str, object]) -> Worked:
    names = [f"tanh_linear({ALPHA})" if name == "tanh_linear" else name for name in map(problem.get, UNIT_KEYS)]
    architecture = Architecture((2, 2, 2), tuple(map(str, names)), "squared_error")
    weights, x, d = ([np.array(w) for w in problem["W"]], np.array(problem["x"]), np.array(problem["d"]))  # type: ignore[attr-defined]
    return work(Problem(architecture, weights, x, d, float(str(problem["eta"]))))


@browser
@pytest.mark.processes
@pytest.mark.slow
def test_every_number_is_the_engines(tmp_path: Path) -> None:
    """v, y, φ′, δ, ∂E/∂W, ΔW and E of 36 networks, of each unit with each other one, to 1e-12."""
    asked = problems()
    page = dumped(tmp_path, f"#selftest={quote(json.dumps(asked))}")
    found = re.search(r'<pre id="selftest"[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert found, page[:500]
    answers = json.loads(html.unescape(found[1]))
    assert len(answers) == len(asked)
    for problem, answer in zip(asked, answers, strict=True):
        ours = by_the_engine(problem)
        change = [new - np.array(old) for new, old in zip(ours.updated, problem["W"], strict=True)]  # type: ignore[call-overload]
        wanted = {"v": ours.v, "y": ours.y, "slope": ours.slope, "delta": ours.delta, "gradient": ours.gradients}
        wanted |= {"below": ours.below, "change": change, "updated": ours.updated, "error": [ours.error]}
        answer["error"] = [answer["error"]]
        for name, layers in wanted.items():
            for mine, theirs in zip(layers, answer[name], strict=True):
                where = f"{name} of {problem['hidden']}, {problem['output']}"
                np.testing.assert_allclose(theirs, mine, rtol=1e-12, atol=1e-12, err_msg=where)


@browser
@pytest.mark.processes
@pytest.mark.slow
def test_an_address_opens_at_its_step_with_its_numbers(tmp_path: Path) -> None:
    """Step 2 of the way up: v₁[1] = 0.1·1 + 0.4·1 + (−0.6)·0.5 = 0.2."""
    weights = "W1=0.1,0.4,-0.6;-0.2,0.7,0.5&W2=0.3,0.8,-0.5;0.1,-0.4,0.9"
    page = dumped(tmp_path, f"#hidden=tanh&output=relu&alpha=0.1&eta=0.2&{weights}&patterns=1,0.5,1,0&at=0&step=1")
    text = re.sub(r"<[^>]+>", "", page[page.index('id="now"') :])
    assert "v₁[1] = W₁[1,0]·1 + W₁[1,1]·y₀[1] + W₁[1,2]·y₀[2] = 0.1·1 + 0.4·1 + (−0.6)·0.5 = 0.2" in text
    assert "Step 2 of 23" in page
    assert "✗" not in text


ACTIONS = """<script>
const press = key => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
const type = (id, text) => { $(id).value = text; $(id).dispatchEvent(new Event("input")); };
const seen = [];
const look = what => seen.push([what, $("where").textContent, state.W, state.trace.length]);
look("start");
for (let k = 0; k < 23; k++) press("ArrowRight");
look("one update later, by keys");
press("ArrowLeft");
look("and back");
type("patterns", "1,0.5,0.5,-0.5\\n-1 1 0 0.25");
$("count").value = "50"; $("run").click();
look("fifty updates");
$("again").click();
look("first weights");
type("w012", "0,25");
look("typed");
type("w012", "x");
seen.push([$("wrong").textContent]);
type("patterns", "1,2,3");
seen.push([$("line").textContent]);
$("selftest").textContent = JSON.stringify(seen);
</script></body>"""


@browser
@pytest.mark.processes
@pytest.mark.slow
def test_keys_and_buttons_do_what_they_say(tmp_path: Path) -> None:
    """A pass by →, undone by ←; own patterns cycled online for 50 updates as the engine does; what can't be used."""
    page = tmp_path / "page.html"
    page.write_text(PAGE.read_text(encoding="utf-8").replace("</body>", ACTIONS), encoding="utf-8")
    found = re.search(r'<pre id="selftest"[^>]*>(.*?)</pre>', dumped(tmp_path, "", page), re.DOTALL)
    assert found
    start, later, undone, fifty, again, typed, wrong, line = json.loads(html.unescape(found[1]))
    assert later[1] == "Step 1 of 23, update 2" and later[3] == 2 and later[2] != start[2]
    assert undone[1] == "Step 23 of 23, update 1" and undone[2] == start[2]
    weights, rows = [np.array(w) for w in start[2]], [([1, 0.5], [0.5, -0.5]), ([-1, 1], [0, 0.25])]
    for update in range(50):
        x, d = map(np.array, rows[update % 2])
        weights = work(Problem(Architecture((2, 2, 2), ("tanh", "tanh"), "squared_error"), weights, x, d, 0.1)).updated
    for theirs, ours in zip(fifty[2], weights, strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-12)
    assert fifty[3] == 51 and again[2] == start[2] and typed[2][0][1][2] == 0.25
    assert wrong == ["W₁[2,2]: found “x”, wanted a number, as 0.5."]
    assert line == ["Line 1: found “1,2,3”, wanted four numbers: x1, x2, d1, d2."]


VALLEYS = """<script>
$("selftest").textContent = JSON.stringify(ASKED.map(([kappa, eta, mu]) => ({
  points: path({ kappa, eta, steps: 30 }, mu).points, rate: slowest({ kappa, eta }, mu) })));
</script></body>"""


@browser
@pytest.mark.processes
@pytest.mark.slow
def test_the_valleys_paths_and_rates_are_the_notes(tmp_path: Path) -> None:
    """v ← μv − η∇E, w ← w + v; in the long run a step shrinks by the largest eigenvalue of the map (w, v) → (w, v)."""
    asked = [(20, 0.04, 0.7), (20, 0.04, 0.0), (1, 0.5, 0.9), (100, 0.03, 0.5), (40, 0.08, 0.0), (7, 1e-3, 0.99)]
    script = VALLEYS.replace("ASKED", json.dumps(asked))
    page = tmp_path / "page.html"
    page.write_text(PAGE.read_text(encoding="utf-8").replace("</body>", script), encoding="utf-8")
    found = re.search(r'<pre id="selftest"[^>]*>(.*?)</pre>', dumped(tmp_path, "", page), re.DOTALL)
    assert found
    for (kappa, eta, mu), answer in zip(asked, json.loads(html.unescape(found[1])), strict=True):
        curvature, w, v = np.array([1.0, kappa]), np.array([-1, 0.45]), np.zeros(2)
        for point in answer["points"]:
            np.testing.assert_allclose(point, w, rtol=1e-12, atol=1e-12)
            v = mu * v - eta * curvature * w
            w = w + v
        maps = [np.array([[1 - eta * a, mu], [-eta * a, mu]]) for a in curvature]
        largest = max(abs(np.linalg.eigvals(each)).max() for each in maps)
        assert answer["rate"] == pytest.approx(largest, abs=1e-7)


def test_the_page_needs_no_other_file() -> None:
    """No address but the name of SVG's vocabulary, no style sheet, script or picture from elsewhere."""
    page = PAGE.read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^\"'\s)]+", page)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<link|<img|<iframe|@import|\bsrc=|\burl\(|fetch\(|import\(", page)
