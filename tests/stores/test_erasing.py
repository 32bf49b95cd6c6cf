"""Erase a person: nothing of them is left in any file, everything else is as it was, and the log proves both."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.domain.accesses import accessed
from gateway.domain.digests import digest, new_id
from gateway.domain.documents import How, Source
from gateway.domain.erasures import HoldsIt
from gateway.domain.principals import Principal, Role
from gateway.domain.runs import IncidentChanged, IncidentStep, Intent, Quarantined, RunEvent, RunState
from gateway.domain.scopes import joined
from gateway.domain.subjects import Kind, Subject
from gateway.lineage.evidence import commitment
from gateway.stores import personal
from gateway.stores.accesses import SQLAccesses
from gateway.stores.breaches import SQLBreaches
from gateway.stores.compression import compressor
from gateway.stores.connecting import file, parsed
from gateway.stores.erasing import Eraser
from gateway.stores.holding import SQLHolds, active, placed, released
from gateway.stores.incidents import SQLIncidents
from gateway.stores.masters import default_masters
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.quarantines import SQLQuarantines
from gateway.stores.questions import Questions
from gateway.stores.scrubbing import scrub
from gateway.stores.subjects import SQLSubjects
from gateway.stores.texts import SQLTexts
from tests.stores.databases import alter, dumped, rows
from tests.stores.material import (
    activated,
    breached,
    chunk,
    document,
    edges,
    ended,
    entering,
    faults,
    ingested,
    intent,
    outcome,
    run,
    started,
)

ADMIN = Principal("privacy", "acme", frozenset({Role.ADMIN}))
PERSON = "jane.doe@example.com"
QUESTION = "Is my knee covered, asks Jane Doe from Lisbon?"
ANSWER = "Jane Doe's knee is covered since April."
OWN = "Medical letter about the left knee of Jane Doe, born in Lisbon."
SHARED = "What we grant, and to whom, in general."


def response(who, question, answer, *used, **more):
    start = started(intent(*used, end_user=who, question=question, conversation=f"about {who}", **more))
    return start, ended(start, outcome(answer, reason=f"{who} was told"))


def declared(name, text):
    return chunk(name, text=text, how=How.DECLARED, title=f"{name} of somebody", url=f"https://x.example/{name}")


@pytest.fixture
def events():
    own, shared = declared("jane-doe-letter.md", OWN), declared("terms.md", SHARED)
    return [
        activated(),
        ingested(entering(document("kb.md", "What stands in the handbook."))),
        *response("u-2", "And what of my car?", "It is covered.", *edges(shared)),
        *response(PERSON, QUESTION, ANSWER, *edges(own, shared)),
        *response(PERSON, QUESTION + " Still?", ANSWER, *edges(own)),
        *response("u-3", "Which terms?", "Those.", *edges(shared, chunk("kb.md", text="What stands in the handbook."))),
    ]


@pytest.fixture
def store(url, events):
    with closing(open_store(url)) as store:
        store.append(events)
        yield store


@pytest.fixture
def eraser(store, url):
    return Eraser(store, default_masters(parsed(url)))


def raw(url):
    """Every byte of every file of the store, or on a server every value; and every value unpacked."""
    if url.startswith("sqlite"):
        folder = file(parsed(url)).parent
        found = b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())
    else:
        values = (value for table in dumped(url).values() for row in table for value in row)
        found = b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)
    for detail, catalogue in rows(url, "SELECT detail, catalogue FROM event"):
        found += compressor().unpack(detail) + (compressor().unpack(catalogue) if catalogue else b"")
    for (leaf,) in rows(url, "SELECT data FROM leaf"):
        found += compressor().unpack(leaf)
    return found


def needles(events):
    texts = [PERSON, QUESTION, QUESTION + " Still?", ANSWER, OWN, "jane-doe-letter.md", f"about {PERSON}"]
    plain = [text.encode() for text in texts]
    names = [digest(text)[7:] for text in texts]
    names += [
        event.body.request[7:]
        for event in events
        if isinstance(event.body, Intent) and event.body.principal.end_user == PERSON
    ]
    names += [declared("jane-doe-letter.md", OWN).version[7:]]
    return [*plain, *(name.encode() for name in names), *(bytes.fromhex(name) for name in names)]


def legible(url, events):
    found = raw(url)
    return [needle for needle in needles(events) if needle in found]


def whole(url):
    with closing(open_ledger(url)) as ledger:
        return faults(ledger)


def told_of_others(url, events):
    with closing(open_ledger(url)) as ledger:
        others = [e.run for e in events if isinstance(e.body, Intent) and e.body.principal.end_user != PERSON]
        impact = ledger_impact(ledger, "terms.md")
        return (
            [ledger.response(one, "acme") for one in others],
            impact,
            ledger.document("kb.md", "acme"),
            ledger.sources("acme"),
        )


def ledger_impact(ledger, name):
    found = ledger.impact(Subject(Kind.DOCUMENT, name), "acme", limit=50)
    return found.total, found.by_state, sorted(one.response for one in found.responses)


def test_nothing_of_the_person_is_left_and_everything_else_is_as_it_was(url, store, eraser, events):
    before = told_of_others(url, events)
    there = legible(url, events)
    erasure, documents = eraser.subject(ADMIN, PERSON)
    scrub(url, rebuild=False)
    left = legible(url, events)

    assert len(there) > 10
    assert left == []
    assert told_of_others(url, events) == before
    assert whole(url) == []
    assert (erasure.responses, erasure.entries, erasure.documents) == (2, 4, ["jane-doe-letter.md"])
    assert erasure.texts >= 4
    assert [one.document for one in documents] == ["jane-doe-letter.md"]


def test_with_free_space_and_the_write_ahead_log_cleaned_the_files_are_written_anew(url, store, eraser, events):
    eraser.subject(ADMIN, PERSON)

    assert scrub(url, rebuild=True)
    assert legible(url, events) == []
    if url.startswith("sqlite"):
        assert Path(f"{file(parsed(url))}-wal").stat().st_size == 0
    assert store.append(run()) == [11, 12]
    assert whole(url) == []


def test_the_blast_radius_counts_the_erased_as_nobody(url, store, eraser, events):
    with closing(open_ledger(url)) as ledger:
        before = ledger.impact(Subject(Kind.DOCUMENT, "terms.md"), "acme", limit=50)
        eraser.subject(ADMIN, PERSON)
        after = ledger.impact(Subject(Kind.DOCUMENT, "terms.md"), "acme", limit=50)
        record = ledger.response(events[4].run, "acme")

    assert (after.total, after.by_state) == (before.total, before.by_state)
    assert sum(after.end_users.values()) == sum(before.end_users.values())
    assert PERSON in before.end_users and PERSON not in after.end_users
    assert (record.end_user, record.question, record.answer, record.manifest) == ("", "", "", ())
    assert (record.application, record.model, len(record.context)) == ("support-bot", "gpt-4o-mini", 2)


def test_what_is_missing_counts_as_erased_only_if_the_log_says_so(url, store, eraser):
    """Nobody can delete something and claim that it was erased."""
    eraser.subject(ADMIN, PERSON)
    alter(url, "DELETE FROM salt WHERE event = 2")
    (fault,) = whole(url)

    assert (fault.index, "secret" in fault.problem) == (2, True)


@pytest.mark.parametrize(
    ("statement", "entry"),
    [
        ("UPDATE response SET model = 'another' WHERE seq = 4", 4),
        ("UPDATE edge SET state = 1 WHERE seq = 4 AND position = 1", 4),
        ("UPDATE event SET detail = (SELECT detail FROM event WHERE idx = 6) WHERE idx = 4", 4),
        ("INSERT INTO salt SELECT 4, secret FROM salt WHERE event = 2", 4),
        ("UPDATE event SET catalogue = NULL WHERE idx = 4", 4),
        ("DELETE FROM event WHERE idx = 5", 5),
    ],
)
def test_what_is_left_of_an_erased_entry_cannot_be_altered(url, store, eraser, statement, entry):
    eraser.subject(ADMIN, PERSON)
    alter(url, statement)

    assert entry in {fault.index for fault in whole(url)}


def test_only_who_ordered_it_can_say_whom_the_log_speaks_of(url, store, eraser):
    erasure, _ = eraser.subject(ADMIN, PERSON)
    ((packed,),) = rows(url, f"SELECT detail FROM event WHERE idx = {erasure.index}")
    told = json.loads(compressor().unpack(packed))

    assert told["subject"] == commitment(bytes.fromhex(erasure.opening), b"subject", joined("acme", PERSON))
    assert erasure.opening.encode() not in raw(url)
    assert [entry for entry, _ in told["entries"]] == [4, 5, 6, 7]


def test_a_dry_run_changes_nothing_and_a_second_one_finds_nothing(url, store, eraser):
    before = dumped(url)
    would, _ = eraser.subject(ADMIN, PERSON, dry_run=True)
    untouched = dumped(url) == before
    done, _ = eraser.subject(ADMIN, PERSON)
    again, _ = eraser.subject(ADMIN, PERSON)

    assert untouched
    assert (would.index, would.opening) == (None, "")
    assert replace(done, index=None, opening="") == would
    assert (again.responses, again.entries, again.index) == (0, 0, None)


def test_the_person_and_their_documents_can_come_again(url, store, eraser):
    """What the writer remembers of erased rows would be wrong now, in whatever process it is."""
    eraser.subject(ADMIN, PERSON)
    with closing(open_store(url)) as other:
        for one in (store, other):
            one.append(response(PERSON, QUESTION, ANSWER, *edges(declared("jane-doe-letter.md", OWN))))
    with closing(SQLTexts(url)) as texts:
        assert texts.kept("acme", [digest(QUESTION), digest(OWN)]) == {digest(QUESTION): QUESTION, digest(OWN): OWN}
    assert whole(url) == []
    again, _ = eraser.subject(ADMIN, PERSON)
    assert (again.responses, again.documents) == (2, ["jane-doe-letter.md"])
    assert whole(url) == []


def test_nobody_with_the_same_name_elsewhere_is_touched(url, store, eraser):
    store.append(response(PERSON, QUESTION, ANSWER, tenant="umbrella"))
    start = started(intent(end_user=PERSON, tenant="umbrella", question=QUESTION), tenant="umbrella")
    store.append([start, ended(start, outcome(ANSWER))])
    eraser.subject(ADMIN, PERSON)
    with closing(open_ledger(url)) as ledger:
        record = ledger.response(start.run, "umbrella")

    assert (record.end_user, record.answer) == (PERSON, ANSWER)


def test_a_response_that_is_running_puts_it_off(url, store, eraser):
    store.append([started(intent(end_user=PERSON))])
    with pytest.raises(HoldsIt, match="1 responses of this person are still running"):
        eraser.subject(ADMIN, PERSON)


@pytest.mark.parametrize(
    ("kind", "target"), [("subject", PERSON), ("response", None), ("document", "jane-doe-letter.md")]
)
def test_a_legal_hold_wins_and_names_itself(url, store, eraser, events, kind, target):
    hold = placed(ADMIN, kind, target or events[4].run, "case 17")
    store.append([hold])
    with pytest.raises(HoldsIt, match=f"legal hold {hold.run} .case 17.") as caught:
        eraser.subject(ADMIN, PERSON)
    assert caught.value.status == 409
    assert PERSON not in caught.value.message
    store.amend(lambda ask: released(ADMIN, active(ask, "acme")[0]))

    assert eraser.subject(ADMIN, PERSON)[0].responses == 2
    assert whole(url) == []


def test_a_hold_that_named_the_person_is_redacted_with_them(url, store, eraser, events):
    store.append([placed(ADMIN, "subject", PERSON)])
    store.amend(lambda ask: released(ADMIN, active(ask, "acme")[0]))
    eraser.subject(ADMIN, PERSON)
    scrub(url, rebuild=False)

    assert legible(url, events) == []
    assert whole(url) == []


def test_of_a_document_the_texts_go_and_who_was_fed_by_it_stays_known(url, store, eraser, events):
    before = told_of_others(url, events)[1]
    erasure, documents = eraser.document(ADMIN, "terms.md")
    with closing(SQLTexts(url)) as texts:
        kept = texts.kept("acme", [digest(SHARED), digest(OWN)])

    assert (erasure.texts, erasure.documents, erasure.entries) == (1, ["terms.md"], 0)
    assert [one.document for one in documents] == ["terms.md"]
    assert kept == {digest(OWN): OWN}
    assert told_of_others(url, events)[1] == before
    assert whole(url) == []


def test_a_text_that_somebody_deleted_is_a_fault_though_another_document_was_erased(url, store, eraser):
    eraser.document(ADMIN, "terms.md")
    alter(url, "DELETE FROM sealed_text WHERE name = (SELECT MIN(name) FROM sealed_text)")

    assert any("is missing" in fault.problem for fault in whole(url))


def test_a_document_that_is_part_of_held_evidence_stays(url, store, eraser, events):
    store.append([placed(ADMIN, "response", events[2].run)])
    with pytest.raises(HoldsIt, match="lies on the response"):
        eraser.document(ADMIN, "terms.md")


def test_who_looked_at_them_stays_known_and_whom_they_looked_at_does_not(url, store, eraser, events):
    """An access holds a digest of what was asked for; the digest of a name is as good as the name."""
    step = IncidentChanged(new_id(), IncidentStep.ADDED, ADMIN, items=(f"subject/{PERSON}", "document/terms.md"))
    looked = accessed(ADMIN, "read timeline", [f"subject/{PERSON}", "document/terms.md"], PERSON)
    store.append(
        [
            looked,
            accessed(ADMIN, "search", query="another"),
            RunEvent(new_id(), RunState.COMPLETE, step, "acme"),
            accessed(Principal("lineward", "", end_user="root"), "read exposure", query=PERSON),
        ]
    )
    eraser.subject(ADMIN, PERSON)
    scrub(url, rebuild=False)
    with closing(Questions(url)) as questions:
        looks, _ = SQLAccesses(questions).accesses("", "acme", limit=9)

    files = raw(url)
    assert [(one.action, one.subjects) for one in looks][-1] == (
        "read timeline",
        ("subject/erased:", "document/terms.md"),
    )
    assert legible(url, events) == []
    assert digest(PERSON)[7:].encode() not in files
    assert whole(url) == []


def test_a_document_that_goes_with_them_is_named_nowhere_else(url, store, eraser, events, monkeypatch):
    """Not where somebody looked at it, nor where it turned up in another tenant's request; also after a crash."""
    own, shared = declared("jane-doe-letter.md", OWN), declared("terms.md", SHARED)
    things = "document/jane-doe-letter.md", "document/terms.md"
    step = IncidentChanged(new_id(), IncidentStep.ADDED, ADMIN, items=things)
    store.append(
        [
            accessed(ADMIN, "read impact", things),
            RunEvent(new_id(), RunState.COMPLETE, step, "acme"),
            breached(own, shared, tenant="acme"),
        ]
    )
    monkeypatch.setattr(personal, "PAGE", 1)
    amend, done = store.amend, []

    def breaking(change):
        done.append(True)
        if len(done) == 5:
            raise KeyboardInterrupt
        return amend(change)

    store.amend = breaking
    with pytest.raises(KeyboardInterrupt):
        eraser.subject(ADMIN, PERSON)
    store.amend = amend
    between = whole(url)
    eraser.subject(ADMIN, PERSON)
    scrub(url, rebuild=False)
    with closing(Questions(url)) as questions:
        (look,), _ = SQLAccesses(questions).accesses("", "acme", limit=9)
        breaches, _ = SQLBreaches(questions).breaches("acme", limit=9)

    assert (between, whole(url), legible(url, events)) == ([], [], [])
    assert look.subjects == ("document/erased:", "document/terms.md")
    assert [chunk.document for chunk in breaches[0].chunks] == ["erased:", "terms.md"]


