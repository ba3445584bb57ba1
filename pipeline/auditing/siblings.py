"""Images that are other images, mirrored, turned or moved."""

import numpy as np

from pipeline.auditing.views import SINGLE, nearest, projected

Array = np.ndarray
NEIGHBORS = 6
CLOSE = 0.35  # of the distance to the sixth neighbor: moved images lose a border, so twins are less close
ALIKE = 0.97  # correlation of two images, one of them moved


def related(asked: Array, among: Array, shape: tuple[int, ...]) -> Array:
    """(rows,) whether an image of ``asked`` (rows, pixels) is one of ``among`` mirrored, turned or moved.

    Candidates are near in the strengths of their frequencies, which no mirroring, half turn or move around the edge
    changes; each is then held against its neighbor pixel by pixel, in all eight orientations and all positions.
    """
    one, other = gray(asked, shape), gray(among, shape)
    seen, others = projected([strengths(one), strengths(other)])
    distances, places = nearest(seen, others, NEIGHBORS)
    found: Array = distances[:, 0] < CLOSE * distances[:, -1]
    rows = np.flatnonzero(found)
    found[rows] = likeness(one[rows], other[places[rows, 0]]) >= ALIKE
    return found


def gray(X: Array, shape: tuple[int, ...]) -> Array:
    """(rows, height, width), the mean of the colors."""
    images = np.asarray(X, SINGLE).reshape(-1, *shape)
    return np.asarray(images.mean(axis=3) if images.ndim == 4 else images)


def strengths(images: Array) -> Array:
    """(rows, numbers): √(|F(u, v)|² + |F(−u, v)|²) of the Fourier transform, made the same for a quarter turn."""
    power = np.square(np.abs(np.fft.rfft2(images)))
    mirrored = np.roll(power[:, ::-1], 1, axis=1)
    height, width = images.shape[1:]
    both = (power + mirrored)[:, : height // 2 + 1]
    if height == width:
        both = both + both.swapaxes(1, 2)
        return np.asarray(np.sqrt(both[:, *np.triu_indices(both.shape[1])]), SINGLE)
    return np.asarray(np.sqrt(both.reshape(len(images), -1)), SINGLE)


def likeness(one: Array, other: Array) -> Array:
    """(rows,) the largest correlation of two images (rows, height, width) over all orientations and positions."""
    turns = [np.rot90(images, quarter, (1, 2)) for images in (other, other[:, :, ::-1]) for quarter in range(4)]
    fitting = [images for images in turns if images.shape == one.shape]
    found: Array = np.max([_best_position(one, images) for images in fitting], axis=0)
    return found


def _best_position(one: Array, other: Array) -> Array:
    one, other = (images - images.mean(axis=(1, 2), keepdims=True) for images in (one, other))
    size = np.sqrt(np.square(one).sum(axis=(1, 2)) * np.square(other).sum(axis=(1, 2)))
    matched = np.fft.irfft2(np.fft.rfft2(one) * np.fft.rfft2(other).conj(), s=one.shape[1:])
    return np.asarray(matched.max(axis=(1, 2), initial=0) / np.where(size > 0, size, np.inf))
