"""Which kernels compute: this processor's own, or those that every x86-64 processor with AVX2 has.

OpenBLAS and NumPy choose kernels by the processor, and other kernels round differently. They choose while they are
imported, so this has to be settled before; the compiled engine itself rounds the same everywhere (docs/decisions/0011).
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

NATIVE, PORTABLE = "native", "portable"
CONFIG = Path("conf/config.yaml")
# NumPy ignores the names that it, or the processor, doesn't have: they changed with version 2.4.
ENVIRONMENT = {
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR",
}


def settle(mode: str) -> None:
    """Choose the kernels of this process and its children; does nothing once NumPy has chosen."""
    if mode == PORTABLE and "numpy" not in sys.modules:
        os.environ |= ENVIRONMENT


def wanted(words: Sequence[str], config: Path = CONFIG) -> str:
    """The mode that a command line names, or else the configuration; ``native`` if neither says."""
    named = [word.partition("=")[2] for word in words if word.startswith("numerics=")]
    if named:
        return named[-1]
    import yaml

    try:
        values = yaml.safe_load(config.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):  # what reads the configuration for good says what is wrong with it
        return NATIVE
    found = values.get("numerics", NATIVE) if isinstance(values, dict) else NATIVE
    return str(found)


def active() -> str:
    """The mode that this process computes in."""
    return PORTABLE if all(os.environ.get(name) == value for name, value in ENVIRONMENT.items()) else NATIVE


def kernels() -> list[str]:
    """The names of OpenBLAS's kernels in use, such as ``SkylakeX``."""
    import scipy.linalg  # noqa: F401 (loads its OpenBLAS, with which the engine computes)
    from threadpoolctl import threadpool_info

    return sorted({str(pool.get("architecture")) for pool in threadpool_info() if pool.get("user_api") == "blas"})
