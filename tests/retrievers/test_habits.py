import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest
from gateway.domain.facts import Facts
from gateway.retrievers.habits import Entry, cut, key

KB = Source("chroma://localhost:8000", "default_tenant.default_database.kb")


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"source": "docs/a.md", "page": 3}, ("source", "docs/a.md")),
        ({"file_path": "/kb/a.pdf", "file_name": "a.pdf", "document_id": "u-1"}, ("file_path", "/kb/a.pdf")),
        ({"url": "https://wiki/a", "source": "crawler"}, ("url", "https://wiki/a")),
        ({"doc_uri": "s3://bucket/a"}, ("doc_uri", "s3://bucket/a")),
        ({"ref_doc_id": "u-1"}, ("ref_doc_id", "u-1")),
        ({"source": "", "doc_id": 7}, ("doc_id", 7)),
        ({"source": True, "topic": "x"}, None),
        ({}, None),
    ],
)
def test_documents_are_named_as_their_makers_do(said, found):
    assert key(said) == found


def test_pieces_come_in_the_order_of_pages_and_of_places_in_them():
    entries = [
        Entry("z", "second", {"page": 1, "start_index": 400}),
        Entry("b", "third", {"page": 2, "start_index": 0}),
        Entry("y", "first", {"page": 1, "start_index": 0}),
    ]

    found = cut(KB, "a.pdf", entries)

    assert [piece.text for piece in found.chunks] == ["first", "second", "third"]
    assert [piece.ordinal for piece in found.chunks] == [0, 1, 2]
    assert [piece.labels["page"] for piece in found.chunks] == [1, 1, 2]
    assert found.document.text == "first\nsecond\nthird"


def test_nodes_of_llamaindex_come_in_the_order_of_their_document():
    def node(start):
        return {"_node_content": json.dumps({"start_char_idx": start}), "page_label": "4", "file_path": "a.pdf"}

    found = cut(KB, "a.pdf", [Entry("a", "later", node(900)), Entry("b", "sooner", node(10))])

    assert [piece.text for piece in found.chunks] == ["sooner", "later"]
    assert found.chunks[0].labels == Facts(page=4)


def test_titles_addresses_and_labels_are_read():
    said = {
        "source": "https://wiki/a", "title": "Leave", "classification": "internal", "readers": "hr, ops",
        "expires_at": "2030-01-01", "author": "Ann",
    }  # fmt: skip

    found = cut(KB, "https://wiki/a", [Entry("1", "text", said)])

    assert (found.document.title, found.document.url) == ("Leave", "https://wiki/a")
    assert (
        found.document.labels
        == found.chunks[0].labels
        == Facts(classification="internal", readers=("hr", "ops"), expires_at=datetime(2030, 1, 1, tzinfo=UTC))
    )


def test_a_document_is_labelled_as_tightly_as_each_of_its_pieces():
    found = cut(
        KB, "a", [Entry("1", "x", {"classification": "public"}), Entry("2", "y", {"classification": "restricted"})]
    )

    assert found.document.labels == Facts(classification="restricted")
    assert found.chunks[0].labels == Facts(classification="public")


@pytest.mark.parametrize("change", [{"title": "New"}, {"classification": "public"}, {"page": 2}, {"url": "https://x"}])
def test_what_changes_a_piece_changes_the_version(change):
    before, after = cut(KB, "a", [Entry("1", "x", {})]), cut(KB, "a", [Entry("1", "x", change)])

    assert before.document.version != after.document.version


def test_what_is_no_word_of_ours_changes_nothing():
    before, after = cut(KB, "a", [Entry("1", "x", {})]), cut(KB, "a", [Entry("2", "x", {"seen": "today"})])

    assert before.document.version == after.document.version


@pytest.mark.parametrize(
    ("entry", "code"),
    [(Entry("1", " ", {}), "no_text"), (Entry("1", "x", {"expires_at": "soon"}), "invalid_label")],
)
def test_what_cannot_be_registered_says_why(entry, code):
    with pytest.raises(BadRequest, match=r"a in chroma://") as refused:
        cut(KB, "a", [entry])

    assert refused.value.code == code


@given(st.permutations([Entry(str(n), f"text {n}", {"page": n % 3, "chunk_index": n}) for n in range(6)]))
def test_the_order_in_which_entries_come_does_not_matter(entries):
    ordered = sorted(entries, key=lambda entry: (entry.said["page"], entry.said["chunk_index"]))

    assert cut(KB, "a", entries) == cut(KB, "a", ordered)
