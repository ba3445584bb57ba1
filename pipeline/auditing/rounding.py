"""Figures as they are stored: so that no file depends on a library's last bits."""

DIGITS = 6  # significant ones


def rounded(value: float) -> float:
    return value if isinstance(value, int) else float(f"{value:.{DIGITS}g}")
