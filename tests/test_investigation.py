import pytest

from gateway.domain.digests import digest
from gateway.domain.errors import BadRequest, NotFound
from gateway.investigation import Investigation
from gateway.stores.log import SQLLog
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.questions import Questions
from gateway.stores.versions import SQLVersions
from tests.stores.material import document, entering, ingested, run


@pytest.fixture
def investigation(database):
    url = database.prepared()
    store, ledger, questions, log = open_store(url), open_ledger(url), Questions(url), SQLLog(url, "x")
    for text in ("One.", "Two.", "Three."):
        store.append([ingested(entering(document("a.md", text)))])
    asked = run()
    store.append(asked)
    found = Investigation(ledger, SQLVersions(questions), log)
    yield found
    for one in (store, ledger, questions, log):
        one.close()


def test_the_current_version_is_compared_with_the_one_before_unless_told_otherwise(investigation):
    usual = investigation.version_difference("a.md", "acme")
    wide = investigation.version_difference("a.md", "acme", digest("One."), digest("Three."))
    earlier = investigation.version_difference("a.md", "acme", "", digest("Two."))

    assert usual.lines[1:] == ["-Two.", "+Three."]
    assert wide.lines[1:] == ["-One.", "+Three."]
    assert earlier.left == digest("One.")
    with pytest.raises(BadRequest, match="no version before"):
        investigation.version_difference("a.md", "acme", "", digest("One."))


def test_what_is_another_tenants_is_not_there(investigation):
    (known,) = investigation.ledger.responses("acme", limit=1)[0]

    for question in (
        lambda: investigation.prompt(known.id, "rival"),
        lambda: investigation.difference(known.id, known.id, "rival"),
        lambda: investigation.version_difference("a.md", "rival"),
        lambda: investigation.chunk(digest("One."), "rival"),
        lambda: investigation.version_difference("a.md", "acme", "sha256:none"),
    ):
        with pytest.raises(NotFound):
            question()


def test_a_record_without_the_texts_says_what_is_missing(investigation):
    """What the material records of a prompt is kept: its question alone."""
    (known,) = investigation.ledger.responses("acme", limit=1)[0]

    prompt = investigation.prompt(known.id, "acme")

    assert [text.text for text in prompt.texts] == ["May I, u-1, ask?"]
    assert (prompt.missing, prompt.body) == ([], None)


def test_a_chunk_comes_with_its_text(investigation):
    (origin,) = investigation.chunk(digest("Two."), "acme")

    assert (origin.document, origin.text) == ("a.md", "Two.")
