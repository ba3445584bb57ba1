"""Starts MLflow's UI on this machine only, small, and prints where the leaderboard is."""

import argparse
import os
import socket
import sys

from pipeline.console import run_stage, say
from pipeline.errors import HoldoutError
from pipeline.tracking import database
from pipeline.tracking.address import tracking_uri

HOST = "127.0.0.1"  # nobody else's machine reaches it
VIEWS = {  # what each is called here; leaderboard.py says what it holds
    "leaderboard": "leaderboard",
    "best_three": "the best three by epoch",
    "ad_hoc": "ad-hoc trials",
}
NEAR = 100  # ports after a taken one that are tried
SMALL = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}


def command(port: int, uri: str) -> list[str]:
    """The server's command line: loopback, one worker."""
    base = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", uri]
    return [*base, "--host", HOST, "--port", str(port), "--workers", "1"]


def check_free(port: int) -> None:
    """Raise HoldoutError if another program listens on the port, before an address is printed that is its."""
    for number in range(port, min(port + NEAR, 65536)):
        if _free(number):
            if number == port:
                return
            raise HoldoutError(
                f"port {port} is taken by another program: python -m pipeline.tracking.ui --port {number}"
            )
    raise HoldoutError(f"port {port} is taken by another program: choose one with --port")


def _free(port: int) -> bool:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: no listener, no harm
        try:
            one.bind((HOST, port))
        except OSError:
            return False
        return True


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m pipeline.tracking.ui", description=__doc__)
    parser.add_argument("--port", type=int, default=5000)
    port = parser.parse_args().port
    if not 0 < port < 65536:
        raise HoldoutError(f"--port {port}: allowed are 1 to 65535")
    check_free(port)
    from pipeline.tracking import destination, leaderboard

    with database.exclusive(), destination.opened(to_write=False) as to:
        addresses = {view: leaderboard.url(port, to.experiment_id, view) for view in VIEWS}
    for view, text in VIEWS.items():
        say(f"{text}: {addresses[view]}")
    say("Ctrl-C stops the server")
    words = command(port, tracking_uri())
    os.execve(words[0], words, {**os.environ, **SMALL})  # in this process's place: what stops it stops the server


if __name__ == "__main__":
    run_stage(main)
