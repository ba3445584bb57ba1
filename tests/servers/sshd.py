"""An OpenSSH server of one's own on loopback: its keys, configuration and log lie in one folder."""

import contextlib
import getpass
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.servers.swift import free_port, wait_for

SFTP = ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/lib/ssh/sftp-server")
CONFIGURATION = """Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/client.pub
PidFile {folder}/pid
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
MaxStartups 100
Subsystem sftp {sftp}
"""
CLIENT = """Host 127.0.0.1
  IdentityFile {folder}/client
  UserKnownHostsFile {folder}/known_hosts
"""


def missing() -> str | None:
    """Why it can't run here."""
    if _program() is None or _sftp() is None:
        return "OpenSSH's server is not installed: apt-get install openssh-server"
    return None


def _program() -> str | None:
    return shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")


def _sftp() -> str | None:
    return next((place for place in SFTP if Path(place).exists()), None)


@dataclass
class Sshd:
    """A running server. environment: with which clients trust it and are known to it."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Of a folder that is not there yet."""
        return f"sftp://{getpass.getuser()}@127.0.0.1:{self.port}{self.folder}/kept"

    @property
    def environment(self) -> dict[str, str]:
        return {"HOME": str(self.folder / "home")}

    def start(self) -> None:
        program = _program()
        assert program is not None
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [program, "-D", "-e", "-f", self.folder / "sshd_config"], stdout=log, stderr=log
            )
        wait_for(self.port, self.process)

    def kill(self) -> None:
        """By SIGKILL, with all the sessions that it serves."""
        if self.process is not None:
            for process in (*psutil.Process(self.process.pid).children(recursive=True), self.process):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def running(folder: Path) -> Iterator[Sshd]:
    """The server, and a home whose ~/.ssh has the client's key and the server's."""
    home = folder / "home" / ".ssh"
    home.mkdir(parents=True, mode=0o700)
    port = free_port()
    for name in ("host", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
    (home / "config").write_text(CLIENT.format(folder=folder))
    (folder / "sshd_config").write_text(CONFIGURATION.format(port=port, folder=folder, sftp=_sftp()))
    Path("/run/sshd").mkdir(exist_ok=True)  # where sshd is root's
    server = Sshd(folder, port)
    try:
        server.start()
        yield server
    finally:
        server.kill()
