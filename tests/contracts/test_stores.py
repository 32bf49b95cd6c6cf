"""What every store and its ledger promise; a new one gets a class in `tests.stores.databases`."""

import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from gateway.domain.digests import digest, new_id
from gateway.domain.documents import ChunkState, Document, How, IngestedDocument, Source
from gateway.domain.errors import BadRequest, LineageUnavailable
from gateway.domain.facts import Facts
from gateway.domain.principals import Principal, Role
from gateway.domain.records import CurrentVersion
from gateway.domain.runs import RunEvent, RunState
from gateway.domain.subjects import Subject
from gateway.stores import connecting
from gateway.stores.connecting import parsed
from gateway.stores.erasing import Eraser
from gateway.stores.holding import SQLHolds, placed, released
from gateway.stores.masters import default_masters
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.questions import Questions
from gateway.stores.resealing import Resealing
from gateway.stores.retaining import Retention
from gateway.stores.scrubbing import scrub
from gateway.stores.sql import SQLStore
from gateway.stores.statements import Statements
from tests.domain.reported import KB as COLLECTION
from tests.domain.reported import TABLE, dataset, dataset_event, job_event, run_event, tags
from tests.stores.material import (
    ALLOW,
    DROP,
    FOUND,
    KB,
    LABELS,
    MASK,
    POLICY,
    activated,
    chunk,
    document,
    edges,
    ended,
    entering,
    faults,
    ingested,
    intent,
    outcome,
    reported,
    run,
    started,
    told,
)


@pytest.fixture
def ledger(url, store):
    ledger = open_ledger(url)
    yield ledger
    ledger.close()


def test_indexes_are_gapless_from_zero(store):
    first = store.append([*run(), activated()])
    second = store.append(run(*edges(chunk("page-2.md"))))

    assert [*first, *second] == [0, 1, 2, 3, 4]


def test_appending_an_event_again_keeps_its_index_and_adds_nothing(store, ledger):
    start, end = run()
    first = store.append([start])
    again = store.append([start, end, start])
    twice = store.append([end])

    assert (first, again, twice) == ([0], [0, 1, 0], [1])
    assert ledger.stats().events == 2
    assert faults(ledger) == []


def test_nothing_is_appended_of_a_batch_that_cannot_be(store, ledger):
    start = started()
    store.append([start])
    with pytest.raises(ValueError, match="refuses the values"):
        store.append([started(), started(run=start.run)])

    assert ledger.stats().events == 1
    assert store.append([activated()]) == [1]
    assert faults(ledger) == []


def test_an_empty_append_changes_nothing(store, ledger):
    assert list(store.append([])) == []
    assert ledger.stats().events == 0


def test_a_response_is_told_as_it_was_recorded(store, ledger):
    used = (*edges(chunk(), chunk("page-2.md", 3)), *edges(chunk("page-3.md"), state=ChunkState.DROPPED, decision=DROP))
    start, end = run(*used)
    store.append([start, end])
    record = ledger.response(start.run, "acme")
    body = start.body

    assert record is not None
    assert (record.id, record.at, record.tenant) == (start.run, start.at, "acme")
    assert (record.index, record.outcome_index, record.state) == (0, 1, RunState.COMPLETE)
    assert (record.application, record.purpose, record.end_user) == ("support-bot", "support", "u-1")
    assert (record.model, record.provider, record.region, record.stream) == ("gpt-4o-mini", "openai", "us", True)
    assert (record.model_served, record.decision) == ("gpt-4o-mini-2024-07-18", "masked")
    assert (record.policy, record.request, record.trace_id) == (POLICY, body.request, body.trace_id)
    assert (record.question, record.answer) == ("May I, u-1, ask?", "You may.")
    assert record.decisions == (MASK,)
    assert record.findings == (FOUND, end.body.findings[0])
    assert record.manifest == body.manifest
    assert (record.attempts, record.finish_reasons) == (end.body.attempts, ("stop",))
    assert (record.usage, record.first_delta_ms, record.total_ms) == (end.body.usage, 312.5, 1800.25)


