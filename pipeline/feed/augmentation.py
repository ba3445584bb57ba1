"""Artificially expanding the training data (notes §6): rows rotated, shifted, bent or noisy, anew in each epoch."""

import math
from dataclasses import dataclass

import numpy as np

from pipeline.arithmetic.totals import row_sums, total
from pipeline.limits import setting

Array = np.ndarray
CHUNK = 2**18  # numbers that are distorted at a time; the result does not depend on it
SOURCES = ("rotation", "shift", "elastic", "noise")  # the position is part of the random stream: append only


@dataclass(frozen=True)
class Augmentation:
    """How far rows may be distorted; 0 turns a distortion off.

    rotation: largest angle in degrees; shift: largest shift in pixels, in each direction; elastic: root mean square
    of the displacements in pixels, which vary smoothly over ``smoothness`` pixels (Simard et al. 2003); noise:
    standard deviation of Gaussian noise, as a share of the training data's own (of a table, of each number column's).
    """

    rotation: float = setting(0.0, least=0, most=180)
    shift: float = setting(0.0, least=0)
    elastic: float = setting(0.0, least=0)
    smoothness: float = setting(4.0, above=0)
    noise: float = setting(0.0, least=0)

    @property
    def geometric(self) -> bool:
        """Whether it moves pixels, and so needs images."""
        return bool(self.rotation or self.shift or self.elastic)

    @property
    def active(self) -> bool:
        """Whether it changes anything."""
        return self.geometric or bool(self.noise)


def augment(
    X: Array, image_shape: tuple[int, ...] | None, how: Augmentation, rng: np.random.Generator, spread: float | Array
) -> Array:
    """A distorted copy of raw rows X (rows, features); float32, or float64 if X is.

    Each source of chance has a stream of its own, so that turning on noise leaves the rotations as they were. Rows are
    distorted a chunk at a time, but a row takes the same numbers from the streams whatever the size of the chunks.

    Args:
        image_shape: (height, width) or (height, width, channels) of a row; needed to rotate, shift or bend.
        spread: standard deviation of the training data, which scales the noise; or (features,) that of each column,
            0 for those that are to stay as they are.

    Raises:
        ValueError: pixels are to be moved, but rows are no images.
    """
    out: Array = X.astype(np.float64 if X.dtype == np.float64 else np.float32)
    streams = dict(zip(SOURCES, _streams(rng), strict=True))
    if how.geometric:
        if image_shape is None:
            raise ValueError("rotation, shift and elastic need rows that are images: set them to 0")
        _move(out.reshape(len(X), *image_shape), how, streams)
    if how.noise:
        from pipeline.arithmetic.draws import standard_normal  # Numba: see training.make_engine

        for rows in _chunks(out):
            noise = standard_normal(streams["noise"], out[rows].shape)
            out[rows] += (noise * (how.noise * spread)).astype(out.dtype)
    return out


def _streams(rng: np.random.Generator) -> list[np.random.Generator]:
    seed = int(rng.integers(2**62))
    return [np.random.default_rng([seed, index]) for index in range(len(SOURCES))]


def _chunks(rows: Array) -> list[slice]:
    size = max(1, CHUNK // max(1, math.prod(rows.shape[1:])))
    return [slice(start, start + size) for start in range(0, len(rows), size)]


def _move(images: Array, how: Augmentation, streams: dict[str, np.random.Generator]) -> None:
    """Warp images (n, height, width[, channels]) in place."""
    turns = streams["rotation"].uniform(-how.rotation, how.rotation, len(images)) / 360
    shifts = streams["shift"].uniform(-how.shift, how.shift, (2, len(images)))
    for rows in _chunks(images):
        bent = _bend(images[rows].shape[:3], how, streams["elastic"])
        images[rows] = _warp(images[rows], _coordinates(images.shape[1:3], turns[rows], shifts[:, rows], bent))


def _warp(images: Array, where: Array) -> Array:
    """Images (n, height, width[, channels]), each moved by its own map and interpolated once."""
    if images.ndim == 3:
        return _look_up(images, where)
    return np.stack([_look_up(images[..., c], where) for c in range(images.shape[3])], axis=-1)


def _look_up(images: Array, where: Array) -> Array:
    # What comes in from outside the image is its border: background in most images, and no new edge in the others.
    from pipeline.arithmetic.warping import look_up  # Numba: see training.make_engine

    return look_up(images, *where)


def _coordinates(shape: tuple[int, ...], turns: Array, shifts: Array, bent: Array) -> Array:
    """Where each pixel of the new images comes from: (2, n, height, width), row and column.

    turns (n,), clockwise on the screen; shifts (2, n), down and to the right; bent: ``_bend``.
    """
    from pipeline.arithmetic.elementwise import cosine, sine  # Numba: see training.make_engine

    (height, width), count = shape, len(turns)
    center = np.array([(height - 1) / 2, (width - 1) / 2])
    cos, sin, shift = cosine(turns)[:, None, None], sine(turns)[:, None, None], shifts[:, :, None, None]
    row, column = np.meshgrid(np.arange(height) - center[0], np.arange(width) - center[1], indexing="ij")
    row, column = row - shift[0], column - shift[1]
    where = np.empty((2, count, height, width))
    where[0] = cos * row - sin * column + center[0] + bent[0]
    where[1] = sin * row + cos * column + center[1] + bent[1]
    return where


def _bend(shape: tuple[int, ...], how: Augmentation, rng: np.random.Generator) -> Array:
    """Smooth random displacements, (2, n, height, width), of the wished root mean square in each image."""
    if not how.elastic:
        return np.zeros((2, 1, 1, 1))
    from pipeline.arithmetic.draws import standard_normal  # Numba: see training.make_engine
    from pipeline.arithmetic.warping import smooth

    count, height, width = shape
    fields = standard_normal(rng, (2 * count, height, width))  # down and to the right, of each image
    smooth(fields, how.smoothness)
    pairs = fields.reshape(count, 2, height, width)
    length = np.sqrt(row_sums(total(np.square(pairs).swapaxes(0, 1)).reshape(count, -1)) / (height * width))
    return np.moveaxis(pairs * (how.elastic / length)[:, None, None, None], 1, 0)
