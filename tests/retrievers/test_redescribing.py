from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, Document, How, IngestedDocument, Source
from gateway.domain.facts import Facts
from gateway.domain.labels import joined
from gateway.retrievers.entries import held_labels, metadata
from gateway.retrievers.redescribing import redescribed

KB = Source("file", "kb")
LABELS = st.fixed_dictionaries(
    {},
    optional={
        "classification": st.sampled_from(["public", "internal", "confidential", "restricted"]),
        "readers": st.sampled_from([(), ("hr",), ("hr", "ops")]),
        "quality": st.sampled_from([0.5, 1 << 70]),
        "team": st.text(max_size=3),
        "page": st.integers(1, 3),
    },
).map(Facts)


def piece(text: str, labels: Facts, **more) -> Chunk:
    return Chunk(KB, "a.md", digest(text), 0, text, How.RETRIEVED, labels=labels, **more)


def entry(chunk: Chunk) -> IngestedDocument:
    document = Document(KB, "a.md", chunk.text, chunk.version, chunk.title, chunk.url, chunk.labels)
    return IngestedDocument(document, (chunk,))


def changed(said: dict, told: dict) -> dict:
    return {name: value for name, value in (said | told).items() if value is not None}


@given(LABELS, LABELS, st.sampled_from([None, "T"]))
def test_the_same_version_says_what_is_said_of_it_now_and_another_one_is_tightened(before, now, title):
    said = metadata("acme", piece("one", before, title="Old", url="https://kb.example"))
    same, other = (piece(text, now, title=title) for text in ("one", "two"))

    as_new = changed(said, redescribed(said, [entry(same)], "acme"))
    tightened = changed(said, redescribed(said, [entry(other)], "acme"))

    assert as_new == metadata("acme", same)
    assert held_labels(tightened) == joined(before, now)
    assert (tightened["title"], tightened["version"]) == ("Old", digest("one"))
    assert redescribed(as_new, [entry(same)], "acme") == redescribed(tightened, [entry(other)], "acme") == {}


def test_another_document_of_the_name_is_left_alone():
    said = metadata("acme", piece("one", Facts()))
    other = entry(piece("one", Facts(classification="secret")))
    elsewhere = replace(other, document=replace(other.document, source=Source("file", "other")))

    assert redescribed(said, [elsewhere], "acme") == {}
