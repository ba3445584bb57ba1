"""The mirror straight into PostgreSQL: what dies in the middle of a pass is made up for once it is back."""

import time
from collections.abc import Iterator

import pytest

from pipeline.tracking import sync
from pipeline.tracking.child import mirrored
from tests.torture import test_server
from tests.torture.postgres import PROGRAMS, Postgres
from tests.torture.test_server import assert_whole, one_pass
from tests.tracking import fake_store

project = test_server.project
sqlalchemy = pytest.importorskip("sqlalchemy")
pytest.importorskip("psycopg2", reason="the extra postgres is not installed")
pytestmark = [
    pytest.mark.torture,
    pytest.mark.processes,
    pytest.mark.filterwarnings("ignore::Warning"),
    pytest.mark.skipif(not (PROGRAMS / "initdb").exists(), reason="Debian's postgresql is not installed"),
]


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[Postgres]:
    made = Postgres()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", made.uri)
    made.start()
    yield made
    made.remove()


def _finished(uri: str) -> int:
    """Runs that have ended, as far as there are tables."""
    engine = sqlalchemy.create_engine(uri)
    try:
        with engine.connect() as connection:
            asked = sqlalchemy.text("select count(*) from runs where status = 'FINISHED'")
            return int(connection.execute(asked).scalar_one())
    except sqlalchemy.exc.SQLAlchemyError:
        return 0
    finally:
        engine.dispose()


def test_a_database_that_dies_in_a_pass_gets_the_rest_once_it_is_back(
    project: object, database: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    with mirrored():
        while _finished(database.uri) < 2:
            time.sleep(0.01)
        database.stop()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("warning: MLflow at postgresql+psycopg2://127.0.0.1") and "nothing is lost" in line
    database.start()
    one_pass()
    assert_whole(database.uri)


def test_one_process_goes_on_over_a_restart(project: object, database: Postgres) -> None:
    """Its connections are dead then, and what it knew of runs may be what was never committed."""
    copying = sync.Copying()
    for epochs in (1, 2, 3, 4):
        fake_store.record("baseline", "live", 3)
        fake_store.running_trial("live", epochs)
        if epochs == 3:
            database.stop()
            with pytest.raises(Exception, match=r"refused|terminat|clos"):
                copying.news(False)
            database.start()
        copying.news(False)
    engine = sqlalchemy.create_engine(database.uri)
    asked = "select m.step, count(*) from metrics m join tags t on t.run_uuid = m.run_uuid and t.value = 'live'"
    with engine.connect() as connection:
        found = connection.execute(sqlalchemy.text(f"{asked} where m.key = 'train/loss' group by 1 order by 1"))
        assert list(found) == [(0, 1), (1, 1), (2, 1), (3, 1)]
    engine.dispose()
