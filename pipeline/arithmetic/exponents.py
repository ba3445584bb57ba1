"""Whole powers by repeated squaring: pow() of the C library rounds as its version and the processor will have it."""


def power(base: float, exponent: int) -> float:
    """baseⁿ for a whole n ≥ 0, float64."""
    found, square = 1.0, float(base)
    while exponent > 0:
        if exponent & 1:
            found *= square
        square *= square
        exponent >>= 1
    return found
