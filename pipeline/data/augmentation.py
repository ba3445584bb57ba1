"""Artificially expanding the training data (notes §6): rows rotated, shifted, bent or noisy, anew in each epoch."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

Array = np.ndarray
CHUNK = 2**18  # pixels that are warped at a time
SOURCES = ("rotation", "shift", "elastic", "noise")  # the position is part of the random stream: append only


@dataclass(frozen=True)
class Augmentation:
    """How far rows may be distorted; 0 turns a distortion off.

    rotation: largest angle in degrees; shift: largest shift in pixels, in each direction; elastic: root mean square
    of the displacements in pixels, which vary smoothly over ``smoothness`` pixels (Simard et al. 2003); noise:
    standard deviation of Gaussian noise, as a share of the training data's own.
    """

    rotation: float = 0.0
    shift: float = 0.0
    elastic: float = 0.0
    smoothness: float = 4.0
    noise: float = 0.0

    @property
    def geometric(self) -> bool:
        """Whether it moves pixels, and so needs images."""
        return bool(self.rotation or self.shift or self.elastic)

    @property
    def active(self) -> bool:
        """Whether it changes anything."""
        return self.geometric or bool(self.noise)


def augment(
    X: Array, image_shape: tuple[int, ...] | None, how: Augmentation, rng: np.random.Generator, spread: float
) -> Array:
    """A distorted copy of raw rows X (rows, features); float32, or float64 if X is.

    Each source of chance has a stream of its own, so that turning on noise leaves the rotations as they were.

    Args:
        image_shape: (height, width) or (height, width, channels) of a row; needed to rotate, shift or bend.
        spread: standard deviation of the training data, which scales the noise.

    Raises:
        ValueError: pixels are to be moved, but rows are no images.
    """
    streams = dict(zip(SOURCES, _streams(rng), strict=True))
    out: Array = X.astype(np.float64 if X.dtype == np.float64 else np.float32)
    if how.geometric:
        if image_shape is None:
            raise ValueError("rotation, shift and elastic need rows that are images: set them to 0")
        images = out.reshape(len(X), *image_shape)
        size = max(1, CHUNK // int(np.prod(image_shape)))
        for start in range(0, len(X), size):
            part = images[start : start + size]
            part[...] = _warp(part, how, streams)
    if how.noise:
        out += (streams["noise"].standard_normal(out.shape) * (how.noise * spread)).astype(out.dtype)
    return out


def _streams(rng: np.random.Generator) -> list[np.random.Generator]:
    seed = int(rng.integers(2**62))
    return [np.random.default_rng([seed, index]) for index in range(len(SOURCES))]


def _warp(images: Array, how: Augmentation, streams: dict[str, np.random.Generator]) -> Array:
    """Images (n, height, width[, channels]), each moved by its own map and interpolated once."""
    where = _coordinates(images.shape[:3], how, streams)
    if images.ndim == 3:
        return _look_up(images, where)
    return np.stack([_look_up(images[..., c], where) for c in range(images.shape[3])], axis=-1)


def _look_up(images: Array, where: Array) -> Array:
    # What comes in from outside the image is its border: background in most images, and no new edge in the others.
    return ndimage.map_coordinates(images, where, order=1, mode="nearest", output=images.dtype)


def _coordinates(shape: tuple[int, ...], how: Augmentation, streams: dict[str, np.random.Generator]) -> Array:
    """Where each pixel of the new images comes from: (3, n, height, width), image number, row and column."""
    count, height, width = shape
    center = np.array([(height - 1) / 2, (width - 1) / 2])
    angle = np.deg2rad(streams["rotation"].uniform(-how.rotation, how.rotation, (count, 1, 1)))
    shift = streams["shift"].uniform(-how.shift, how.shift, (2, count, 1, 1))
    row, column = np.meshgrid(np.arange(height) - center[0], np.arange(width) - center[1], indexing="ij")
    row, column = row - shift[0], column - shift[1]
    bent = _bend(shape, how, streams["elastic"])
    where = np.empty((3, *shape))
    where[0] = np.arange(count)[:, None, None]
    where[1] = np.cos(angle) * row - np.sin(angle) * column + center[0] + bent[0]
    where[2] = np.sin(angle) * row + np.cos(angle) * column + center[1] + bent[1]
    return where


def _bend(shape: tuple[int, ...], how: Augmentation, rng: np.random.Generator) -> Array:
    """Smooth random displacements, (2, n, height, width), of the wished root mean square in each image."""
    if not how.elastic:
        return np.zeros((2, 1, 1, 1))
    field = rng.standard_normal((2, *shape))
    field = ndimage.gaussian_filter(field, (0, 0, how.smoothness, how.smoothness), mode="wrap", truncate=3)
    size = np.sqrt(np.square(field).sum(axis=0).mean(axis=(-2, -1)))
    return field * (how.elastic / size)[:, None, None]
