"""Which of pytest-xdist's workers runs which tests.

xdist's own groups (its mark ``xdist_group``) have no effect under pytest 9.2: pytest-dev/pytest-xdist issue 1386.
"""

from typing import Any

from xdist.scheduler import LoadScopeScheduling

# The tests below each of these share what takes seconds to make or to compile: one worker runs them all.
# The longest first, or one worker is left with them at the end.
TOGETHER = (
    "tests/whole/test_one_project.py",
    "tests/nn/test_compiled.py",
    "tests/bad_inputs/",
    "tests/tracking/",
    "tests/configuration/test_settings.py",
    "tests/reporting/test_plots.py",
)
# Those that are long, each by itself.
LONG = ("tests/torture/", "tests/whole/", "tests/trials/test_verify.py", "tests/sealing/test_confine.py")


def place(nodeid: str) -> int:
    """Where a test comes in the order of all."""
    firsts = (*TOGETHER[:2], *LONG, *TOGETHER[2:])  # the second compiles what the first and the long ones need as well
    return next((number for number, start in enumerate(firsts) if nodeid.startswith(start)), len(firsts))


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    def __init__(self, config: Any, log: Any) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return next((start for start in TOGETHER if nodeid.startswith(start)), nodeid)