def test_in_what_people_wrote_the_name_goes_and_the_rest_stays(url, store, eraser, events):
    def entry(body):
        return RunEvent(new_id(), RunState.COMPLETE, body, "acme")

    incident = new_id()
    store.append(
        [
            entry(IncidentChanged(incident, IncidentStep.OPENED, ADMIN, f"Complaint of {PERSON.upper()}")),
            entry(IncidentChanged(incident, IncidentStep.NOTED, ADMIN, f"Called {PERSON}; john.{PERSON} knows more.")),
            entry(Quarantined(Source("file", "kb"), "kb.md", f"{PERSON} is named in it", principal=ADMIN)),
            placed(ADMIN, "document", "held.md", f"asked for by {PERSON}"),
        ]
    )
    with closing(Questions(url)) as questions:
        subjects = SQLSubjects(questions)
        before = [(note.kind, note.text) for note in subjects.notes(PERSON, "acme")]
        erasure, _ = eraser.subject(ADMIN, PERSON)
        after = subjects.notes(PERSON, "acme")
        notes = SQLIncidents(questions).incident(incident, "acme")
        (hold,) = SQLHolds(questions).active("acme")
        (contained,), _ = SQLQuarantines(questions).history("acme", document="kb.md", limit=9)
    scrub(url, rebuild=False)

    assert [kind for kind, _ in before] == ["hold", "quarantine", "incident", "incident"]
    assert before[1][1] == f"{PERSON} is named in it"
    assert (erasure.entries, after, whole(url)) == (4 + 4, [], [])
    assert (hold.kind, hold.target, hold.reason) == ("document", "held.md", "asked for by [erased]")
    assert contained.reason == "[erased] is named in it"
    assert notes.title == "Complaint of [erased]"
    assert [needle for needle in legible(url, events) if needle != PERSON.encode()] == []
    assert raw(url).count(PERSON.encode()) == raw(url).count(f"john.{PERSON}".encode()) > 0
