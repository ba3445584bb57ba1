"""What a training will call, so that it can be compiled before, by several processes."""

import numpy as np

from pipeline.arithmetic.cache import Part
from pipeline.arithmetic.elementwise import elementwise_part
from pipeline.arithmetic.handing import entry_part
from pipeline.arithmetic.norms import norms_part
from pipeline.nn.compiled.engine import loop
from pipeline.nn.compiled.gemm import gemm_part
from pipeline.nn.compiled.measuring import measuring_parts
from pipeline.nn.compiled.passes import pass_parts
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import Regularizer


def parts(
    sizes: tuple[int, ...], dtype: np.dtype, optimizer: Optimizer, regularizer: Regularizer, batch: int
) -> list[Part]:
    """The parts that train networks (m_0, …, m_L) and look at them, those that take longest to compile first."""
    trains = entry_part(loop(sizes, optimizer, regularizer, batch), dtype)
    arithmetic = elementwise_part(), norms_part(dtype)
    return [*pass_parts(dtype), trains, gemm_part(dtype), *arithmetic, *measuring_parts(dtype)]
