from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.documents import ChunkState
from gateway.stores.additions import Additions, Described, NewChunk, NewDocument, NewVersion
from gateway.stores.decoding import decode
from gateway.stores.encoding import encode
from gateway.stores.redacting import Documents, ErasedChunk, redacted, residue, without
from tests.stores.bodies import bodies
from tests.stores.material import DROP, chunk, edges, intent, outcome

DOCUMENTS = Documents(frozenset({5}), frozenset({6}), {7: ErasedChunk(5, 6, 7)})


@given(bodies)
def test_what_is_left_of_any_body_can_be_stored_and_redacting_it_again_changes_nothing(body):
    numbers = range(len(getattr(body, "edges", ())))
    left = redacted(body, DOCUMENTS, numbers)
    kind = type(body)

    assert type(left) is kind
    assert encode(redacted(left, DOCUMENTS, numbers)) == encode(left)


def test_of_an_intent_stays_what_happened_and_goes_who_it_was_and_what_was_said():
    body = intent(
        *edges(chunk("own.md"), chunk("kb.md")), *edges(chunk("c.md"), state=ChunkState.DROPPED, decision=DROP)
    )
    left = redacted(body, DOCUMENTS, (7, 8, 9))
    detail = encode(left)

    for gone in (b"u-1", body.request.encode(), body.question.encode(), b"own.md", body.trace_id.encode(), b"outside"):
        assert gone not in detail
    assert [edge.chunk.document for edge in left.edges] == ["erased:5", "kb.md", "c.md"]
    assert [edge.rule for edge in left.edges] == [edge.rule for edge in body.edges]
    assert (left.model, left.policy, left.principal.application) == (body.model, body.policy, "support-bot")
    assert decode("intent", detail) == replace(decode("intent", encode(left)))


def test_of_an_outcome_stays_how_it_ended():
    body = outcome("You may.", reason="because of u-1")
    left = redacted(body, DOCUMENTS, ())

    assert (left.released, left.content, left.reason) == (None, {}, "")
    assert (left.decision, left.usage, left.finish_reasons) == (body.decision, body.usage, body.finish_reasons)


def test_additions_keep_their_numbers_and_lose_the_names_of_what_is_erased():
    about = Described("Letter of Jane", "https://x.example/jane", '{"owner":"jane"}')
    additions = Additions(
        documents=[NewDocument(5, 1, "own.md"), NewDocument(8, 1, "kb.md")],
        versions=[NewVersion(6, 5, "sha256:aa", about), NewVersion(9, 8, "sha256:bb", about)],
        chunks=[NewChunk(7, 6, 0, "sha256:cc", True, about), NewChunk(10, 9, 0, "sha256:dd", True, Described())],
        differing={0: about, 1: about},
    )
    left = without(additions, DOCUMENTS, (7, 10))

    assert left.documents == [NewDocument(5, 1, "erased:5"), NewDocument(8, 1, "kb.md")]
    assert left.versions[0] == NewVersion(6, 5, "erased:6", Described(None, None, "{}"))
    assert left.chunks[0] == NewChunk(7, 6, 0, "erased:7", False, Described())
    assert (left.versions[1], left.chunks[1], left.differing) == (
        additions.versions[1],
        additions.chunks[1],
        {1: about},
    )


@given(st.binary(max_size=20), st.binary(max_size=20), st.binary(max_size=20), st.binary(max_size=20))
def test_different_remains_have_different_residues(one, two, three, four):
    assert (residue(one, two) == residue(three, four)) == ((one, two) == (three, four))
