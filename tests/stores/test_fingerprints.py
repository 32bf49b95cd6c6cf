from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.domain.digests import digest
from gateway.domain.documents import How
from gateway.domain.errors import LineageUnavailable
from gateway.domain.facts import Facts
from gateway.recognition.recogniser import Recogniser
from gateway.recognition.results import NOTHING
from gateway.recognition.words import read
from gateway.stores import fingerprints
from gateway.stores.fingerprints import LABELLED, SOURCES, SQLFingerprints
from gateway.stores.opening import upgrade
from tests.recognition.material import KB, chunk, prose

LABELS = Facts(classification="confidential", readers=("hr",), expires_at=datetime(2030, 1, 1, tzinfo=UTC))


@pytest.fixture
def url(database):
    url = database()
    upgrade(url)
    return url


@pytest.fixture
def library(url):
    with closing(SQLFingerprints(url)) as opened:
        yield opened


def owners(library, number=1):
    return [(one.tenant, one.chunk.document) for one in library.passages([number])[number].registered]


def test_a_chunk_comes_back_as_it_was_registered_without_its_text(library):
    one = chunk(prose(1), "a.md", 3, title="A", url="https://kb.example/a", labels=LABELS)
    count = library.register([one], "acme")
    passage = library.passages([1])[1]

    assert count == 1
    assert passage.words == read(prose(1)).data
    assert [kept.chunk for kept in passage.registered] == [replace(one, text="", how=How.RECOGNISED)]


def test_names_that_columns_do_not_take_do_no_harm(library):
    one = chunk(prose(1), "nul\0 half\ud800 " + "long" * 2_000, title="\0")

    assert library.register([one], "acme") == 1
    assert library.register([one], "acme") == 0
    assert library.forget("acme", KB, one.document) == 1


def test_the_same_again_is_no_change(library):
    chunks = [chunk(prose(seed), f"{seed}.md") for seed in range(700)]
    counts = [library.register(chunks, "acme"), library.register(chunks, "acme")]

    assert counts == [700, 0]
    assert library.changes(700).sequence == 700


def test_other_labels_are_a_change(library):
    one = chunk(prose(1), "a.md")
    library.register([one], "acme")
    count = library.register([replace(one, labels=LABELS)], "acme")
    changes = library.changes(1)

    assert (count, changes.sequence, changes.touched) == (1, 2, {1})
    assert library.passages([1])[1].registered[0].chunk.labels == LABELS


def test_one_text_is_one_passage_for_everybody(library):
    library.register([chunk(prose(1), "a.md"), chunk(prose(1).upper(), "b.md")], "acme")
    library.register([chunk(prose(1), "c.md")], "globex")

    assert owners(library) == [("globex", "c.md"), ("acme", "b.md"), ("acme", "a.md")]
    assert library.changes(0).passages.tolist() == [1]


def test_of_one_document_the_latest_registration_counts(library):
    library.register([chunk(prose(1), "a.md", version=digest("1"))], "acme")
    library.register([chunk(prose(1), "a.md", version=digest("2"), ordinal=4)], "acme")
    (only,) = library.passages([1])[1].registered

    assert (only.chunk.version, only.chunk.ordinal) == (digest("2"), 4)


def test_of_very_many_documents_with_one_text_those_with_other_labels_are_told_at_least(library):
    plain = [chunk(prose(1), f"{number}.md") for number in range(40)]
    library.register([chunk(prose(1), "secret.md", labels=LABELS), *plain], "acme")
    told = [document for _, document in owners(library)]

    assert len(told) == SOURCES + 1
    assert told[0] == "39.md"
    assert "secret.md" in told


def test_a_limit_holds_for_labels_too(library):
    library.register([chunk(prose(1), f"{n}.md", labels=Facts(tags=(str(n),))) for n in range(100)], "acme")

    assert len(owners(library)) == LABELLED


def test_changes_are_told_a_page_at_a_time(library, monkeypatch):
    monkeypatch.setattr(fingerprints, "PAGE", 10)
    library.register([chunk(prose(seed), f"{seed}.md") for seed in range(25)], "acme")
    pages = [library.changes(after) for after in (0, 10, 20)]

    assert [(page.sequence, len(page.passages), page.more) for page in pages] == [
        (10, 10, True), (20, 10, True), (25, 5, False),
    ]  # fmt: skip
    assert pages[0].words[: pages[0].lengths[0]].tolist() == read(prose(0)).hashes.tolist()


def test_a_text_that_nobody_has_any_more_leaves_nothing_behind(library):
    library.register(
        [chunk(prose(1), "a.md", labels=LABELS), chunk(prose(2), "a.md", 1), chunk(prose(3), "b.md")], "acme"
    )
    gone = library.forget("acme", KB, "a.md")
    changes = library.changes(3)

    assert gone == 2
    assert library.passages([1, 2]) == {}
    assert (changes.touched, changes.gone, changes.passages.tolist()) == ({1, 2}, True, [])
    assert owners(library, 3) == [("acme", "b.md")]


def test_one_version_can_be_forgotten_and_what_others_have_stays(library):
    library.register(
        [chunk(prose(1), "a.md", version=digest("1")), chunk(prose(2), "a.md", version=digest("2"))], "acme"
    )
    library.register([chunk(prose(1), "theirs.md")], "globex")
    gone = library.forget("acme", KB, "a.md", digest("1"))

    assert gone == 1
    assert owners(library, 1) == [("globex", "theirs.md")]
    assert owners(library, 2) == [("acme", "a.md")]


def test_a_forgotten_text_can_be_registered_again(library):
    library.register([chunk(prose(1), "a.md")], "acme")
    library.forget("acme", KB, "a.md")
    count = library.register([chunk(prose(1), "a.md")], "acme")

    assert count == 1
    assert owners(library, 2) == [("acme", "a.md")]


def test_a_passage_that_another_release_read_is_not_held_against_texts(library, monkeypatch):
    monkeypatch.setattr(fingerprints, "ALGORITHM", 0)
    library.register([chunk(prose(1), "a.md")], "acme")
    monkeypatch.undo()

    assert library.changes(0).passages.tolist() == []


def test_two_processes_recognise_what_either_registers(url, library):
    first = Recogniser(library)
    with closing(SQLFingerprints(url)) as opened:
        second = Recogniser(opened)
        first.register([chunk(prose(1), "a.md")], "acme")
        second.register([chunk(prose(2), "b.md")], "acme")
        first.catch_up()
        found = [one.recognise(prose(1) + "\n" + prose(2), "acme").matches for one in (first, second)]
        first.forget("acme", KB, "a.md")
        second.catch_up()

        assert [[match.chunks[0].document for match in matches] for matches in found] == [["a.md", "b.md"]] * 2
        assert second.recognise(prose(1), "acme") == NOTHING


def test_a_database_that_is_not_there_is_told_without_its_address(tmp_path):
    library = SQLFingerprints(f"sqlite:///{tmp_path}/none.db")

    with pytest.raises(LineageUnavailable, match="cannot be registered"):
        library.register([chunk(prose(1), "a.md")], "acme")
    with pytest.raises(LineageUnavailable, match="cannot be read"):
        library.changes(0)
