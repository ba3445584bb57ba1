"""A score as people read it, wherever a program says one: shares in per cent, all else in four significant digits."""

SHARES = ("error", "accuracy", "exact_match", "precision", "recall", "f1", "balanced_accuracy", "decided_error")


def is_share(metric: str) -> bool:
    """Whether a metric, with or without its part (``validation/error``), is a share of rows."""
    return metric.rpartition("/")[2] in SHARES


def score_text(metric: str, score: float | None) -> str:
    """``7.28 %`` of an error and the like; else four significant digits."""
    if score is None:
        return "–"
    return percent(score) if is_share(metric) else f"{score:.4g}"


def percent(share: float) -> str:
    return f"{100 * share:.2f} %"
