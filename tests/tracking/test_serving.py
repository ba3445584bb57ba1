"""The selected model behind a real server: what a person or a program sends, and what comes back."""

import json
import os
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest

from pipeline.tracking import sync
from tests.project import environment, wait_for
from tests.tracking import fake_store

pytestmark = [
    pytest.mark.ci,
    pytest.mark.processes,
    pytest.mark.filterwarnings("ignore::Warning"),
]  # MLflow's and pydantic's own
Answer = tuple[int, Any]
ROW = {"x": 0.5, "color": "red", "wet": "true", "when": "2026-11-26T12:30:00"}
GAPS = dict.fromkeys(ROW)


class Server:
    """One that runs, with the project's registered model."""

    def __init__(self, port: int, environment: dict[str, str]) -> None:
        self._port, self.environment = port, environment

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/ping", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def ask(self, body: Any, kind: str = "application/json") -> Answer:
        """Status and body of the answer."""
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}/invocations", data, {"Content-Type": kind})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read())["predictions"]
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    shutil.copyfile(empty_database, folder / "mlflow.db")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(folder)
        monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))
        fake_store.make_store()
        fake_store.select(selected=fake_store.table_model())
        sync.copy()
        mlflow.set_tracking_uri(None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["mlflow", "models", "serve", "-m", "models:/holdout@champion", "--env-manager", "local", "-p", str(port)]
    uri = {"MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db", "PYTHONPATH": ""}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            words, cwd=folder, env=environment(**uri), stdout=log, stderr=log, start_new_session=True
        )  # fmt: skip
    try:
        found = Server(port, uri)
        wait_for(lambda: found.answers() or process.poll() is not None)
        assert process.poll() is None, (folder / "log").read_text()[-2000:]
        yield found
    finally:
        os.killpg(process.pid, 15)
        process.wait()


def expected(*rows: list[float]) -> Any:
    """What a server says if it says what the model itself does of rows of numbers and codes."""
    model = fake_store.table_model()
    scores = model.scores(np.array(rows)).astype(float)
    labels = [model.classes[index] for index in scores.argmax(axis=1)]
    return 200, [
        {"label": label, "probability_no": pytest.approx(no), "probability_yes": pytest.approx(yes)}
        for label, (no, yes) in zip(labels, scores, strict=True)
    ]


MOMENT = 1795696200.0  # of ROW
TWO = [[0.5, 2, 1, MOMENT], [np.nan] * 4]  # ROW and GAPS
BODIES: dict[str, Any] = {
    "dataframe_split": {"columns": [*ROW], "data": [[*ROW.values()], [None] * 4]},
    "dataframe_records": [ROW, GAPS],
    "instances": [ROW, GAPS],
    "inputs": [ROW, GAPS],
}


@pytest.mark.parametrize("form", BODIES)
def test_every_form_of_json_is_answered_nulls_too(server: Server, form: str) -> None:
    assert server.ask({form: BODIES[form]}) == expected(*TWO)


def test_columns_as_lists_are_answered(server: Server) -> None:
    columns = {name: [value, None] for name, value in ROW.items()}
    assert server.ask({"inputs": columns}) == expected(*TWO)


def test_a_csv_file_is_answered_columns_in_any_order_others_among_them(server: Server) -> None:
    lines = ["id,when,wet,color,x", "7,2026-11-26T12:30:00,true,red,0.5", "8,,,,", "9,2026-11-26 12:30:00,True,1,2"]
    rows = [*TWO, [2, 0, 1, MOMENT]]
    assert server.ask("\n".join(lines), "text/csv") == expected(*rows)
    assert server.ask("\n".join([*lines[:1], lines[3]]), "text/csv; charset=utf-8") == expected(rows[2])


@pytest.mark.parametrize(
    ("change", "row"),
    [
        ({"x": 3}, [3, 2, 1, MOMENT]),
        ({"wet": True}, [0.5, 2, 1, MOMENT]),
        ({"wet": False}, [0.5, 2, 0, MOMENT]),
        ({"color": 2}, [0.5, 1, 1, MOMENT]),
        ({"color": 2.0}, [0.5, 1, 1, MOMENT]),
        ({"color": "violet"}, [0.5, -1, 1, MOMENT]),
        ({"when": "2026-11-26T13:30:00+01:00"}, [0.5, 2, 1, MOMENT]),
        ({"more": "than asked for"}, [0.5, 2, 1, MOMENT]),
    ],
)
def test_a_value_may_come_in_the_types_that_a_program_has(
    server: Server, change: dict[str, Any], row: list[Any]
) -> None:
    changed = {**ROW, **change}
    for form, value in {**{form: [changed] for form in BODIES}, "dataframe_split": None}.items():
        body = value or {"columns": [*changed], "data": [[*changed.values()]]}
        assert server.ask({form: body}) == expected(row), form


WRONG = {
    "a number": ({"x": "n.a."}, "row 1 (counted from 0), column x: found 'n.a.', allowed: finite numbers"),
    "a date": ({"when": "soon"}, "row 1 (counted from 0), column when: found 'soon', allowed: dates, as 2026-11-26"),
}


@pytest.mark.parametrize(("change", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_in_the_answer_in_one_line(server: Server, change: dict[str, Any], words: str) -> None:
    rows = [ROW, {**ROW, **change}]
    csv = "\n".join(",".join(map(str, line)) for line in (ROW, *(row.values() for row in rows)))
    bodies = [{form: rows} for form in BODIES if form != "dataframe_split"]
    bodies.append({"dataframe_split": {"columns": [*ROW], "data": [[*row.values()] for row in rows]}})
    for status, answer in [server.ask(csv, "text/csv"), *map(server.ask, bodies)]:
        assert status == 400
        assert answer["message"].startswith(words), answer
        assert "\n" not in json.dumps(answer)


def test_a_column_that_is_missing_is_named_in_the_answer(server: Server) -> None:
    message = "column wet is missing: found x, color, when; the model takes 4 columns by name, in any order"
    row = {name: value for name, value in ROW.items() if name != "wet"}
    wanted = (400, {"error_code": "INVALID_PARAMETER_VALUE", "message": message})
    for form in ("dataframe_records", "instances", "inputs"):
        assert server.ask({form: [row]}) == wanted
    assert server.ask("x,color,when\n1,red,2026-11-26\n", "text/csv") == wanted
    status, answer = server.ask({"inputs": [[0.5, "red", "true", "2026-11-26"]]})
    assert (status, answer["message"][:41]) == (400, "columns x, color, wet, when are missing: ")


def test_the_command_line_answers_a_csv_file_of_whole_numbers(server: Server, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("x,color,wet,when\n3,2,1,2026-11-26T12:30:00\n")
    command = "mlflow models predict -m models:/holdout@champion --env-manager local -t csv -i rows.csv"
    done = subprocess.run(
        command, shell=True, cwd=tmp_path, env=environment(**server.environment), capture_output=True, check=True
    )  # fmt: skip
    assert (200, json.loads(done.stdout.splitlines()[-1])["predictions"]) == expected([3, 1, 1, MOMENT])
