"""Starts MLflow's UI on this machine only, small, and prints where the leaderboard is."""

import argparse
import os
import sys

from pipeline.console import run_stage, say
from pipeline.tracking import database
from pipeline.tracking.address import tracking_uri

SMALL = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}


def command(port: int, uri: str) -> list[str]:
    """The server's command line: loopback, one worker."""
    base = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", uri]
    return [*base, "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m pipeline.tracking.ui", description=__doc__)
    parser.add_argument("--port", type=int, default=5000)
    port = parser.parse_args().port
    from pipeline.tracking import destination, leaderboard

    with database.exclusive(), destination.opened(to_write=False) as to:
        address = leaderboard.url(port, to.experiment_id)
    say(f"leaderboard: {address}  (Ctrl-C stops the server)")
    words = command(port, tracking_uri())
    os.execve(words[0], words, {**os.environ, **SMALL})  # in this process's place: what stops it stops the server


if __name__ == "__main__":
    run_stage(main)
