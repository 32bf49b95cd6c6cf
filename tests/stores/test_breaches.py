from contextlib import closing

import pytest

from gateway.domain.errors import BadRequest
from gateway.domain.records import BreachRecord
from gateway.stores.breaches import SQLBreaches
from gateway.stores.opening import open_store
from gateway.stores.questions import Questions
from tests.stores.material import breached, chunk, run


@pytest.fixture(scope="module")
def url(database):
    return database.prepared()


def test_a_tenant_reads_page_by_page_where_its_own_texts_turned_up(url):
    events = [
        breached(chunk("a.md")),
        breached(chunk("b.md"), tenant="acme", late=True),
        breached(chunk("c.md"), chunk("d.md")),
    ]
    with closing(open_store(url)) as store:
        store.append([*run(), *events])
    with closing(Questions(url)) as questions:
        breaches = SQLBreaches(questions)
        (newest,), cursor = breaches.breaches("globex", limit=1)
        (oldest,), end = breaches.breaches("globex", limit=1, cursor=cursor)
        everybody, _ = breaches.breaches(None, limit=9)

        with pytest.raises(BadRequest):
            breaches.breaches(None, limit=9, cursor="x")

    assert newest == BreachRecord(4, events[2].at, "globex", events[2].body.response, events[2].body.chunks)
    assert ([one.document for one in oldest.chunks], end) == (["a.md"], "")
    assert [(one.tenant, one.late) for one in everybody] == [("globex", False), ("acme", True), ("globex", False)]
