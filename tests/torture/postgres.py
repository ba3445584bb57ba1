"""A PostgreSQL of the tests' own on loopback, which a test kills and starts again."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.torture.servers import free_port

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/lib/postgresql"))
USER = "postgres"  # whom Debian makes for it: it does not run as root


class Postgres:
    """A cluster in a folder of its own, without passwords, at the same address after each start."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="holdout-postgres-"))
        if os.geteuid() == 0:
            shutil.chown(self.folder, USER)
        self.port = free_port()
        self.uri = f"postgresql+psycopg2://mlflow@127.0.0.1:{self.port}/postgres"
        self._run("initdb", "-D", str(self.folder / "db"), "-U", "mlflow", "--auth=trust", "-E", "UTF8")

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.folder / "db"), "-l", log, "-w", "-t", "120", "-o", options, "start")

    def stop(self) -> None:
        """At once, as a crash would: nothing is finished, and the next start recovers."""
        self._run("pg_ctl", "-D", str(self.folder / "db"), "-m", "immediate", "stop")

    def remove(self) -> None:
        if (self.folder / "db/postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder)

    def _run(self, program: str, *words: str) -> None:
        as_user = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
        command = [*as_user, str(PROGRAMS / program), *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder)