def test_the_context_of_a_response_tells_where_each_chunk_came_from(store, ledger):
    used = (*edges(chunk()), *edges(chunk("page-3.md", 7), state=ChunkState.DROPPED, decision=DROP))
    start, end = run(*used)
    store.append([start, end])
    sent, dropped = ledger.response(start.run, "acme").context

    assert (sent.rank, sent.chunk, sent.score) == (1, used[0].chunk.digest, 0.5)
    assert (sent.document, sent.source, sent.ordinal) == ("page-1.md", "file/kb", 0)
    assert (sent.version, sent.how, sent.state) == (used[0].chunk.version, How.RECOGNISED, ChunkState.SENT)
    assert (sent.title, sent.url, sent.labels) == ("PAGE-1.MD", "https://kb.example/page-1.md", LABELS)
    assert sent.preview == used[0].chunk.text
    assert (sent.rule, sent.reason) == (None, "")
    assert (dropped.rule, dropped.reason) == ("stays-in-house", "file/kb is confidential; openai is outside")
    assert (dropped.ordinal, dropped.state) == (7, ChunkState.DROPPED)


def test_labels_are_told_as_they_were_judged_although_the_catalogue_knows_others(store, ledger):
    tightened = LABELS | {"classification": "confidential"}
    first, _ = run(*edges(chunk()))
    second, _ = run(*edges(chunk(labels=tightened, title=None)))
    store.append([first])
    store.append([second])
    (before,), (after,) = (ledger.response(start.run, None).context for start in (first, second))

    assert (before.labels, before.title) == (LABELS, "PAGE-1.MD")
    assert (after.labels, after.title) == (tightened, None)
    assert faults(ledger) == []


def test_a_text_that_was_not_sent_is_not_kept_unless_the_application_keeps_it(store, ledger):
    """Dropped and masked chunks did not leave as they are; without content nothing is kept at all."""
    kept = chunk("kept.md")
    pairs = [
        started(intent(*edges(chunk("sent.md")))),
        started(intent(*edges(chunk("sent-by-one-that-keeps-nothing.md")), content={})),
        started(intent(*edges(chunk("dropped.md"), state=ChunkState.DROPPED, decision=DROP))),
        started(intent(*edges(chunk("masked.md", masked=True), state=ChunkState.MASKED))),
        started(intent(*edges(kept, state=ChunkState.DROPPED), content={kept.digest: kept.text})),
    ]
    store.append(pairs)
    previews = [ledger.response(start.run, None).context[0].preview for start in pairs]

    assert [bool(preview) for preview in previews] == [True, False, False, False, True]
    assert faults(ledger) == []


def test_without_an_outcome_a_run_is_open(store, ledger):
    open_start = started()
    store.append([open_start, *run()])
    record = ledger.response(open_start.run, "acme")

    assert (record.state, record.outcome_index, record.total_ms) == (None, None, None)
    assert [opened.response for opened in ledger.stats().open_runs] == [open_start.run]
    assert faults(ledger) == []


def test_a_tenant_sees_only_its_own(store, ledger):
    ours, theirs = run(), run(tenant="other")
    store.append([*ours, *theirs])

    assert ledger.response(theirs[0].run, "acme") is None
    assert ledger.response(theirs[0].run, "other").tenant == "other"
    assert [record.id for record in ledger.responses("acme", limit=9)[0]] == [ours[0].run]
    assert len(ledger.responses(None, limit=9)[0]) == 2
    assert ledger.impact(Subject.document("page-1.md"), "acme", limit=9).total == 1
    assert ledger.impact(Subject.document("page-1.md"), None, limit=9).total == 2
    assert ledger.document("page-1.md", "nobody") is None
    assert ledger.impact(Subject.document("page-1.md"), "nobody", limit=9) is None


def test_an_unknown_response_is_none(ledger):
    assert ledger.response(new_id(), None) is None
    assert ledger.response("resp_of_another_house", None) is None


