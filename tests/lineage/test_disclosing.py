import json
from dataclasses import replace

import pytest

from gateway.domain.accesses import accessed
from gateway.domain.documents import Chunk, ChunkState, How, Source
from gateway.domain.principals import Principal, Role
from gateway.lineage.disclosing import Entry, Part, narrowed, problems, read, told
from gateway.lineage.evidence import CHUNKS_MAX, draw, leaf
from gateway.stores.encoding import encode
from tests.stores.material import chunk, edges, ended, intent, outcome, started

CATALOGUE = json.dumps({
    "sources": [[1, "file", "kb"]], "documents": [[1, 1, "mine.md"]],
    "versions": [[1, 1, "sha256:v", None, None, "{}"]],
    "chunks": [[1, 1, 0, "sha256:c", True, None, None, None]], "differing": [[1, None, None, "{}"]],
}).encode()  # fmt: skip
MINE = Chunk(Source("file", "kb"), "mine.md", "sha256:v", 0, "", How.DECLARED, "sha256:c")
OTHER = chunk("other.md")


def entry(event, catalogue: bytes = CATALOGUE) -> Entry:
    secret, detail = draw(), encode(event.body)
    return Entry(3, event.type, leaf(event, detail, catalogue, secret), detail, catalogue, secret)


@pytest.fixture
def asked() -> Entry:
    return entry(started(intent(*edges(OTHER, MINE, state=ChunkState.RETRIEVED), end_user="eve")))


@pytest.mark.parametrize("item", ["chunk/sha256:c", "version/sha256:v", "document/mine.md"])
def test_of_a_request_the_chunk_is_shown_that_is_asked_for_and_proved(asked, item):
    shown = narrowed(asked, {item})

    assert (shown.detail, shown.secret) == (b"{}", None)
    assert [*shown.chunks] == ["sha256:c"]
    assert set(shown.items) == {"chunk/sha256:c", "version/sha256:v", "document/mine.md"}
    assert shown.catalogue == asked.catalogue
    assert read(json.loads(json.dumps(told(shown.part)))) == shown.part
    assert [*problems(shown, shown.part)] == []


def test_what_was_added_to_the_catalogue_is_held_back_if_it_names_another_document(asked):
    for change in (
        {"sources": [[2, "file", "theirs"]]},
        {"documents": [[2, 1, "other.md"]]},
        {"versions": [[2, 1, OTHER.version, None, None, "{}"]]},
        {"chunks": [[2, 1, 0, OTHER.digest, True, None, None, None]]},
        {"differing": [[0, None, None, "{}"]]},
    ):
        more = json.dumps(json.loads(CATALOGUE) | change).encode()
        shown = narrowed(replace(asked, catalogue=more), {"chunk/sha256:c"})

        assert (shown.catalogue, shown.part.catalogue) == (b"", None)
        assert [*problems(shown, shown.part)] == []


def test_what_is_not_so_is_found_out(asked):
    shown = narrowed(asked, {"chunk/sha256:c"})
    [opened] = shown.part.opened

    for part in (
        Part((replace(opened, chunk="sha256:d"),)),
        Part((replace(opened, position=0),)),
        Part((replace(opened, position=7),)),
        Part((opened,), bytes(32)),
    ):
        assert [*problems(replace(shown, catalogue=b"" if part.catalogue is None else CATALOGUE), part)]
    assert [*problems(shown, Part((opened,)))] and [*problems(replace(shown, detail=asked.detail), shown.part)]


def test_entries_that_are_about_nobody_s_request_are_whole_and_what_was_erased_shows_nothing(asked):
    other = replace(asked, type="ingest")
    erased = narrowed(replace(asked, secret=None), {"chunk/sha256:c"})

    assert narrowed(other, {"chunk/sha256:c"}) is other
    assert (erased.detail, erased.catalogue, erased.part) == (b"{}", b"", None)
    assert [*erased.items] == []


def test_of_an_operators_look_at_other_things_too_it_is_told_that_it_was_and_not_at_what():
    """It may have been at another tenant's."""
    operator = Principal("lineward", "", frozenset({Role.ADMIN}), end_user="root")
    looked = entry(accessed(operator, "search chunks", ["document/mine.md", "document/theirs.md"]), b"")
    theirs = entry(accessed(replace(operator, tenant="acme"), "search chunks", ["document/theirs.md"]), b"")

    shown = narrowed(looked, {"document/mine.md"})

    assert (shown.detail, shown.secret, json.loads(shown.leaf)["access"]["action"]) == (b"{}", None, "search chunks")
    assert [*problems(shown, shown.part)] == []
    assert narrowed(looked, {"document/mine.md", "document/theirs.md"}) is looked
    assert narrowed(theirs, {"document/mine.md"}) is theirs


def test_an_outcome_and_what_a_leaf_does_not_list_are_not_shown():
    many = edges(*(replace(OTHER, ordinal=at) for at in range(CHUNKS_MAX)), MINE)
    begun = started(intent(*many))

    for event in (begun, ended(begun, outcome())):
        shown = narrowed(entry(event), {"chunk/sha256:c"})
        assert shown.part.opened == () and [*problems(shown, shown.part)] == []
