import pytest

from gateway.domain.described import DECLARED, described
from gateway.domain.digests import digest
from gateway.domain.documents import Document, Source
from gateway.domain.errors import BadRequest
from gateway.domain.facts import Facts


def test_everything_that_a_document_may_say_of_itself():
    item = {
        "id": "hr/leave", "text": "Ten days.", "title": "Leave", "url": "https://wiki/leave",
        "source": "https://wiki/hr", "version": "7", "labels": {"classification": "internal"},
    }  # fmt: skip

    assert described(item, DECLARED, "line 1") == Document(
        Source("https://wiki", "hr"), "hr/leave", "Ten days.", "7", "Leave", "https://wiki/leave",
        Facts(classification="internal"),
    )  # fmt: skip


def test_what_is_left_out_has_its_default():
    found = described({"id": 7, "text": "t"}, Source("file", "/kb"), "line 1")

    assert found == Document(Source("file", "/kb"), "7", "t", digest("t"))
    assert described({"text": "t"}, DECLARED, "line 1", name="a#1").id == "a#1"


def test_labels_are_left_out_where_authors_are_not_trusted_with_them():
    assert (
        described({"id": "a", "text": "t", "labels": {"trust": "internal"}}, DECLARED, "x", labels=False).labels
        == Facts()
    )


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ("text", ""),
        ({"id": "a"}, "text"),
        ({"text": "t"}, "id"),
        ({"id": True, "text": "t"}, "id"),
        ({"id": "a", "text": 1}, "text"),
        ({"id": "a", "text": "t", "label": {}}, "label"),
        ({"id": "a", "text": "t", "labels": []}, "labels"),
        ({"id": "a", "text": "t", "labels": {"quarantined": False}}, "labels.quarantined"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(item, field):
    with pytest.raises(BadRequest, match=r"documents\[2\]") as refused:
        described(item, DECLARED, "documents[2]", param="documents[2]")

    assert refused.value.param == (f"documents[2].{field}" if field else "documents[2]")