def test_pages_of_responses_come_newest_first_and_end(store, ledger):
    starts = [run()[0] for _ in range(5)]
    store.append(starts)
    pages, cursor = [], ""
    while True:
        page, cursor = ledger.responses("acme", limit=2, cursor=cursor)
        pages.append([record.id for record in page])
        if not cursor:
            break

    newest = [start.run for start in reversed(starts)]
    assert pages == [newest[0:2], newest[2:4], newest[4:]]


@pytest.mark.parametrize("cursor", ["x", "-1", "1 OR 1=1", "9" * 40, "٣"])
def test_a_cursor_of_no_page_is_a_bad_request(ledger, cursor):
    with pytest.raises(BadRequest):
        ledger.responses(None, limit=2, cursor=cursor)


def test_impact_counts_each_response_once_whoever_asked(store, ledger):
    both = edges(chunk(), chunk(ordinal=1))
    dropped = edges(chunk(), state=ChunkState.DROPPED, decision=DROP)
    store.append([*run(*both, end_user="a"), *run(*both, end_user="b"), *run(*dropped, end_user="c")])
    mixed = run(*edges(chunk(), state=ChunkState.MASKED), *edges(chunk(ordinal=1)), application="sales", end_user="a")
    store.append([*mixed, *run(*edges(chunk("page-2.md")))])
    impact = ledger.impact(Subject.document("page-1.md"), "acme", limit=2)
    rest = ledger.impact(Subject.document("page-1.md"), "acme", limit=2, cursor=impact.cursor)

    assert (impact.subject, impact.total) == ("page-1.md", 4)
    assert impact.by_state == {"sent": 3, "dropped": 1, "masked": 1}
    assert impact.applications == {"support-bot": 2, "sales": 1}
    assert impact.end_users == {"a": 2, "b": 1}
    assert [entry.end_user for entry in (*impact.responses, *rest.responses)] == ["a", "c", "b", "a"]
    assert impact.responses[0].response == mixed[0].run
    assert impact.responses[0].states == [ChunkState.MASKED, ChunkState.SENT]
    assert impact.responses[0].run_state is RunState.COMPLETE
    assert rest.cursor == ""


def test_impact_of_a_document_that_fed_nobody_is_zero_and_of_an_unknown_one_none(store, ledger):
    store.append([ingested(entering(document()))])

    assert ledger.impact(Subject.document("page-1.md"), "acme", limit=9).total == 0
    assert ledger.impact(Subject.document("page-9.md"), "acme", limit=9) is None


def test_the_catalogue_knows_every_version_and_which_is_current(store, ledger):
    first, second = document(), document(text="The second text.", title="Page, again")
    runs = [
        ingested(entering(first, "one", "two")),
        ingested(entering(second, "three", outcome="changed")),
        ingested(entering(first, "one", "two", outcome="changed")),
    ]
    current = []
    for one in runs:
        store.append([one])
        current.append(dict(ledger.versions(KB, "acme")))
    record = ledger.document("page-1.md", "acme")

    assert current == [{"page-1.md": entry.version} for entry in (first, second, first)]
    assert (record.id, record.source, record.title, record.labels) == ("page-1.md", "file/kb", "Page", LABELS)
    assert [(version.digest, version.chunks, version.current) for version in record.versions] == [
        (first.version, 2, True),
        (second.version, 1, False),
    ]
    assert (record.versions[0].run, record.versions[0].at) == (runs[2].run, runs[2].at)
    assert faults(ledger) == []


def test_a_declared_piece_does_not_become_a_documents_current_version(store, ledger):
    store.append([ingested(entering(document()))])
    store.append(run(*edges(chunk(version=digest("a piece"), how=How.DECLARED))))
    record = ledger.document("page-1.md", "acme")

    assert ledger.versions(KB, "acme") == {"page-1.md": document().version}
    assert [(version.digest, version.current) for version in record.versions] == [
        (digest("a piece"), False),
        (document().version, True),
    ]


