"""exp, tanh and erf of one number, from +, ×, ÷ and comparisons alone, so that loops over them become vector code.

The rational approximations are those of Moshier's Cephes library; float32's tanh is the one of Eigen. They are good
to a few units in the last place (tests/nn/test_compiled.py), and pass NaN on.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import overload

from pipeline.arithmetic.cache import inlined, intrinsic

_LOG2_E = 1.44269504088896340736
_f4, _f8 = np.float32, np.float64


@intrinsic
def _float_from_bits(typing: Any, bits: Any) -> Any:
    """Reinterpret an int32 as float32, an int64 as float64."""
    result = types.float32 if bits == types.int32 else types.float64

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType() if bits == types.int32 else ir.DoubleType())

    return result(bits), codegen


@inlined
def _exp32(x: np.float32) -> np.float32:
    x = _f4(-87.0) if x < _f4(-87.0) else x
    x = _f4(88.0) if x > _f4(88.0) else x
    n: np.float32 = np.floor(x * _f4(_LOG2_E) + _f4(0.5))
    r = (x - n * _f4(0.693359375)) + n * _f4(2.12194440e-4)
    p = _f4(1.9875691500e-4) * r + _f4(1.3981999507e-3)
    p = p * r + _f4(8.3334519073e-3)
    p = p * r + _f4(4.1665795894e-2)
    p = p * r + _f4(1.6666665459e-1)
    p = p * r + _f4(5.0000001201e-1)
    p = (p * (r * r) + r) + _f4(1.0)
    power: np.float32 = _float_from_bits(np.int32((np.int32(n) + 127) << 23))
    return p * power


@inlined
def _exp64(x: float) -> float:
    x = -708.0 if x < -708.0 else x
    x = 709.0 if x > 709.0 else x
    n: float = np.floor(x * _LOG2_E + 0.5)
    r = (x - n * 6.93145751953125e-1) - n * 1.42860682030941723212e-6
    z = r * r
    p = r * ((1.26177193074810590878e-4 * z + 3.02994407707441961300e-2) * z + 9.99999999999999999910e-1)
    q = (3.00198505138664455042e-6 * z + 2.52448340349684104192e-3) * z + 2.27265548208155028766e-1
    q = q * z + 2.0
    power: float = _float_from_bits((np.int64(n) + 1023) << 52)
    return (1.0 + 2.0 * (p / (q - p))) * power


@inlined
def _tanh32(x: np.float32) -> np.float32:
    x = _f4(-7.90531110763549805) if x < _f4(-7.90531110763549805) else x
    x = _f4(7.90531110763549805) if x > _f4(7.90531110763549805) else x
    z = x * x
    p = z * _f4(-2.76076847742355e-16) + _f4(2.00018790482477e-13)
    p = z * p + _f4(-8.60467152213735e-11)
    p = z * p + _f4(5.12229709037114e-08)
    p = z * p + _f4(1.48572235717979e-05)
    p = z * p + _f4(6.37261928875436e-04)
    p = z * p + _f4(4.89352455891786e-03)
    q = z * _f4(1.19825839466702e-06) + _f4(1.18534705686654e-04)
    q = z * q + _f4(2.26843463243900e-03)
    q = z * q + _f4(4.89352518554385e-03)
    return x * p / q


@inlined
def _tanh64(x: float) -> float:
    z = x * x
    p = (-9.64399179425052238628e-1 * z - 9.92877231001918586564e1) * z - 1.61468768441708447952e3
    q = ((z + 1.12811678491632931402e2) * z + 2.23548839060100448583e3) * z + 4.84406305325125486048e3
    near = x + x * z * (p / q)
    size = x if x >= 0.0 else -x
    far = 1.0 - 2.0 / (_exp64(size + size) + 1.0)
    far = far if x >= 0.0 else -far
    return far if size > 0.625 else near


@inlined
def _erf32(x: np.float32) -> np.float32:
    """Near 0 a series by the squares, beyond it 1 − erfc."""
    size = x if x >= _f4(0.0) else -x
    size = _f4(4.0) if size > _f4(4.0) else size  # erf is 1 there; NaN stays
    z = size * size
    p = _f4(7.853861353153693e-5) * z + _f4(-8.010193625184903e-4)
    p = p * z + _f4(5.188327685732524e-3)
    p = p * z + _f4(-2.685381193529856e-2)
    p = p * z + _f4(1.128358514861418e-1)
    p = p * z + _f4(-3.761262582423300e-1)
    p = p * z + _f4(1.128379165726710e0)
    near = size * p
    far = _f4(1.0) - _exp32(-z) * _erfc(size)
    found = far if size > _f4(1.0) else near
    return found if x >= _f4(0.0) else -found


@inlined
def _erfc(x: Any) -> Any:
    """e^{x²} erfc x for 1 ≤ x ≤ 8, by a quotient of polynomials; float32 or float64."""
    real = type(x)
    p = real(2.46196981473530512524e-10) * x + real(5.64189564831068821977e-1)
    p = p * x + real(7.46321056442269912687)
    p = p * x + real(4.86371970985681366614e1)
    p = p * x + real(1.96520832956077098242e2)
    p = p * x + real(5.26445194995477358631e2)
    p = p * x + real(9.34528527171957607540e2)
    p = p * x + real(1.02755188689515710272e3)
    p = p * x + real(5.57535335369399327526e2)
    q = x + real(1.32281951154744992508e1)
    q = q * x + real(8.67072140885989742329e1)
    q = q * x + real(3.54937778887819891062e2)
    q = q * x + real(9.75708501743205489753e2)
    q = q * x + real(1.82390916687909736289e3)
    q = q * x + real(2.24633760818710981792e3)
    q = q * x + real(1.65666309194161350182e3)
    q = q * x + real(5.57535340817727675546e2)
    return p / q


@inlined
def _erf64(x: float) -> float:
    size = x if x >= 0.0 else -x
    size = 7.0 if size > 7.0 else size  # erf is 1 there; NaN stays
    z = size * size
    p = (((9.60497373987051638749 * z + 9.00260197203842689217e1) * z + 2.23200534594684319226e3) * z
         + 7.00332514112805075473e3) * z + 5.55923013010394962768e4  # fmt: skip
    q = ((((z + 3.35617141647503099647e1) * z + 5.21357949780152679795e2) * z + 4.59432382970980127987e3) * z
         + 2.26290000613890934246e4) * z + 4.92673942608635921086e4  # fmt: skip
    far = 1.0 - _exp64(-z) * _erfc(size)
    found = far if size > 1.0 else size * (p / q)
    return found if x >= 0.0 else -found


def exp(x: float) -> float:
    """eˣ for compiled code, float32 or float64; clipped to the finite, normal range."""
    raise TypeError("for compiled code only")


def tanh(x: float) -> float:
    """tanh x for compiled code, float32 or float64."""
    raise TypeError("for compiled code only")


@overload(exp, inline="never")
def _exp(x: Any) -> Any:
    def single(x: Any) -> Any:
        return _exp32(x)

    def double(x: Any) -> Any:
        return _exp64(x)

    return single if x == types.float32 else double


@overload(tanh, inline="never")
def _tanh(x: Any) -> Any:
    def single(x: Any) -> Any:
        return _tanh32(x)

    def double(x: Any) -> Any:
        return _tanh64(x)

    return single if x == types.float32 else double


def erf(x: float) -> float:
    """The error function 2/√π ∫₀ˣ e^{−t²} dt for compiled code, float32 or float64."""
    raise TypeError("for compiled code only")


@overload(erf, inline="never")
def _erf(x: Any) -> Any:
    def single(x: Any) -> Any:
        return _erf32(x)

    def double(x: Any) -> Any:
        return _erf64(x)

    return single if x == types.float32 else double
