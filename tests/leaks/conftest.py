"""The last lines of `make leaks`: how much of what was planted is caught, and how many sound sets are left alone."""

from collections import Counter

import pytest

SAID = (
    ("planted", "caught", "leaks caught: {0} of {1}"),
    ("sound", "quiet", "sound data with no alarm: {0} of {1}"),
)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                counts.update({name: value for name, value in report.user_properties if isinstance(value, int)})
    for whole, part, words in SAID:
        if counts[whole]:
            terminalreporter.write_line(words.format(counts[part], counts[whole]))