def test_what_was_refused_or_unchanged_does_not_enter(store, ledger):
    refused = IngestedDocument(document("no.md", "A secret."), (), "refused", "stays-in-house: it is confidential")
    store.append([ingested(refused, entering(document("same.md"), outcome="unchanged"))])

    assert ledger.versions(KB, "acme") == {}
    assert ledger.document("no.md", "acme") is None
    assert faults(ledger) == []


def test_an_ingest_keeps_texts_of_chunks_that_were_known_without_text(store, ledger):
    piece = chunk(version=document().version, text="The first text.")
    start = started(intent(*edges(piece, state=ChunkState.DROPPED, decision=DROP)))
    store.append([start])
    store.append([ingested(entering(document(), piece.text))])

    assert ledger.response(start.run, None).context[0].preview == "The first text."
    assert ledger.stats().chunks == 1
    assert faults(ledger) == []


def test_equal_names_in_different_sources_are_different_documents(store, ledger):
    other = Source("s3://bucket", "kb")
    store.append([ingested(entering(document(), "one"))])
    store.append([ingested(entering(document(source=other), "two"))])

    assert ledger.stats().documents == 2
    assert ledger.document("page-1.md", "acme").source == "s3://bucket/kb"
    assert ledger.versions(other, "acme").keys() == {"page-1.md"}


def test_the_current_version_comes_with_its_last_description(store, ledger):
    first = document(title="Old")
    store.append([ingested(entering(first, "one"))])
    store.append([ingested(entering(replace(first, title="New", labels=LABELS | {"trust": "web"}), outcome="changed"))])

    current = ledger.current(KB, "acme", ["page-1.md", "unknown"])
    assert current == {"page-1.md": CurrentVersion(first.version, "New", first.url, LABELS | {"trust": "web"})}
    assert ledger.current(KB, "rival", ["page-1.md"]) == {}


def test_what_of_a_source_is_not_named_is_found_by_any_name(store, ledger):
    long = "x" * 600
    store.append([ingested(*(entering(document(name), "one") for name in ("a", "b", long)))])
    store.append([ingested(entering(document("b", title="New"), outcome="changed"))])

    assert list(ledger.others(KB, "acme", ["a", long])) == ["b"]
    assert ledger.others(KB, "acme", ["a", long])["b"].title == "New"
    [shortened] = ledger.others(KB, "acme", ["a", "b"])
    assert ledger.current(KB, "acme", [shortened])[shortened] == ledger.current(KB, "acme", [long])[long]


def test_what_is_removed_stays_known_by_its_empty_version(store, ledger):
    gone = Document(KB, "page-1.md", "", digest(""))
    store.append([ingested(entering(document(), "one"))])
    store.append([ingested(IngestedDocument(gone, outcome="removed"))])

    assert ledger.versions(KB, "acme") == {"page-1.md": digest("")}
    assert [(one.digest, one.current, one.chunks) for one in ledger.document("page-1.md", "acme").versions] == [
        (digest(""), True, 0),
        (document().version, False, 1),
    ]
    assert faults(ledger) == []


def test_documents_are_listed_by_pages_the_newest_first(store, ledger):
    for number in range(5):
        store.append([ingested(entering(document(f"{number}.md"), "one"))])
    store.append([ingested(entering(document("other.md"), "one"), tenant="rival")])
    first, cursor = ledger.documents("acme", limit=3)
    rest, end = ledger.documents("acme", limit=3, cursor=cursor)

    assert [one.id for one in (*first, *rest)] == ["4.md", "3.md", "2.md", "1.md", "0.md"]
    assert end == ""
    assert (first[0].source, first[0].labels, first[0].versions[0].current) == ("file/kb", LABELS, True)
    assert [one.id for one in ledger.documents("rival", limit=3)[0]] == ["other.md"]
    assert len(ledger.documents(None, limit=9)[0]) == 6


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"text": "REF"}, ["refunds.md"]),
        ({"text": "leave it"}, ["b_2.md"]),
        ({"text": "_"}, ["b_2.md"]),
        ({"text": "%"}, []),
        ({"source": Source("s3://bucket", "kb")}, ["b_2.md"]),
        ({"source": Source("s3://bucket", "kb"), "text": "refunds"}, []),
    ],
)
def test_documents_are_listed_by_source_and_by_words_of_id_or_title(store, ledger, given, found):
    other = Source("s3://bucket", "kb")
    store.append([ingested(entering(document("refunds.md", title="Money"), "one"))])
    store.append([ingested(entering(document("b_2.md", source=other, title="Leave it"), "two"))])

    assert [one.id for one in ledger.documents("acme", limit=9, **given)[0]] == found


