"""Chunks are found by what they say, indexed or not yet; on both databases."""

import sqlite3
from contextlib import ExitStack, closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.digests import digest, new_id
from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest
from gateway.domain.principals import Principal
from gateway.domain.runs import Quarantined, RunEvent, RunState
from gateway.domain.searches import ChunkWish, Match
from gateway.recognition.folding import fold
from gateway.stores import chunksearch
from gateway.stores.connecting import parsed
from gateway.stores.opening import open_store
from gateway.stores.statements import Statements
from tests.stores.databases import read_whole
from tests.stores.material import KB
from tests.stores.searchable import searchable_chunks


@pytest.fixture(scope="module")
def records(database):
    with ExitStack() as stack:
        yield searchable_chunks(database.prepared(), stack)


def test_a_phrase_leads_to_document_version_and_chunk(record, settled):
    record.enter("terms.md", "A toaster goes back within thirty days.", "Kettles: *never*, says the shop.")
    record.enter("other.md", "Nothing of that.")
    settled()
    [hit] = record.find("kettles never says the SHOP").data
    ((start, end),) = hit.match.highlights

    assert (hit.document, hit.source, hit.ordinal, hit.tenant) == ("terms.md", "file/kb", 1, record.tenant)
    assert hit.version == digest("A toaster goes back within thirty days.\nKettles: *never*, says the shop.")
    assert hit.chunk == digest("Kettles: *never*, says the shop.")
    assert (hit.title, hit.current, hit.quarantined) == ("Page", True, False)
    assert (hit.match.where, hit.match.method, hit.match.score) == ("chunk", "phrase", 1.0)
    assert hit.match.excerpt[start:end] == "Kettles: *never*, says the shop"
    assert record.find("ettles nev").data[0].match.method == "substring"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Die Kündigungsfrist beträgt drei Monate.", "kundigungsfrist BETRAGT"),
        ("返品は三十日以内に限ります。", "三十日以内"),
        ("Гарантия действует два года.", "действует два"),
        ("الضمان ساري لمدة سنتين", "لمدة سنتين"),
        ("She said: “Never again”, and left.", 'said "never again"'),
    ],
)
def test_any_script_and_any_quotes_are_found(record, settled, text, wanted):
    record.enter("a.md", text)
    settled()

    assert record.found(wanted) == [("a.md", 0)]


def test_what_is_misread_is_found_by_likeness(record, settled):
    record.enter("a.md", "The boiler is inspected every second spring by an engineer from our own workshop.")
    record.enter("b.md", "Toasters are not inspected at all, by anybody, in any season of any year.")
    settled()
    found = record.find("The boi1er is inspected every sec0nd spring by an engineer")

    assert [hit.document for hit in found.data] == ["a.md"]
    assert (found.method, found.data[0].match.method) == ("similar", "similar")
    assert 0.5 < found.data[0].match.score < 1
    assert record.find("boi1er is inspected every sec0nd spring", match=Match.PHRASE).data == []


def test_earlier_versions_are_found_and_told_apart(record, settled):
    record.enter("a.md", "Thirty days for toasters.")
    record.enter("a.md", "Fourteen days for toasters.", outcome="changed")
    settled()

    assert [hit.current for hit in record.find("days for toasters").data] == [True, False]
    assert [hit.current for hit in record.find("thirty days").data] == [False]


def test_a_document_that_is_out_of_use_is_found_and_said_to_be_so(record, settled):
    record.enter("a.md", "Poisoned advice.")
    who = Principal("soc", record.tenant)
    body = {"source": KB, "document": "a.md", "reason": "bad", "principal": who}
    record.store.append([RunEvent(new_id(), RunState.COMPLETE, Quarantined(**body), record.tenant)])
    settled()
    contained = record.find("poisoned").data[0].quarantined
    again = Quarantined(**body, released=True)
    record.store.append([RunEvent(new_id(), RunState.COMPLETE, again, record.tenant)])

    assert contained
    assert not record.find("poisoned").data[0].quarantined


