"""What may be said of the test score, each sentence where it is true, in the report and on the terminal."""

from pipeline.reporting import intervals
from pipeline.reporting.evidence import COUNT, GROUP, MEAN, Evidence
from pipeline.reporting.findings import Findings, main_of, score_text


def about_the_score(findings: Findings) -> list[str]:
    """How the interval is to be read, and how the score compares with always answering the same."""
    found = findings.evidence
    return [*interval_sentences(found), *_of_all_looks(findings), constant_sentence(findings)]


def interval_sentences(found: Evidence) -> list[str]:
    """By what rule the interval was found, what it takes for granted, and how often it holds."""
    if found.units == 1:
        return [f"One {'group of rows' if found.by == GROUP else 'row'}: no interval."]
    if intervals.interval(found) is None:
        return ["All rows have the same loss: that tells nothing of how far the true mean is, so there is no interval."]
    said = [
        f"Interval: {_method(found)}. It holds for this model on rows drawn as these {found.units:,} {found.by} were."
    ]
    if held := intervals.coverage(found):
        normal, skewed = held
        said.append(
            f"From so few {found.by}, simulated intervals held the true mean in {normal} % of cases for normal "
            f"losses and in {skewed} % for skewed (lognormal) ones."
        )
    return said


def _of_all_looks(findings: Findings) -> list[str]:
    """The interval that holds for all looks at the test rows together, where there were several."""
    standing, main = findings.standing, main_of(findings)
    bounds = intervals.interval(findings.evidence, standing.confidence) if standing.looks > 1 else None
    if bounds is None:
        return []
    low, high = (score_text(main, bound) for bound in bounds)
    return [f"Corrected for {standing.looks} looks at these rows, the interval is {low} to {high}."]


def _method(found: Evidence) -> str:
    if found.kind == COUNT:
        return "Clopper and Pearson's, of a count"
    if found.kind == MEAN:
        return "Student's t, widened for skewness as Hall's"
    return f"Clopper and Pearson's, after Korn and Graubard, from the spread of {found.units:,} {found.by}"


def constant_sentence(findings: Findings) -> str:
    """How the score stands against always answering the training rows' most frequent class, or their mean."""
    main, metrics = main_of(findings), findings.metrics
    score, always, bounds = metrics[f"test/{main}"], metrics["constant"], metrics["interval"]
    if bounds and findings.standing.looks > 1:
        bounds = intervals.interval(findings.evidence, findings.standing.confidence)
    text = f"Always answering {_answer(findings)} would score {score_text(main, always)} on the same rows"
    if bounds and bounds[1] < always:
        return f"{text}: the model is better."
    if bounds and bounds[0] > always:
        return f"{text}: the model is worse than that."
    if bounds:
        return f"{text}, which lies within the interval: the model can't be told from that."
    word = "lower" if score < always else "no lower"
    return f"{text}; the model's score is {word}, and without an interval that is all that can be said."


def _answer(findings: Findings) -> str:
    answer = findings.metrics["constant_answer"]
    if findings.classification:
        return f"{answer[0]!r}, the most frequent class of the training rows,"
    if findings.card.classes:
        return "each label as most training rows have it"
    several = len(answer) > 1
    return f"the mean{'s' if several else ''} of the training rows ({', '.join(answer)})"