def test_sources_are_listed_with_their_documents(store, ledger):
    store.append([ingested(entering(document("a"), "one"), entering(document("b"), "two"))])
    store.append([ingested(entering(document("c", source=Source("s3://bucket", "kb")), "three"))])
    store.append([ingested(entering(document("d", source=Source("s3://rival", "kb")), "four"), tenant="rival")])

    assert [(one.namespace, one.name, one.documents) for one in ledger.sources("acme")] == [
        ("file", "kb", 2),
        ("s3://bucket", "kb", 1),
    ]


def test_a_chunk_feeds_many_responses_and_stands_once(store, ledger):
    for _ in range(3):
        store.append(run(*edges(chunk(), chunk(ordinal=1))))
    stats = ledger.stats()

    assert (stats.events, stats.responses, stats.edges) == (6, 3, 6)
    assert (stats.documents, stats.versions, stats.chunks) == (1, 1, 2)
    assert stats.bytes > 0


def test_another_store_on_the_same_database_continues_the_same_log(url, store, ledger):
    other = open_store(url)
    indexes = []
    for turn in range(6):
        indexes += (store, other)[turn % 2].append(run(*edges(chunk(f"page-{turn // 2}.md"))))
    other.close()

    assert indexes == list(range(12))
    assert ledger.stats().documents == 3
    assert faults(ledger) == []


def test_stores_in_many_threads_make_one_log(url, store, ledger):
    def work(number):
        mine = open_store(url)
        for turn in range(10):
            mine.append(run(*edges(chunk(f"page-{turn}.md"), chunk(f"own-{number}.md"))))
        mine.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ledger.stats().events == 80
    assert ledger.stats().documents == 14
    assert faults(ledger) == []


def test_a_ledger_answers_many_threads_at_once(store, ledger):
    starts = [run()[0] for _ in range(20)]
    store.append(starts)
    found = []

    def work():
        found.extend(ledger.response(start.run, "acme").id for start in starts)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(found) == sorted([start.run for start in starts] * 4)


def test_names_that_no_column_takes_as_they_are_do_not_stop_the_record(store, ledger):
    """NUL, halves of characters and names too long for an index: a caller can send all of them."""
    odd = "a\0b\ud800" + "x" * 9_000
    used = edges(chunk(odd, title=odd, url=odd, labels=Facts(owner=odd)), chunk(odd + "y"))
    start, end = run(*used, end_user=odd, question="\ud83d?")
    store.append([start, end])
    record = ledger.response(start.run, "acme")

    assert (record.end_user, record.question) == (odd, "\ud83d?")
    assert [entry.document for entry in record.context] == [odd, odd + "y"]
    assert record.context[0].labels == Facts(owner=odd)
    assert ledger.impact(Subject.document(odd), "acme", limit=9).total == 1
    assert ledger.stats().documents == 2
    assert faults(ledger) == []


def test_a_store_that_lost_its_connection_gets_another(store, ledger):
    store.append(run())
    store._connection.close()
    with pytest.raises(LineageUnavailable, match="cannot be written"):
        store.append(run())
    indexes = store.append(run())

    assert list(indexes) == [2, 3]
    assert faults(ledger) == []


