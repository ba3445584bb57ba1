"""The corpus in numbers: ``python -m tests.bad_inputs``."""

from tests.bad_inputs.case import RETRAINED
from tests.bad_inputs.families import FAMILIES


def main() -> None:
    """One line per family: cases, how many of them are hostile, and how many end in a new training."""
    print(f"{'family':<16} cases  hostile  retrained")
    rows = [
        (family, len(cases), sum(case.hostile for case in cases), sum(case.outcome == RETRAINED for case in cases))
        for family, cases in FAMILIES.items()
    ]
    total = ("all", *(sum(row[column] for row in rows) for column in (1, 2, 3)))
    for family, *counts in [*rows, total]:
        print(f"{family:<16} {counts[0]:>5}  {counts[1]:>7}  {counts[2]:>9}")


if __name__ == "__main__":
    main()
