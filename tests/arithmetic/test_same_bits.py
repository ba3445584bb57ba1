"""From prepared rows to scores, the same bits whatever kernels the libraries choose for a processor."""

import functools
import json
import os
import subprocess
import sys

import pytest

from tests.project import ROOT

# Kernels of other processors, as the libraries can be told to take them; names that they don't know do nothing.
NO_FMA = "-AVX512F,-AVX2,-AVX2_Usable,-FMA,-FMA_Usable,-FMA4"
BEYOND_AVX2 = "X86_V4 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR"
OTHERS = {
    "NumPy up to AVX2": {"NPY_DISABLE_CPU_FEATURES": BEYOND_AVX2},
    "NumPy's baseline": {"NPY_DISABLE_CPU_FEATURES": f"X86_V3 AVX2 FMA3 F16C AVX {BEYOND_AVX2}"},
    "OpenBLAS for Haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    "OpenBLAS for Prescott": {"OPENBLAS_CORETYPE": "Prescott"},
    "a C library without FMA": {
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX2,-AVX2_Usable,-FMA,-FMA_Usable,-FMA4"
    },
}
COMPILED = {
    "code for Haswell": {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": ""},
    "code for Nehalem": {"NUMBA_CPU_NAME": "nehalem", "NUMBA_CPU_FEATURES": ""},
}


@functools.cache
def path(*variables: tuple[str, str]) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.arithmetic.along_the_path"], cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, **dict(variables)},
    )  # fmt: skip
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.processes
@pytest.mark.slow
@pytest.mark.parametrize("kernels", OTHERS)
def test_other_kernels_of_the_libraries_give_the_same_bits(kernels: str) -> None:
    assert path(*OTHERS[kernels].items()) == path()


@pytest.mark.processes
@pytest.mark.ci
@pytest.mark.parametrize("processor", COMPILED)
def test_code_compiled_for_another_processor_gives_the_same_bits(processor: str) -> None:
    assert path(*COMPILED[processor].items()) == path()