def test_who_holds_the_log_too_long_makes_it_unavailable(url, store, monkeypatch):
    monkeypatch.setattr(connecting, "BUSY_SECONDS", 0.05)
    monkeypatch.setattr(connecting, "_PATIENCE", ("SET lock_timeout = '50ms'",))
    impatient, cursor = SQLStore(url), connecting.writing(connecting.parsed(url)).cursor()
    for statement in Statements(connecting.parsed(url)).begin:
        cursor.execute(statement)
    with pytest.raises(LineageUnavailable, match="cannot be written"):
        impatient.append(run())
    cursor.execute("ROLLBACK")
    indexes = impatient.append(run())
    impatient.close()
    cursor.connection.close()

    assert list(indexes) == [0, 1]


def test_times_come_back_to_the_microsecond_in_utc(store, ledger):
    at = datetime(2026, 11, 22, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    start = replace(started(), at=at)
    store.append([start])
    record = ledger.response(start.run, None)

    assert record.at == at
    assert record.at.tzinfo is UTC


def test_scores_that_are_no_numbers_are_no_scores(store, ledger):
    used = [replace(edge, chunk=replace(edge.chunk, score=score)) for edge, score in
            zip(edges(chunk(), chunk("b.md")), (float("nan"), float("inf")), strict=True)]  # fmt: skip
    start = started(intent(*used))
    store.append([start])

    assert [entry.score for entry in ledger.response(start.run, None).context] == [None, None]
    assert faults(ledger) == []


def test_every_kind_of_event_is_verified(store, ledger):
    store.append([activated(), ingested(entering(document(), "one", "two")), *run(), started()])
    bad = started()
    store.append([bad, ended(bad, outcome(released=None, content={}, error="provider_failed"), RunState.FAIL)])
    steps = list(ledger.verify())

    assert steps == [7]


def test_a_thousand_chunks_in_one_prompt_are_recorded(store, ledger):
    start = started(intent(*edges(*(chunk(ordinal=at) for at in range(1_000)))))
    store.append([start])

    assert len(ledger.response(start.run, None).context) == 1_000
    assert faults(ledger) == []


def test_an_outcome_without_intent_is_recorded_and_found(store, ledger):
    store.append([RunEvent(new_id(), RunState.COMPLETE, outcome(), "acme")])
    found = faults(ledger)

    assert [(fault.index, "no intent" in fault.problem) for fault in found] == [(0, True)]


def test_a_second_outcome_of_a_run_is_recorded_and_found(store, ledger):
    start, end = run()
    store.append([start, end, ended(start, outcome("Something else."), RunState.FAIL)])

    assert [fault.index for fault in faults(ledger)] == [2]
    assert ledger.response(start.run, None).answer == "You may."


def test_migrations_make_the_tables_that_the_models_describe(url, store):
    engine = create_engine(url)
    with engine.connect() as connection:
        made = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences = compare_metadata(made, SQLModel.metadata)
    engine.dispose()

    assert differences == []


def test_decisions_of_chunks_come_back_with_all_they_read(store, ledger):
    start, _ = run(*edges(chunk(), state=ChunkState.DROPPED, decision=DROP), decisions=(MASK, ALLOW, DROP))
    store.append([start])

    assert ledger.response(start.run, None).decisions == (MASK, ALLOW, DROP)


def test_reported_lineage_is_kept_as_it_came_and_verified(store, ledger):
    odd = run_event([dataset(TABLE, tags=tags(("pii", "true")))], [COLLECTION]) | {"x\u0000": "\u0000"}
    odd["job"]["name"] = "a\u0000" * 600
    store.append([reported(odd), reported(dataset_event(TABLE)), reported(job_event([TABLE], [COLLECTION]))])

    assert faults(ledger) == []


def test_an_altered_edge_of_reported_lineage_is_found(url, store, ledger):
    store.append([reported(run_event([TABLE], [COLLECTION]))])
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE lineage_edge SET name = 'another' WHERE part = 'input'")
    engine.dispose()

    assert [(fault.index, fault.problem) for fault in faults(ledger)] == [
        (0, "table lineage_edge, name: not what this lineage recorded")
    ]


def test_what_spans_told_later_is_part_of_the_record_and_of_the_blast_radius(store, ledger):
    start, end = run(*edges(chunk()))
    later = told(start, chunk("late.md", labels=LABELS | {"owner": "x"}), chunk("page-1.md"), decision=DROP)
    store.append([start, end])
    first, again = store.append([later]), store.append([later])
    record = ledger.response(start.run, "acme")

    assert first == again == [2]
    assert [(one.document, one.state, one.told) for one in record.context] == [
        ("page-1.md", "sent", None), ("late.md", "retrieved", 2), ("page-1.md", "retrieved", 2)
    ]  # fmt: skip
    assert record.context[1].labels == LABELS | {"owner": "x"}
    assert record.context[1].decision == DROP
    assert [one.response for one in ledger.impact(Subject.document("late.md"), "acme", limit=5).responses] == [
        start.run
    ]
    assert ledger.impact(Subject.document("page-1.md"), "acme", limit=5).by_state == {"sent": 1, "retrieved": 1}
    assert faults(ledger) == []


def test_what_was_told_of_no_response_is_a_fault(store, ledger):
    store.append([told(run()[0], chunk())])

    assert ["has no intent" in fault.problem for fault in faults(ledger)] == [True]


ADMIN = Principal("privacy", "acme", frozenset({Role.ADMIN}))


def test_a_person_is_erased_and_everything_else_is_as_it_was(url, store, ledger):
    own = edges(chunk("letter.md", text="The letter of jane.", how=How.DECLARED))
    shared = edges(chunk("terms.md", text="The terms.", how=How.DECLARED))
    gone, stays = run(*own, *shared, end_user="jane"), run(*shared, end_user="john", question="And I?")
    store.append([*gone, *stays])
    before = ledger.response(stays[0].run, "acme"), ledger.document("terms.md", "acme")
    eraser = Eraser(store, default_masters(parsed(url)))
    erasure, _ = eraser.subject(ADMIN, "jane")
    scrub(url, rebuild=True)
    record = ledger.response(gone[0].run, "acme")

    assert (erasure.responses, erasure.entries, erasure.documents) == (1, 2, ["letter.md"])
    assert (record.end_user, record.question, record.context[0].preview, record.context[1].preview) == (
        "", "", "", "The terms.",
    )  # fmt: skip
    assert (ledger.response(stays[0].run, "acme"), ledger.document("terms.md", "acme")) == before
    assert ledger.document("letter.md", "acme") is None
    assert faults(ledger) == []
    store.append(run(*own, end_user="jane"))
    assert ledger.response(gone[0].run, "acme") == record
    assert faults(ledger) == []


def test_old_texts_are_removed_unless_they_are_held(url, store, ledger):
    now = datetime.now(UTC)
    start, end = run(end_user="old")
    store.append([replace(event, at=now - timedelta(days=40)) for event in (start, end)])
    store.append(run(end_user="new", question="And today?"))
    retention = Retention(store, default_masters(parsed(url)), timedelta(days=30))
    hold = placed(ADMIN, "response", start.run)
    store.append([hold])
    held = retention.run(ADMIN).texts
    with closing(Questions(url)) as questions:
        (found,) = SQLHolds(questions).active("acme")
    store.append([released(ADMIN, found)])
    done = retention.run(ADMIN)

    assert (held, done.texts) == (0, 2)
    assert ledger.response(start.run, "acme").question == ""
    assert faults(ledger) == []


def test_keys_are_wrapped_anew(url, store, ledger):
    start, end = run()
    store.append([start, end])
    masters = default_masters(parsed(url))
    masters.rotate()
    wrapped = Resealing(parsed(url), masters).rewrap()
    store.append(run(end_user="u-2"))

    assert wrapped == 3
    assert ledger.response(start.run, "acme").answer == "You may."
    assert faults(ledger) == []
