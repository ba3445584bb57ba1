"""The one product that every update is made of: C ← βC + α δᵀY, in place (notes §3, ∂E/∂W = −δ[1 y]ᵀ)."""

import numpy as np
from scipy.linalg import blas

Array = np.ndarray
_GEMM = {np.dtype(np.float32): blas.sgemm, np.dtype(np.float64): blas.dgemm}


def add_product(target: Array, delta: Array, y: Array, alpha: float, beta: float) -> None:
    """target ← β target + α δᵀ y.

    Args:
        target: (..., units, fan_in+1), stored transposed (see initializers.allocate).
        delta: (..., batch, units), contiguous.
        y: (..., batch, fan_in+1), contiguous.
    """
    gemm = _GEMM.get(target.dtype)
    if gemm is not None and target.ndim == 2 and target.flags.f_contiguous and delta.flags.c_contiguous:
        # One GEMM writes straight into the weights; BLAS counts columns first, hence the transposes.
        gemm(alpha, delta.T, y.T, beta=beta, c=target, trans_b=True, overwrite_c=True)
        return
    if beta != 1:
        target *= beta
    target += alpha * np.matmul(delta.swapaxes(-1, -2), y)
