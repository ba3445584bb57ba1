"""Lines through points: as NumPy's ``interp``, but of operations on whole arrays, of which each rounds once."""

import numpy as np

Array = np.ndarray


def interpolated(x: Array, xs: Array, ys: Array) -> Array:
    """The line through points (xs, ys), (n ≥ 2,), xs rising, at x (rows,); beyond the ends it is level.

    Where several points have one x, the line is at the last of them there.
    """
    place = np.clip(np.searchsorted(xs, x, side="right") - 1, 0, len(xs) - 2)
    low, high = xs[place], xs[place + 1]
    run = np.where(high > low, high - low, 1.0)
    found = ys[place] + (x - low) / run * (ys[place + 1] - ys[place])
    inside = np.where(x < xs[0], ys[0], found)
    return np.asarray(np.where(x >= xs[-1], ys[-1], inside))
