"""The stable form z of what one network says, or several together: losses and probabilities are computed from it.

For the cross-entropies it holds log-odds: link(z), softmax or logistic, is the average of the networks' probabilities,
and z is v_L itself where there is one network. For the squared error it is the average of their outputs y_L.
"""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from scipy.special import log_expit, log_softmax

from pipeline.nn.activations import parse
from pipeline.nn.losses import LOSSES
from pipeline.nn.network import Architecture, Workspace, forward, readout
from pipeline.training.determinism import side_by_side

Array = np.ndarray
CHUNK = 1024


def members(weights: Sequence[Array]) -> list[list[Array]]:
    """W_1 … W_L of each network, (m_l, m_{l−1}+1), as views of W_l with a leading axis or without one."""
    if weights[0].ndim == 2:
        return [list(weights)]
    return [list(own) for own in zip(*weights, strict=True)]


def readout_of(architecture: Architecture, weights: Sequence[Array], x: Array) -> Array:
    """z for the rows ``x`` (rows, m_0+1), in chunks, (rows, m_L)."""
    return merged(architecture.loss, readouts_of(architecture, weights, x))


def readouts_of(architecture: Architecture, weights: Sequence[Array], x: Array) -> Array:
    """z of each network by itself, (networks, rows, m_L)."""
    networks = members(weights)
    result = np.empty((len(networks), len(x), architecture.sizes[-1]), x.dtype)
    side_by_side([partial(_fill, architecture, *pair, x) for pair in zip(networks, result, strict=True)])
    return result


def _fill(architecture: Architecture, weights: Sequence[Array], found: Array, x: Array) -> None:
    for rows, space in _chunks(architecture, x):
        forward(architecture, weights, x[rows], space)
        found[rows] = readout(architecture, space)


def _chunks(architecture: Architecture, x: Array) -> Iterator[tuple[slice, Workspace]]:
    """Some rows at a time, with buffers for them."""
    space = Workspace(architecture, min(CHUNK, len(x)), x.dtype)
    for start in range(0, len(x), CHUNK):
        rows = slice(start, min(start + CHUNK, len(x)))
        if rows.stop - start != space.output.shape[0]:
            space = Workspace(architecture, rows.stop - start, x.dtype)
        yield rows, space


def merged(loss: str, found: Array) -> Array:
    """z of all networks together, (rows, m_L), by ``found`` (networks, rows, m_L) of each."""
    link = LOSSES[loss].link
    z: Array = found[0]
    if len(found) == 1:
        return z
    if link == "softmax":  # log of the mean of the probabilities, up to a constant
        z = _log_sum(log_softmax(found, axis=-1))
    elif link == "logistic":
        z = _log_sum(log_expit(found)) - _log_sum(log_expit(-found))
    else:
        z = found.mean(axis=0)
    return z


def _log_sum(logarithms: Array) -> Array:
    """log Σ e^a over the networks."""
    found: Array = np.logaddexp.reduce(logarithms, axis=0)
    return found


def outputs(loss: str, z: Array) -> Array:
    """y_L = link(z), (rows, m_L)."""
    y: Array = np.empty_like(z)
    parse(LOSSES[loss].link).forward(z, y)
    return y


def log_probabilities(loss: str, z: Array, exclusive: bool) -> Array:
    """Logarithms of the classes' probabilities (rows, classes), finite as long as z is.

    Args:
        exclusive: whether a row is of one class, so that its probabilities sum to 1: logistic outputs are normalized.
    """
    if LOSSES[loss].link == "logistic":
        z = log_expit(z)
    found: Array = log_softmax(z, axis=-1) if exclusive else z
    return found
