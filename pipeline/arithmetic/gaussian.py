"""Φ⁻¹ of one number, the quantile of the normal distribution, for compiled code.

Three quotients of polynomials: around the middle by q = p − ½, in the tails by √(−ln p) (Wichura 1988, algorithm AS
241, whose constants these are).
"""

import math

from pipeline.arithmetic.cache import inlined
from pipeline.arithmetic.logarithms import log


@inlined
def quantile(p: float) -> float:
    """Φ⁻¹(p), float64, for 10⁻³⁰⁰ ≤ p < 1; NaN stays."""
    q = p - 0.5
    if -0.425 <= q <= 0.425:
        return q * _middle(0.180625 - q * q)
    tail = p if q < 0.0 else 1.0 - p
    r = math.sqrt(-log(tail))
    found = _near(r - 1.6) if r <= 5.0 else _far(r - 5.0)
    return -found if q < 0.0 else found


@inlined
def _middle(r: float) -> float:
    a = 2.5090809287301226727e3 * r + 3.3430575583588128105e4
    a = a * r + 6.7265770927008700853e4
    a = a * r + 4.5921953931549871457e4
    a = a * r + 1.3731693765509461125e4
    a = a * r + 1.9715909503065514427e3
    a = a * r + 1.3314166789178437745e2
    a = a * r + 3.3871328727963666080e0
    b = 5.2264952788528545610e3 * r + 2.8729085735721942674e4
    b = b * r + 3.9307895800092710610e4
    b = b * r + 2.1213794301586595867e4
    b = b * r + 5.3941960214247511077e3
    b = b * r + 6.8718700749205790830e2
    b = b * r + 4.2313330701600911252e1
    return a / (b * r + 1.0)


@inlined
def _near(r: float) -> float:
    a = 7.74545014278341407640e-4 * r + 2.27238449892691845833e-2
    a = a * r + 2.41780725177450611770e-1
    a = a * r + 1.27045825245236838258e0
    a = a * r + 3.64784832476320460504e0
    a = a * r + 5.76949722146069140550e0
    a = a * r + 4.63033784615654529590e0
    a = a * r + 1.42343711074968357734e0
    b = 1.05075007164441684324e-9 * r + 5.47593808499534494600e-4
    b = b * r + 1.51986665636164571966e-2
    b = b * r + 1.48103976427480074590e-1
    b = b * r + 6.89767334985100004550e-1
    b = b * r + 1.67638483018380384940e0
    b = b * r + 2.05319162663775882187e0
    return a / (b * r + 1.0)


@inlined
def _far(r: float) -> float:
    a = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
    a = a * r + 1.24266094738807843860e-3
    a = a * r + 2.65321895265761230930e-2
    a = a * r + 2.96560571828504891230e-1
    a = a * r + 1.78482653991729133580e0
    a = a * r + 5.46378491116411436990e0
    a = a * r + 6.65790464350110377720e0
    b = 2.04426310338993978564e-15 * r + 1.42151175831644588870e-7
    b = b * r + 1.84631831751005468180e-5
    b = b * r + 7.86869131145613259100e-4
    b = b * r + 1.48753612908506148525e-2
    b = b * r + 1.36929880922735805310e-1
    b = b * r + 5.99832206555887937690e-1
    return a / (b * r + 1.0)
