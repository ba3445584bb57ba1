"""The mirror as a stage starts it, with its passes timed: prints how many there were, and their seconds, at the end."""

import functools
import time

from pipeline.tracking import mirror, sync

passes: list[float] = []


copying = sync.Copying()


def news(final: bool) -> None:
    start = time.monotonic()
    try:
        copying.news(final)
    finally:
        passes.append(time.monotonic() - start)


if __name__ == "__main__":
    mirror.follow = functools.partial(mirror.follow, copy=news)
    try:
        mirror.main()
    finally:
        print(*passes)
