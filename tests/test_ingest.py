from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.chunking import Cut, chunks
from gateway.dialects.chat import CHAT
from gateway.domain.decisions import Target
from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, Document, How, Source
from gateway.domain.errors import BadRequest, ContextUnavailable, GuardUnavailable, LineageUnavailable, NotFound
from gateway.domain.facts import NONE, Facts
from gateway.domain.principals import Role
from gateway.domain.quarantines import Quarantine
from gateway.domain.records import Fault
from gateway.ingest import BATCH, NOTHING
from gateway.loaders.files import documents as files
from gateway.loaders.markdown import MarkdownLoader
from gateway.policy.loading import load
from gateway.retrievers.chroma import ChromaIndex, ChromaRetriever
from tests.catalogued import KB, OPERATOR, READER, House


def document(id: str, text: str, **labels) -> Document:
    return Document(KB, id, text, digest(text), labels=Facts(labels))


ADMIN = replace(OPERATOR, roles=frozenset({Role.ADMIN}))


class Crashing:
    """An index that fails to write, as a process does that dies between the record and the collection."""

    def __init__(self, index: ChromaIndex) -> None:
        self._index = index
        self.holds = index.holds
        self.remove = index.remove

    async def describe(self, tenant, documents, but):
        raise ContextUnavailable("gone")

    async def put(self, collection, tenant, documents, vectors):
        await self._index.put(collection, tenant, [documents[0][:1]], vectors[:1])
        raise ContextUnavailable("gone")


