from contextlib import closing

import pytest

from gateway.domain.documents import Source
from gateway.stores import sql
from gateway.stores.catalogue import Catalogue
from gateway.stores.connecting import parsed, writing
from gateway.stores.foreseeing import foresee
from gateway.stores.opening import open_store
from gateway.stores.statements import Statements
from tests.stores.counted import Counted
from tests.stores.databases import rows
from tests.stores.material import LABELS, chunk, edges, intent, run, started

KNOWN = [chunk(f"{name}.md", ordinal) for name in "abcdef" for ordinal in range(12)]
OTHERS = [
    chunk("z.md"),
    chunk("a.md", 99),
    chunk("a.md", version="sha256:" + "9" * 64),
    chunk("a.md", source=Source("s3://b", "k")),
    chunk("n" * 900),
    chunk("a.md", labels=LABELS | {"classification": "secret"}, title="Another"),
]


@pytest.fixture
def url(database):
    url = database.prepared()
    with closing(open_store(url)) as store:
        store.append(run(*edges(*KNOWN)))
    return parsed(url)


def test_many_chunks_that_are_known_are_found_by_few_statements(url):
    events = [started(intent(*edges(*KNOWN[at : at + 5]))) for at in range(0, len(KNOWN), 5)]
    events.append(started(intent(*edges(*OTHERS))))
    with closing(writing(url)) as connection:
        catalogue, cursor = Catalogue(Statements(url)), Counted(connection.cursor())
        foresee(catalogue, cursor, events)
        foreseen = cursor.count
        numbers = [number for event in events[:-1] for number in catalogue.resolve(cursor, event)[0]]
        resolved = cursor.count - foreseen
        _, additions = catalogue.resolve(cursor, events[-1])

    assert numbers == [*range(1, len(KNOWN) + 1)]
    assert foreseen < len(KNOWN) / 4
    assert resolved == 0
    assert len(additions.chunks) == len(OTHERS) - 1


def test_it_makes_no_difference_to_what_is_written(database, monkeypatch):
    events = [event for at in range(12) for event in run(*edges(*KNOWN[at : at + 3], *OTHERS[: at % 7]))]
    found = []
    for few in (0, 1_000):
        monkeypatch.setattr(sql, "FEW", few)
        url = database.prepared()
        for part in (run(*edges(*KNOWN[:20])), events):
            with closing(open_store(url)) as store:
                store.append(part)
        tables = "source", "document", "document_version", "chunk", "edge"
        found.append([rows(url, f"SELECT * FROM {name} ORDER BY 1, 2") for name in tables])

    assert found[0] == found[1]
    assert len(found[0][3]) > len(KNOWN[:20])
