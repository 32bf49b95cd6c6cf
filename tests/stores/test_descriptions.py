from contextlib import closing
from dataclasses import replace

import pytest

from gateway.domain.documents import ChunkState, Document, IngestedDocument
from gateway.domain.facts import Facts
from gateway.domain.records import Fault
from gateway.stores import descriptions
from gateway.stores.fingerprints import SQLFingerprints
from gateway.stores.opening import open_ledger, open_store
from tests.recognition.material import KB, chunk, prose
from tests.stores.databases import alter
from tests.stores.material import edges, ingested, run, told

INTERNAL, SECRET, PUBLIC = (Facts(classification=one) for one in ("internal", "confidential", "public"))
DECLARED = chunk(prose(1), "declared.md", title="One", labels=INTERNAL)
BROUGHT = chunk(prose(2), "brought.md", title="Two", labels=SECRET)
PAGE = chunk(prose(3), "paper.pdf", labels=SECRET | Facts(page=2))
SPAN = chunk(prose(4), "span.md", labels=INTERNAL)


def entered(*chunks, labels=SECRET, outcome="added"):
    documents = [
        IngestedDocument(Document(KB, one.document, one.text, one.version, one.title, one.url, labels), (one,), outcome)
        for one in chunks
    ]
    return ingested(*documents)


def tightened(one):
    return replace(one, title="Other", labels=one.labels | Facts(classification="restricted"))


@pytest.fixture
def url(database):
    """A log of an ingest, a request and a span, and what they registered."""
    url = database.prepared()
    with closing(open_store(url)) as store, closing(SQLFingerprints(url)) as library:
        store.append([entered(BROUGHT, PAGE)])
        asked = run(*edges(DECLARED))
        store.append([*asked, told(asked[0], SPAN)])
        library.register([DECLARED, BROUGHT, PAGE, SPAN, chunk(prose(5), "killed.md")], "acme")
    return url


def faults(url):
    with closing(open_ledger(url)) as ledger:
        return [step.problem for step in ledger.verify() if isinstance(step, Fault)]


def again(url, *events, described):
    with closing(open_store(url)) as store, closing(SQLFingerprints(url)) as library:
        store.append([*events])
        library.register([described], "acme")


@pytest.mark.parametrize(
    ("document", "column"),
    [
        ("declared.md", 'labels = \'{"classification":"public"}\''),
        ("brought.md", "labels = '{}'"),
        ("paper.pdf", "title = 'x'"),
        ("span.md", "url = 'x'"),
    ],
)
def test_who_loosens_what_is_judged_by_or_renames_it_is_found_out(url, document, column):
    before = faults(url)
    alter(url, f"UPDATE registration SET {column} WHERE document = '{document}'")

    assert before == []
    [problem] = faults(url)
    assert problem.startswith("table registration has rows (1) that describe a chunk as no entry of the log does")


def test_another_description_is_known_by_the_request_the_ingest_or_the_span_that_gave_it(url, monkeypatch):
    monkeypatch.setattr(descriptions, "PAGE", 1)
    other = [tightened(one) for one in (DECLARED, BROUGHT, PAGE, SPAN)]
    asked = run(*edges(BROUGHT, other[0], state=ChunkState.RETRIEVED))
    more = run(*edges(DECLARED))
    for event, described in (
        (asked, other[0]),
        ([entered(SPAN, other[1], labels=other[1].labels)], other[1]),
        ([entered(other[1], other[2], labels=Facts(classification="restricted"))], other[2]),
        ([*more, told(more[0], DECLARED, other[3])], other[3]),
        ([entered(BROUGHT, PAGE), *run(*edges(DECLARED, SPAN))], other[3]),
    ):
        again(url, *event, described=described)
        assert faults(url) == []

    again(url, described=replace(other[2], labels=PUBLIC))
    assert len(faults(url)) == 1


def test_what_no_entry_names_is_not_compared(url):
    alter(url, "UPDATE registration SET title = 'x' WHERE document = 'killed.md'")

    assert faults(url) == []
