from contextlib import closing

import pytest

from gateway.stores.connecting import parsed, writing
from gateway.stores.lookups import SIZES, Lookup
from gateway.stores.opening import open_store
from gateway.stores.packing import pack_digest
from gateway.stores.statements import Statements
from gateway.stores.tables import ChunkRow
from tests.stores.counted import Counted
from tests.stores.material import chunk, edges, run

CHUNKS = [chunk("a.md", ordinal) for ordinal in range(150)]


@pytest.fixture(scope="module")
def url(database):
    url = database.prepared()
    with closing(open_store(url)) as store:
        store.append(run(*edges(*CHUNKS)))
    return parsed(url)


@pytest.fixture
def cursor(url):
    with closing(writing(url)) as connection:
        yield Counted(connection.cursor())


@pytest.fixture(scope="module")
def lookup(url):
    return Lookup(Statements(url), ChunkRow, ("version", "ordinal", "digest"), ("id", "kept"))


def key(one, version=1):
    return version, one.ordinal, pack_digest(one.digest)


def test_one_row_is_found_by_its_whole_key(lookup, cursor):
    found = [lookup.one(cursor, key(CHUNKS[3])), lookup.one(cursor, key(CHUNKS[3], 2))]

    assert found == [(4, True), None]


@pytest.mark.parametrize("count", [0, 1, 2, 5, 8, 9, 63, 64, 65, 150])
def test_many_rows_are_found_by_few_statements(lookup, cursor, count):
    absent = [key(one, 9) for one in CHUNKS[: count // 2]]
    rows = {*lookup.rows(cursor, [*map(key, CHUNKS[:count]), *absent])}
    looked = count + len(absent)

    assert {(version, ordinal, bytes(digest)) for version, ordinal, digest, *_ in rows} == {*map(key, CHUNKS[:count])}
    assert sorted(row[3] for row in rows) == [*range(1, count + 1)]
    assert cursor.count <= looked // max(SIZES) + 5
