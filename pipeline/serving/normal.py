"""Φ⁻¹ as ONNX nodes, which have no such function: Wichura's algorithm AS 241, to about 16 digits."""

from collections.abc import Sequence

from pipeline.serving.nodes import Nodes

SPLIT, MIDDLE = 0.425, 0.180625  # |p − ½| up to which the center's formula holds, and its square
FAR = 5.0  # √(−ln p) from which the tails' second formula holds
Fraction = tuple[Sequence[float], Sequence[float]]  # coefficients above and below, lowest power first
CENTER: Fraction = (
    (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
     4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
     2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3),
)  # fmt: skip
NEAR: Fraction = (
    (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
     1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9),
)  # fmt: skip
TAIL: Fraction = (
    (6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
     2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15),
)  # fmt: skip


def quantile(nodes: Nodes, p: str) -> str:
    """Φ⁻¹(p), elementwise, for p strictly between 0 and 1."""
    q = nodes.add("Sub", p, nodes.const(0.5))
    center = nodes.add("Mul", q, _ratio(nodes, CENTER, _less(nodes, MIDDLE, nodes.add("Mul", q, q))))
    smaller = nodes.add("Min", p, _less(nodes, 1.0, p))
    r = nodes.add("Sqrt", nodes.add("Neg", nodes.add("Log", smaller)))
    near = _ratio(nodes, NEAR, nodes.add("Sub", r, nodes.const(1.6)))
    tail = _ratio(nodes, TAIL, nodes.add("Sub", r, nodes.const(FAR)))
    outer = nodes.add("Where", nodes.add("Greater", r, nodes.const(FAR)), tail, near)
    signed = nodes.add("Mul", nodes.add("Sign", q), outer)
    inside = nodes.add("LessOrEqual", nodes.add("Abs", q), nodes.const(SPLIT))
    return nodes.add("Where", inside, center, signed)


def _less(nodes: Nodes, limit: float, value: str) -> str:
    return nodes.add("Sub", nodes.const(limit), value)


def _ratio(nodes: Nodes, fraction: Fraction, x: str) -> str:
    return nodes.add("Div", *(_polynomial(nodes, coefficients, x) for coefficients in fraction))


def _polynomial(nodes: Nodes, coefficients: Sequence[float], x: str) -> str:
    """By Horner's rule."""
    *lower, made = (nodes.const(value) for value in coefficients)
    for value in reversed(lower):
        made = nodes.add("Add", nodes.add("Mul", made, x), value)
    return made
