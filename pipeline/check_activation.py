"""Holds an activation against what it says of itself: python -m pipeline.check_activation NAME."""

import argparse
import itertools
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from pipeline.console import run_stage, say
from pipeline.errors import HoldoutError
from pipeline.nn.activations import ACTIVATIONS, OUTPUT_ONLY, Activation, parse

Array = np.ndarray
AT = np.array([-4.1, -1.7, -0.9, -0.3, 0.3, 0.9, 1.7, 4.1])  # not where functions have kinks
STEP = 1e-3  # of the differences, which are of fourth order
CLOSE = 1e-6
FAR = (7.0, 70.0, 700.0)  # between two of them a tail falls by half at the least, one of 1/v too
ROUNDING = 1e-12
NEEDS_Y = "backward must take φ′ from y alone where steepest is given, for diagnostics keep no v"


class Observation(NamedTuple):
    """text: what was looked at and found; fault: what is wrong with it, empty for nothing."""

    text: str
    fault: str = ""


def main() -> None:
    about = "Hold an activation against what it says of itself: φ′, asymptotes, the largest slope."
    parser = argparse.ArgumentParser(prog="python -m pipeline.check_activation", description=about)
    parser.add_argument("name", metavar="NAME", help=f"{', '.join(ACTIVATIONS)}, or one that you have added")
    name = parser.parse_args().name
    try:
        found = observations(name)
    except ValueError as error:
        raise HoldoutError(str(error)) from None
    for one in found:
        say(f"{one.text} {'✗' if one.fault else '✓'}")
    say(f"engine: {_engine(parse(name))}")
    if faults := [one.fault for one in found if one.fault]:
        raise HoldoutError(f"{name}: {'; '.join(faults)} (pipeline/nn/activations.py)")


def observations(name: str) -> list[Observation]:
    """All that is looked at.

    Raises:
        ValueError: there is no such activation, or its outputs depend on each other.
    """
    unit = parse(name)
    if name in OUTPUT_ONLY:
        raise ValueError(f"{name} has no φ′ of one unit, for its outputs depend on each other")
    with np.errstate(all="ignore"):
        return [*_slopes(unit), _error_is_kept(unit), *_asymptotes(unit), _guard(unit), _steepest(unit), _from_y(unit)]


def phi(unit: Activation, v: Array) -> Array:
    """φ(v), (batch, units)."""
    out = np.empty_like(v)
    unit.forward(v.copy(), out)
    return out


def slopes(unit: Activation, v: Array, e: float = 1.0) -> Array:
    """e φ′(v) as the activation's way back has it."""
    found = np.full_like(v, e)
    unit.backward(found, v.copy(), phi(unit, v))
    return found


def _slopes(unit: Activation) -> Iterator[Observation]:
    v = AT[:, None]
    near = {steps: phi(unit, v + steps * STEP) for steps in (1, -1, 2, -2)}
    numeric = (8 * (near[1] - near[-1]) - (near[2] - near[-2])) / (12 * STEP)
    for at, y, yours, right in zip(AT, phi(unit, v).flat, slopes(unit, v).flat, numeric.flat, strict=True):
        text = f"φ′({at:g}): yours {yours:.6g}, numeric {right:.6g}"
        good = abs(yours - right) <= CLOSE * max(1, abs(right))
        yield Observation(f"φ({at:g}) = {y:.6g}   {text}", "" if good else text)


def _error_is_kept(unit: Activation) -> Observation:
    """backward multiplies e, and doesn't put φ′ in its place, for several networks at once and in float32 too."""
    v = np.stack([np.tile(AT, (3, 1)), np.tile(-AT, (3, 1))]).astype(np.float32)
    once, doubled = slopes(unit, v), slopes(unit, v, 2.0)
    wrong = float(np.abs(doubled - 2 * once).max())
    return Observation(
        "backward multiplies e by φ′", "" if wrong <= 1e-5 else "backward must multiply e by φ′, in place"
    )


def _asymptotes(unit: Activation) -> Iterator[Observation]:
    """Values stay inside the ends and come near them; towards an infinite one they keep going."""
    found = [phi(unit, np.linspace(-far, far, 1001)[:, None])[:, 0] for far in FAR]
    for name, end, sign in (("low", unit.low, -1), ("high", unit.high, 1)):
        reached = [sign * float((sign * y).max()) for y in found]
        text = f"{name}={end:.6g}: φ comes to {reached[-1]:.6g} within ±{FAR[-1]:g}"
        if not all(map(math.isfinite, reached)):
            fault = f"φ is not finite within ±{FAR[-1]:g}"
        elif math.isinf(end):
            outermost = max(sign * found[-1][0], sign * found[-1][-1]) == sign * reached[-1]
            slower = _halves([abs(b - a) for a, b in itertools.pairwise(reached)])
            fault = f"{name}={end:g}, but φ comes to rest near {reached[-1]:.6g}" if outermost and slower else ""
        else:
            gaps = [sign * (end - y) for y in reached]
            fault = "" if min(gaps) >= 0 and _halves(gaps) else f"{name}={end:g}, but φ comes to {reached[-1]:.6g}"
        yield Observation(text, fault)


def _halves(sizes: list[float]) -> bool:
    """Whether each is half of the one before at most, or nothing but rounding."""
    return all(after <= max(before / 2, ROUNDING) for before, after in itertools.pairwise(sizes))


def _guard(unit: Activation) -> Observation:
    bounded = math.isfinite(unit.low) and math.isfinite(unit.high)
    good = 0 < unit.guard < (unit.high - unit.low) / 2 if bounded else unit.guard == 0
    allowed = f"between 0 and {(unit.high - unit.low) / 2:g}" if bounded else "0, for targets need two asymptotes"
    return Observation(f"guard={unit.guard:g}", "" if good else f"guard={unit.guard:g}: it must be {allowed}")


def _steepest(unit: Activation) -> Observation:
    """The largest φ′ where there is an asymptote, else 0: what saturation is measured against."""
    saturates = math.isfinite(unit.low) or math.isfinite(unit.high)
    largest = float(slopes(unit, np.linspace(-20, 20, 4001)[:, None]).max()) if saturates else 0.0
    good = math.isclose(unit.steepest, largest, rel_tol=1e-4, abs_tol=1e-12)
    reason = "φ′ is largest there" if saturates else "0 without an asymptote"
    return Observation(f"steepest={unit.steepest:.6g}", "" if good else f"steepest must be {largest:.6g}: {reason}")


def _from_y(unit: Activation) -> Observation:
    """Of a unit that saturates φ′ is had from y, which is all that diagnostics keep."""
    v = AT[:, None]
    alone = np.ones_like(v)
    unit.backward(alone, np.full_like(v, math.nan), phi(unit, v))
    good = not unit.steepest or bool(np.allclose(alone, slopes(unit, v)))
    return Observation("backward needs y alone" if unit.steepest else "backward may use v", "" if good else NEEDS_Y)


def _engine(unit: Activation) -> str:
    if unit.kind is None:
        return "NumPy's, with a note, for the compiled one lacks it (CONTRIBUTING.md tells how to add it there)"
    return f"compiled, as {unit.kind.name}"


if __name__ == "__main__":
    run_stage(main, anywhere=True)
