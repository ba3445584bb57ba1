"""python -m pipeline.tracking.ui: a port that is taken is said before an address is printed."""

import re
import socket
import sys

import pytest

from pipeline.errors import HoldoutError
from pipeline.tracking import ui


def test_a_taken_port_is_said_with_a_free_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind((ui.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(sys, "argv", ["ui", "--port", str(port)])
        with pytest.raises(HoldoutError, match=f"^port {port} is taken by another program") as caught:
            ui.main()
        assert capsys.readouterr().out == ""
        if free := re.search(r"--port (\d+)$", str(caught.value)):
            ui.check_free(int(free[1]))


def test_a_port_that_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["ui", "--port", "70000"])
    with pytest.raises(HoldoutError, match="allowed are 1 to 65535"):
        ui.main()
