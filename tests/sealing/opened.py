"""A stage that opens test rows for one model: ``python -m tests.sealing.opened SEED``, in tests that start DVC."""

import sys

from tests.sealing.openers import look

if __name__ == "__main__":
    look(f"{int(sys.argv[1]):x}")