def test_a_tenant_finds_its_own_only_and_the_operator_everything(record, settled):
    word = f"clause {new_id()}"
    record.enter("a.md", f"Our {word}.")
    record.enter("a.md", f"Their {word}.", tenant=f"{record.tenant}-rival")
    settled()
    everything = record.search.find(ChunkWish(word), None, limit=9).data

    assert record.found(word) == [("a.md", 0)]
    assert [hit.tenant for hit in everything] == [f"{record.tenant}-rival", record.tenant]


def test_pages_follow_each_other_without_gaps(record, settled):
    for number in range(7):
        record.enter(f"{number}.md", "One clause.", f"Another one, {number}.")
    settled()
    first = record.find("one clause", limit=3)
    second = record.find("one clause", limit=3, cursor=first.cursor)
    third = record.find("one clause", limit=3, cursor=second.cursor)

    pages = [[hit.document for hit in page.data] for page in (first, second, third)]
    assert pages == [["6.md", "5.md", "4.md"], ["3.md", "2.md", "1.md"], ["0.md"]]
    assert third.cursor == ""


def test_document_and_source_narrow_the_search(record, settled):
    record.enter("a.md", "One clause.")
    record.enter("b.md", "One clause.", source=Source("s3://kb", "terms/x"))
    settled()

    assert record.found("one clause", document="a.md") == [("a.md", 0)]
    assert record.found("one clause", source="s3://kb/terms/x") == [("b.md", 0)]
    assert record.found("one clause", document="a.md", source="s3://kb/terms/x") == []


def test_what_is_too_far_behind_the_index_is_said_to_be_unsearched(record, monkeypatch):
    monkeypatch.setattr(chunksearch, "TAIL", 2)
    record.enter("a.md", "One clause.", "Another clause.", "A third clause.")
    found = record.find("clause")

    assert ([hit.ordinal for hit in found.data], found.unsearched) == ([2, 1], 1)
    record.catch_up()
    assert ([hit.ordinal for hit in record.find("clause").data], record.find("clause").unsearched) == ([2, 1, 0], 0)


@pytest.mark.parametrize(
    ("wish", "more", "sentence"),
    [
        (ChunkWish("  "), {}, "must be told"),
        (ChunkWish("ab"), {}, "too little"),
        (ChunkWish("clause", Match.MEANING), {}, "by meaning"),
        (ChunkWish("clause"), {"cursor": "x"}, "cursor"),
    ],
)
def test_what_cannot_be_looked_for_is_refused(record, wish, more, sentence):
    with pytest.raises(BadRequest, match=sentence):
        record.search.find(wish, record.tenant, limit=5, **more)


@settings(max_examples=30)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=80),
    st.integers(0, 60), st.integers(4, 30), st.booleans(),
)  # fmt: skip
def test_whatever_part_of_a_text_is_looked_for_leads_to_it(records, text, start, length, indexed):
    wanted = text[start : start + length].strip()
    if len(fold(wanted)) < 3 or "\x00" in text:
        return
    records.tenant = new_id()
    records.enter("a.md", text)
    if indexed:
        records.catch_up()

    assert records.found(wanted, match=Match.PHRASE) == [("a.md", 0)]


@pytest.mark.parametrize("question", [*(chunksearch._some(*one) for one in [(False, False), (True, True)]),
                                      chunksearch._tail, chunksearch._behind, chunksearch._current])  # fmt: skip
@pytest.mark.parametrize("tenant", [False, True])
def test_what_is_asked_of_the_record_reads_no_whole_table(records, question, tenant):
    """The register of quarantines is small, and is read as a whole."""
    statement = Statements(parsed(records.url)).compiled(question(tenant))

    assert read_whole(records.url, statement) == set()


@pytest.mark.parametrize("question", [chunksearch._tail, chunksearch._behind])
def test_what_is_behind_the_index_is_found_without_all_that_the_tenant_has(tmp_path, question):
    with closing(open_store(f"sqlite:///{tmp_path}/x.db")), closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        statement = Statements(parsed("sqlite:///x.db")).compiled(question(True))
        plan = connection.execute(f"EXPLAIN QUERY PLAN {statement.text}", [1] * len(statement.names)).fetchall()

    assert plan[0][3].startswith("SEARCH chunk USING INDEX ix_chunk_event")
