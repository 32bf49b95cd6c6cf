import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.digests import digest
from gateway.domain.facts import NONE, Facts
from gateway.stores.additions import (
    About,
    Additions,
    Described,
    NewChunk,
    NewDocument,
    NewSource,
    NewVersion,
    described,
    short,
    stored,
)
from gateway.stores.packing import pack_digest
from tests.stores.bodies import facts, texts

ABOUT = Described("Title", None, '{"classification":"internal"}')
ADDITIONS = Additions(
    sources=[NewSource(1, "file", "kb")],
    documents=[NewDocument(4, 1, "a.md"), NewDocument(5, 1, "b.md")],
    versions=[NewVersion(7, 4, digest("a"), ABOUT)],
    chunks=[NewChunk(9, 7, 0, digest("x"), True, Described()), NewChunk(10, 7, 1, digest("y"), False, ABOUT)],
    differing={3: ABOUT},
)


def test_additions_come_back_from_the_record():
    assert Additions.load(ADDITIONS.dump()) == ADDITIONS


def test_most_events_add_nothing():
    assert Additions().dump() == b""
    assert Additions.load(b"") == Additions()


def test_how_one_chunk_was_judged_is_an_addition_too():
    only = Additions(differing={0: ABOUT})

    assert Additions.load(only.dump()) == only


def test_rows_belong_to_their_event():
    assert ADDITIONS.source_rows(40, "acme") == [(1, 40, "acme", "file", "kb")]
    assert ADDITIONS.document_rows(40) == [(4, 40, 1, "a.md"), (5, 40, 1, "b.md")]
    assert ADDITIONS.version_rows(40) == [(7, 40, 4, pack_digest(digest("a")), *ABOUT)]
    assert ADDITIONS.chunk_rows(40) == [
        (9, 40, 7, 0, pack_digest(digest("x")), True, None, None, None),
        (10, 40, 7, 1, pack_digest(digest("y")), False, *ABOUT),
    ]


@pytest.mark.parametrize(
    "record", [b"[]", b"7", b"{", b'{"sources":[[1]]}', b'{"chunks":[[1,2]]}', b'{"differing":[[]]}', b'{"versions":7}']
)
def test_a_record_that_is_none_is_refused(record):
    with pytest.raises(ValueError):
        Additions.load(record)


@given(st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), facts)
def test_a_description_comes_back(title, labels):
    assert described(stored(About(title, title, labels))) == About(title, title, labels)


def test_without_labels_nothing_is_described():
    assert described(Described()) == About(None, None, NONE)
    assert described(stored(About(None, None, Facts()))) == About(None, None, NONE)


@given(texts)
def test_a_short_name_stays(name):
    assert len(short(name)) == len(short(short(name)))
    assert short(name) == short(short(name))


def test_long_names_stay_different_and_fit_an_index():
    """A PostgreSQL index takes 2,704 bytes."""
    names = ["ä" * 5_000 + end for end in ("", "a", "b")]
    made = {short(name) for name in names}

    assert len(made) == 3
    assert all(len(name.encode()) < 1_500 for name in made)
