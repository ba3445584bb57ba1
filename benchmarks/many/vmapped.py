"""Peers that train many networks of one shape as one: JAX's vmap, and PyTorch's torch.func.vmap."""

from typing import Any

import numpy as np

from benchmarks.cells import RATE
from benchmarks.many.lots import Lot

Array = np.ndarray
Pairs = list[tuple[Array, Array]]  # W_l (networks, m_l, m_{l−1}) and b_l (networks, m_l)


def _pairs(lot: Lot) -> Pairs:
    return [(w[:, :, 1:].copy(), w[:, :, 0].copy()) for w in lot.weights]


def _joined(pairs: Any) -> list[Array]:
    return [np.concatenate([np.asarray(b)[:, :, None], np.asarray(W)], axis=2) for W, b in pairs]


class JaxVmap:
    """All epochs of all networks are one jitted call: vmap over networks, scan over epochs and batches."""

    def __init__(self, lot: Lot) -> None:
        import jax
        import jax.numpy as jnp

        self._jax, self._start = jax, _pairs(lot)
        self._x, self._d, self._orders = jnp.asarray(lot.x), jnp.asarray(lot.d), jnp.asarray(lot.orders)
        whole = lot.orders.shape[2] // lot.batch * lot.batch

        def loss(pairs: Any, x: Any, d: Any) -> Any:
            for W, b in pairs[:-1]:
                x = jnp.tanh(x @ W.T + b)
            W, b = pairs[-1]
            return -(d * jax.nn.log_softmax(x @ W.T + b)).sum(axis=1).mean()

        def step(pairs: Any, rows: Any, x: Any, d: Any) -> Any:
            slopes = jax.grad(loss)(pairs, x[rows], d[rows])
            return jax.tree.map(lambda p, g: p - RATE * g, pairs, slopes)

        def epoch(pairs: Any, order: Any, x: Any, d: Any) -> Any:
            batches = order[:whole].reshape(-1, lot.batch)
            pairs = jax.lax.scan(lambda found, rows: (step(found, rows, x, d), None), pairs, batches)[0]
            return step(pairs, order[whole:], x, d) if whole < len(order) else pairs

        def alone(pairs: Any, orders: Any, x: Any, d: Any) -> Any:
            return jax.lax.scan(lambda found, order: (epoch(found, order, x, d), None), pairs, orders)[0]

        self._run = jax.jit(jax.vmap(alone, in_axes=(0, 0, None, None)))

    def train(self) -> list[Array]:
        return _joined(self._jax.block_until_ready(self._run(self._start, self._orders, self._x, self._d)))


class TorchVmap:
    """The gradients of all networks by one vmapped call for each batch."""

    def __init__(self, lot: Lot) -> None:
        import torch

        torch.set_num_threads(1)  # on products this small two are slower, and far slower where others use a core
        self._torch, self._lot, self._start = torch, lot, _pairs(lot)
        self._x, self._d, self._orders = (torch.from_numpy(array) for array in (lot.x, lot.d, lot.orders))

        def loss(pairs: Any, x: Any, d: Any) -> Any:
            for W, b in pairs[:-1]:
                x = torch.tanh(x @ W.T + b)
            W, b = pairs[-1]
            return -(d * torch.log_softmax(x @ W.T + b, dim=1)).sum(dim=1).mean()

        self._slopes = torch.func.vmap(torch.func.grad(loss))

    def train(self) -> list[Array]:
        torch, count = self._torch, self._orders.shape[2]
        pairs = [(torch.tensor(W), torch.tensor(b)) for W, b in self._start]
        for epoch in range(self._orders.shape[1]):
            for at in range(0, count, self._lot.batch):
                rows = self._orders[:, epoch, at : at + self._lot.batch]
                slopes = self._slopes(pairs, self._x[rows], self._d[rows])
                for own, slope in zip(pairs, slopes, strict=True):
                    for p, g in zip(own, slope, strict=True):
                        p.sub_(g, alpha=RATE)
        return _joined(pairs)
