"""What several folders of tests share.

Every process of a run reads this before it does anything, the one that only hands out tests too: whatever of the
gateway a fixture needs, that fixture imports.
"""

from __future__ import annotations

import gc
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from rich.console import Console

from tests.demonstrated import contents, copied

if TYPE_CHECKING:
    from gateway.stores.sql import SQLStore
    from tests.stores.databases import Postgres, Shelf, SQLite

gc.disable()  # until all tests are collected: what importing makes stays, and looking through it again takes seconds

_PLAIN = hypothesis.settings(
    deadline=None,  # a busy machine is no reason to fail
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.register_profile("house", _PLAIN)
hypothesis.settings.register_profile("ci", _PLAIN, derandomize=True, database=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "house")


def pytest_collection_finish() -> None:
    """Collect garbage from here on, and only what tests leave."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The demo, run once: the folder with its configuration and data, and what it printed. Nobody may change it."""
    from gateway.demo import run

    folder = tmp_path_factory.mktemp("demonstration")
    out = io.StringIO()
    code = run(Console(file=out, width=160, highlight=False), folder)
    assert code == 0, out.getvalue()
    before = contents(folder)
    yield folder, out.getvalue()
    assert contents(folder) == before, "a test changed the demo that all others see, instead of a copy of it (`config`)"


@pytest.fixture
def config(demonstration: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The configuration of a copy of the demo, whose record commands can be asked about and may change."""
    folder = tmp_path_factory.mktemp("copy")
    yield copied(demonstration[0], folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server that all tests share."""
    from tests.stores.databases import postgres_server as running

    with running() as address:
        yield address


@pytest.fixture(scope="session")
def shelf() -> Shelf:
    """Databases of that server that a test has used and the next can have."""
    from tests.stores.databases import Shelf

    return Shelf()


@pytest.fixture(autouse=True)
def returned(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever databases a test makes for itself are given back when it has closed all that was open in them."""
    if "database" not in request.fixturenames:
        yield
        return
    database: SQLite | Postgres = request.getfixturevalue("database")
    with database.lent():
        yield


@pytest.fixture
def url(database: SQLite | Postgres) -> str:
    """The address of a new database with all tables."""
    return database.prepared()


@pytest.fixture
def store(url: str) -> Iterator[SQLStore]:
    """The store in it."""
    from gateway.stores.opening import open_store

    with closing(open_store(url)) as store:
        yield store


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SQLite | Postgres]:
    """What makes databases, of each kind in turn. The usual file with the keys of texts stands in a new folder."""
    from tests.stores.databases import Postgres, SQLite

    folder = tmp_path_factory.mktemp(request.param)
    made: SQLite | Postgres
    if request.param == "sqlite":
        made = SQLite(folder)
    else:
        made = Postgres(request.getfixturevalue("postgres_server"), request.getfixturevalue("shelf"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield made
    made.close()
