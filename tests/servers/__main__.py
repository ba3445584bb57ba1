"""Runs a command beside an SSH server and an S3-compatible store: python -m tests.servers COMMAND …

Both listen on loopback and end with the command, which finds them as $SFTP and $S3, and their credentials where each
protocol looks for them.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.trials.remote import connected
from tests.servers import sshd, swift


def main() -> int:
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # so that the servers end too
    for missing in filter(None, (sshd.missing(), swift.missing())):
        sys.exit(f"error: {missing}")
    with tempfile.TemporaryDirectory() as name, _both(Path(name)) as (ssh, s3):
        os.environ |= {**ssh.environment, **s3.environment, "SFTP": ssh.url, "S3": f"s3://{swift.BUCKET}/kept"}
        connected(os.environ["S3"]).system.mkdir(swift.BUCKET)
        return subprocess.run(sys.argv[1:], check=False).returncode


@contextmanager
def _both(folder: Path) -> Iterator[tuple[sshd.Sshd, swift.Swift]]:
    with sshd.running(folder / "ssh") as ssh, swift.running(folder / "s3") as s3:
        yield ssh, s3


if __name__ == "__main__":
    sys.exit(main())