@pytest.fixture
def house(tmp_path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


async def test_a_document_can_be_found_and_is_in_the_catalogue(house):
    apples = document("a.md", "red apples " * 300, classification="internal")

    report = await house.ingest(apples)

    assert report.outcomes == {"added": 1}
    assert report.chunks == len(chunks(apples)) == len(await house.found("red apples"))
    assert house.ledger.versions(KB, "acme") == {"a.md": apples.version}
    record = house.ledger.document("a.md", "acme")
    assert record.labels == apples.labels
    assert record.versions[0].chunks == report.chunks
    assert record.versions[0].run == report.run


async def test_nothing_is_written_for_what_has_not_changed(house):
    kept = [document(f"{n}", f"page {n}") for n in range(BATCH + 2)]
    await house.ingest(*kept)
    house.embedder.asked.clear()

    report = await house.ingest(*kept)

    assert report.outcomes == {"unchanged": BATCH + 2}
    assert report.chunks == 0
    assert house.embedder.asked == []
    assert [len(ingestion.documents) for ingestion in house.ingestions] == [BATCH, 2]


async def test_a_changed_document_is_a_new_version_and_the_old_one_is_not_found(house):
    await house.ingest(document("a", "old words"))

    report = await house.ingest(document("a", "new words"))

    assert report.outcomes == {"changed": 1}
    assert await house.found("old words") == ["new words"]
    assert [version.current for version in house.ledger.document("a", "acme").versions] == [True, False]


async def test_a_document_that_turns_back_is_found_as_it_was(house):
    for text in ("first", "second", "first"):
        await house.ingest(document("a", text))

    assert await house.found("x") == ["first"]
    assert house.ledger.versions(KB, "acme") == {"a": digest("first")}


async def test_other_labels_of_the_same_text_take_effect(house):
    """A policy must not go by the labels of yesterday."""
    await house.ingest(document("a", "text", classification="public"))

    report = await house.ingest(document("a", "text", classification="confidential"))

    assert report.outcomes == {"changed": 1}
    assert house.ledger.document("a", "acme").labels == Facts(classification="confidential")


async def labels(house: House, collection: str = "kb", question: str = "text") -> dict[str, Facts]:
    body = {"model": "m", "messages": [{"role": "user", "content": question}], "collections": [collection]}
    hits = await ChromaRetriever(house.collections, house.embedder).retrieve(CHAT.parse(body), READER)
    return {f"{hit.document}: {hit.text}": hit.labels for hit in hits}


@pytest.mark.parametrize("collection", ["", "more"])
async def test_other_labels_take_effect_wherever_the_document_is_held(house, collection):
    """Policies judge what is found by its entry: registered again, or brought in elsewhere, it must not stay loose."""
    before = [
        document("a", "text", classification="public", team="x"),
        document("b", "text", classification="public"),
        document("pages", "one text\ftwo text", classification="public", pages=2),
    ]
    await house.ingest(*before)
    house.embedder.asked.clear()

    now = Facts(classification="confidential", readers=("hr",))
    report = await house.ingest(
        replace(before[0], labels=now), replace(before[2], labels=now | Facts(pages=2)),
        collection=collection, who=ADMIN,
    )  # fmt: skip

    assert report.outcomes == {"changed": 2}
    assert len(house.embedder.asked) == (3 if collection else 0)
    assert await labels(house) == {
        "a: text": now,
        "b: text": Facts(classification="public"),
        "pages: one text\f": now | Facts(pages=2, page=1),
        "pages: two text": now | Facts(pages=2, page=2),
    }


async def test_an_older_version_that_a_collection_holds_is_tightened_and_never_loosened(house):
    await house.ingest(document("a", "old text", classification="internal"))

    for word in ("confidential", "public"):
        await house.ingest(document("a", "new text", classification=word), collection="", who=ADMIN)

        assert await labels(house) == {"a: old text": Facts(classification="confidential")}


@pytest.mark.parametrize("collection", ["", "kb"])
async def test_labels_that_only_a_piece_did_not_have_yet_are_a_change(house, collection):
    """The document had them already, since its labels are the tightest of its pieces'."""
    whole = document("a", "tight text\nloose text", classification="confidential")
    pieces = [
        Chunk(KB, "a", whole.version, at, f"{word} text", How.RETRIEVED, labels=Facts(classification=label))
        for at, (word, label) in enumerate((("tight", "confidential"), ("loose", "internal")))
    ]
    given = Facts(classification="confidential")
    first = await house.ingest(Cut(whole, pieces), who=ADMIN)

    again, twice = [
        await house.ingest(Cut(whole, pieces), labels=given, collection=collection, who=ADMIN) for _ in range(2)
    ]

    assert [one.outcomes for one in (first, again, twice)] == [{"added": 1}, {"changed": 1}, {"unchanged": 1}]
    assert set((await labels(house)).values()) == {given}
    assert {chunk.labels for chunk in house.ingestions[-1].documents[0].chunks} == {given}


async def test_labels_that_did_not_reach_a_collection_are_carried_there_by_the_next_ingest(house):
    await house.ingest(document("a", "text", classification="public"))
    whole = house.ingestor
    house.ingestor = replace(whole, index=Crashing(house.index))
    with pytest.raises(ContextUnavailable):
        await house.ingest(document("a", "text", classification="confidential"), collection="")
    house.ingestor = whole

    report = await house.ingest(document("a", "text", classification="confidential"), collection="")

    assert report.outcomes == {"unchanged": 1}
    assert await labels(house) == {"a: text": Facts(classification="confidential")}


async def test_registering_makes_no_collection(house, tmp_path):
    for _ in range(2):
        await house.ingest(document("a", "text"), collection="")

    assert not (tmp_path / "chroma").exists()


async def test_labels_of_the_command_line_win_over_the_document_s(house):
    await house.ingest(document("a", "text", trust="web", tags=("x",)), labels=Facts(trust="partner", owner="kb@x"))

    assert house.ledger.document("a", "acme").labels == Facts(trust="partner", tags=("x",), owner="kb@x")


async def test_a_refused_document_is_reported_with_rule_and_owner_and_is_not_found(house):
    report = await house.ingest(document("board", "merger plans", classification="restricted"), document("b", "menu"))

    assert report.outcomes == {"refused": 1, "added": 1}
    assert report.refused[0].reason == "board is restricted (rule no-restricted, ask secops@example.com)."
    assert await house.found("merger plans") == ["menu"]
    assert house.ledger.versions(KB, "acme").keys() == {"b"}


async def test_a_refusal_is_in_the_log_without_the_text(house):
    await house.ingest(document("board", "merger plans", classification="restricted"))

    [ingestion] = house.ingestions
    assert [entry.outcome for entry in ingestion.documents] == ["refused"]
    assert ingestion.documents[0].chunks == ()
    assert [decision.winner.rule for decision in ingestion.decisions] == ["no-restricted"]


async def test_a_quarantined_document_is_known_and_reported_and_not_found(house):
    report = await house.ingest(document("odd", "obey me", quality=0.0), document("b", "menu"))

    reason = "odd looks like an attack (rule suspect-is-quarantined, ask secops@example.com)."
    assert report.outcomes == {"quarantined": 1, "added": 1}
    assert report.chunks == 1 and report.refused[0].reason == reason
    assert await house.found("obey me") == ["menu"]
    assert house.ledger.document("odd", "acme").versions[0].chunks == 1
    ordered = Quarantine("acme", KB, "odd", reason, "suspect-is-quarantined", "secops@example.com", report.run)
    assert house.quarantined == [ordered]
    assert not [one for one in house.ledger.verify() if isinstance(one, Fault)]


async def test_a_document_that_is_now_quarantined_is_no_longer_found(house):
    await house.ingest(document("a", "plans"), document("b", "menu"))

    await house.ingest(document("a", "plans", quality=0.0))

    assert await house.found("plans") == ["menu"]


async def test_without_a_register_a_document_is_refused_instead(house):
    alone = replace(house.ingestor, quarantines=None)

    report = await alone.ingest([document("odd", "obey me", quality=0.0)], "kb", OPERATOR)

    assert report.outcomes == {"refused": 1} and house.ledger.document("odd", "acme") is None


async def test_a_document_that_is_now_refused_is_no_longer_found(house):
    """Its old version must not outlive it under looser labels."""
    await house.ingest(document("a", "plans"), document("b", "menu"))

    await house.ingest(document("a", "plans"), labels=Facts(classification="restricted"))

    assert await house.found("plans") == ["menu"]
    assert (await house.ingest(document("a", "plans"))).outcomes == {"changed": 1}
    assert await house.found("plans") == ["plans", "menu"]


async def test_a_flag_lets_the_document_in_and_is_noted(house):
    report = await house.ingest(document("a", "text", trust="partner"), document("b", "text", trust="partner"))

    assert report.outcomes == {"added": 2}
    assert [decision.winner.rule for decision in house.ingestions[0].decisions] == ["partners-are-noted"] * 2


@pytest.mark.parametrize(
    ("labels", "outcome"), [({"tenant": "rival"}, "refused"), ({"quarantined": True}, "quarantined")]
)
async def test_isolation_and_quarantine_hold_without_a_rule(house, labels, outcome):
    report = await house.ingest(document("a", "text", **labels))

    assert report.outcomes == {outcome: 1}


@pytest.mark.parametrize("text", ["", " \n\t"])
async def test_a_document_without_text_is_refused(house, text):
    report = await house.ingest(document("a", text))

    assert report.refused[0].reason == "It has no text."


@pytest.mark.parametrize(
    "broken",
    [
        document("a", "half \ud800"),
        document("\udfff", "text"),
        replace(document("a", "text"), title="\ud800"),
        document("a", "text", tags=("\ud800",)),
    ],
    ids=["text", "name", "title", "label"],
)
async def test_half_characters_do_not_stop_the_other_documents(house, broken):
    report = await house.ingest(broken, document("b", "fine"))

    assert report.outcomes == {"unreadable": 1, "added": 1}
    assert report.unreadable[0].code == "not_text"


async def test_what_could_not_be_read_is_reported_in_its_place(house):
    told = []

    report = await house.ingest(
        document("a", "A"), BadRequest("photo.png is not text."), document("b", "B"), progress=told.append
    )

    assert [one.message if isinstance(one, BadRequest) else one.document.id for one in told] == [
        "a",
        "photo.png is not text.",
        "b",
    ]
    assert report.unreadable == [told[1]]


async def test_another_tenant_has_a_catalogue_and_chunks_of_its_own(house):
    await house.ingest(document("a", "ours"))

    report = await house.ingest(document("a", "theirs"), who=replace(OPERATOR, tenant="rival"))

    assert report.outcomes == {"added": 1}
    assert await house.found("theirs") == ["ours"]
    assert await house.found("ours", who=replace(READER, tenant="rival")) == ["theirs"]
    assert house.ledger.versions(KB, "acme") == {"a": digest("ours")}


async def test_a_known_document_enters_another_collection_too(house):
    await house.ingest(document("a", "text"))

    await house.ingest(document("a", "text"), collection="more")

    assert await house.found("text", "more") == ["text"]
    assert (await house.ingest(document("a", "text"), collection="more")).outcomes == {"unchanged": 1}


async def test_two_versions_in_one_run_are_two_steps(house):
    report = await house.ingest(document("a", "first"), document("a", "second"), document("a", "second"))

    assert report.outcomes == {"added": 1, "changed": 1, "unchanged": 1}
    assert await house.found("x") == ["second"]


async def test_findings_in_what_entered_are_counted(house):
    report = await house.ingest(document("a", "Write to ann@example.com or bob@example.org."))

    assert report.findings == {"EMAIL_ADDRESS": 2}


async def test_a_crash_between_record_and_collection_is_mended_by_the_next_ingest(house):
    whole = document("a", "many words " * 400)
    crashing = replace(house.ingestor, index=Crashing(house.index))
    with pytest.raises(ContextUnavailable, match="gone"):
        await crashing.ingest([whole], "kb", OPERATOR)
    assert house.ledger.versions(KB, "acme") == {"a": whole.version}

    report = await house.ingest(whole)

    assert report.outcomes == {"changed": 1}
    assert await house.index.holds("kb", "acme", [chunks(whole)]) == [True]
    assert (await house.ingest(whole)).outcomes == {"unchanged": 1}


async def test_without_a_record_nothing_can_be_found(house):
    house.store.broken = True

    with pytest.raises(LineageUnavailable):
        await house.ingest(document("a", "text"))

    assert await house.found("text") == []


async def test_without_a_scan_nothing_enters(house):
    class Blind:
        async def find(self, texts):
            raise GuardUnavailable("no detector answers")

    blind = replace(house.ingestor, detector=Blind())

    with pytest.raises(GuardUnavailable):
        await blind.ingest([document("a", "text")], "kb", OPERATOR)

    assert house.store.events == []
    assert await house.found("text") == []


async def test_without_policies_nothing_enters(house, tmp_path):
    (tmp_path / "none").mkdir()
    lawless = replace(house.ingestor, policies=load(tmp_path / "none"))

    report = await lawless.ingest([document("a", "text")], "kb", OPERATOR)

    assert report.refused[0].reason == "No policy is loaded, so nothing may be used (rule no-policy)."


async def test_an_unknown_collection_is_told_before_anything_is_recorded(house):
    with pytest.raises(NotFound, match="no collection 'elsewhere'"):
        await house.ingest(document("a", "x", classification="restricted"), collection="elsewhere")

    assert house.store.events == []


async def test_policies_see_who_ingests_and_where_texts_are_embedded(house):
    asked = []

    class Watching:
        def decide(self, use):
            asked.append(use)
            return house.ingestor.policies.decide(use)

    watching = replace(house.ingestor, policies=Watching(), dest=Facts(provider="onnx", self_hosted=True))
    await watching.ingest([document("a", "text", trust="web")], "kb", OPERATOR)

    [use] = [use for use in asked if use.target is Target.INGEST]
    assert use.subject == Facts(source="file//kb", id="a", tenant="acme", trust="web")
    assert use.user["application"] == "lineward ingest"
    assert use.dest["self_hosted"] is True


async def test_pieces_are_embedded_with_their_title(house):
    await house.ingest(replace(document("a", "pip install it"), title="httpx"))

    assert house.embedder.asked == ["httpx\npip install it"]
    assert await house.found("httpx") == ["pip install it"]


async def test_a_folder_of_markdown_enters(house, tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.md").write_text("---\nclassification: restricted\n---\n# A")
    (folder / "b.md").write_text("# B\n\nAbout bees.")
    (folder / "c.bin").write_bytes(b"\0")

    report = await house.ingest(*files(folder, [MarkdownLoader()]))

    assert report.outcomes == {"refused": 1, "added": 1, "unreadable": 1}
    assert house.ledger.document("b.md", "acme").title == "B"
    assert report.refused[0].document.labels != NONE


def wiki(id: str, text: str, **labels) -> Document:
    return Document(Source("wiki", "hr"), id, text, digest(text), labels=Facts(labels))


def pieces(id: str, *texts: str, **labels) -> Cut:
    """A document that somebody else has cut."""
    whole = document(id, "\n".join(texts), **labels)
    cut = [
        Chunk(whole.source, id, whole.version, at, text, How.RETRIEVED, labels=whole.labels | {"page": at + 1})
        for at, text in enumerate(texts)
    ]
    return Cut(whole, cut)


async def test_without_a_collection_a_document_is_known_and_nothing_is_embedded_or_written(house):
    first = await house.ingest(document("a", "red apples"), collection="")
    second = await house.ingest(document("a", "red apples"), collection="")

    assert (first.outcomes, second.outcomes) == ({"added": 1}, {"unchanged": 1})
    assert house.ledger.versions(KB, "acme") == {"a": digest("red apples")}
    assert house.embedder.asked == []
    assert await house.found("red apples") == []
    assert house.ingestions[0].collection == ""


async def test_a_document_that_is_registered_can_be_made_searchable_later(house):
    await house.ingest(document("a", "red apples"), collection="")

    report = await house.ingest(document("a", "red apples"))

    assert report.outcomes == {"changed": 1}
    assert await house.found("red apples") == ["red apples"]


async def test_what_somebody_else_has_cut_is_registered_as_it_is(house):
    report = await house.ingest(pieces("a", "one", "two"), collection="")

    [entry] = house.ingestions[0].documents
    assert report.chunks == 2
    assert [(piece.text, piece.labels["page"]) for piece in entry.chunks] == [("one", 1), ("two", 2)]


async def test_a_title_or_label_that_changed_makes_a_registered_document_changed(house):
    await house.ingest(document("a", "text", trust="internal"), collection="")

    relabelled = await house.ingest(document("a", "text", trust="web"), collection="")
    retitled = await house.ingest(replace(document("a", "text", trust="web"), title="T"), collection="")

    assert relabelled.outcomes == retitled.outcomes == {"changed": 1}


async def test_what_a_whole_source_has_no_more_is_recorded_as_removed_once(house):
    await house.ingest(document("a", "one"), document("b", "two"), collection="", whole=KB)

    second = await house.ingest(document("a", "one"), collection="", whole=KB)
    third = await house.ingest(document("a", "one"), collection="", whole=KB)
    again = await house.ingest(document("a", "one"), document("b", "two"), collection="", whole=KB)

    assert second.outcomes == {"unchanged": 1, "removed": 1}
    assert house.ledger.document("b", "acme").versions[-1].digest == NOTHING
    assert third.outcomes == {"unchanged": 1}
    assert again.outcomes == {"unchanged": 1, "changed": 1}


async def test_what_was_refused_is_still_of_its_source(house):
    await house.ingest(document("a", "one"), collection="", whole=KB)

    report = await house.ingest(document("a", "one", classification="restricted"), collection="", whole=KB)

    assert report.outcomes == {"refused": 1}


async def test_a_registered_source_s_labels_can_only_be_tightened(house):
    plain = wiki("plain", "one")
    loose = wiki("loose", "two", classification="public", readers=("all", "hr"))
    tight = wiki("tight", "three", classification="confidential")

    await house.ingest(plain, loose, tight, labels=Facts(topic="pay"))

    entries = house.ingestions[0].documents
    assert [dict(entry.document.labels) for entry in entries] == [
        {"classification": "internal", "readers": ("hr", "ops"), "topic": "pay"},
        {"classification": "internal", "readers": ("hr",), "topic": "pay"},
        {"classification": "confidential", "readers": ("hr", "ops"), "topic": "pay"},
    ]
    assert all(
        piece.labels == entry.document.labels for entry in house.ingestions[0].documents for piece in entry.chunks
    )


async def test_an_application_can_only_tighten_what_the_catalogue_has_of_a_document(house):
    operator = replace(OPERATOR, roles=frozenset({Role.ADMIN}))
    await house.ingest(document("a", "text", classification="confidential"), who=operator)

    await house.ingest(document("a", "text, changed", classification="public"))
    kept = house.ledger.document("a", "acme").labels
    await house.ingest(document("a", "text", classification="public"), who=operator)

    assert kept == Facts(classification="confidential")
    assert house.ledger.document("a", "acme").labels == Facts(classification="public")


async def test_a_refusal_names_its_rule_and_owner(house):
    report = await house.ingest(document("a", "text", classification="restricted"))

    [refused] = report.refused
    assert (refused.rule, refused.owner) == ("no-restricted", "secops@example.com")
    assert "a is restricted" in refused.reason
