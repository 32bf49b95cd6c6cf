from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.chat import Text
from gateway.domain.decisions import Decision, Effect, Mode, RuleHit, Target
from gateway.domain.documents import Chunk, How, Source
from gateway.fencing import fenced, is_fenced, marked, marks, nonce_of, shifted, takes_marks, unmarked

NONCE = "0123456789abcdef"
CHUNK = Chunk(Source("file", "kb"), "a.md", "sha256:0", 0, "text", How.DECLARED)

texts = st.text("ab<>\n\u00e9\U0001f600", min_size=1, max_size=30)


@st.composite
def texts_with_spans(draw):
    text = draw(texts)
    place = st.integers(0, len(text))
    spans = draw(st.lists(st.tuples(place, place).map(sorted).map(tuple), max_size=4))
    return text, [span for span in spans if span[0] < span[1]]


@given(texts_with_spans())
def test_marks_change_nothing_else_and_every_span_is_found_again_between_two_of_them(given):
    text, spans = given
    opened, closed = marks(NONCE)

    new, inserted = marked(text, spans, NONCE)

    assert new.replace(opened, "").replace(closed, "") == text
    assert new.count(opened) == new.count(closed) == len(inserted) / 2
    for start, end in spans:
        first, last = shifted((start, end), inserted)
        assert new[first:last] == text[start:end]
        assert new[:first].count(opened) == new[:first].count(closed) + 1


@given(texts_with_spans(), st.data())
def test_a_span_without_marks_of_its_own_still_holds_what_it_held(given, data):
    text, spans = given
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    opened, closed = marks(NONCE)

    new, inserted = marked(text, spans, NONCE)

    first, last = shifted((start, end), inserted)
    assert new[first:last].replace(opened, "").replace(closed, "") == text[start:end]


@given(texts, texts)
def test_no_document_holds_the_nonce_that_it_is_fenced_with(before, after):
    chunk = fenced(Chunk(Source("f", "k"), "d", "v", 0, f"{before}{NONCE.upper()}{after}", How.DECLARED), NONCE)

    assert NONCE not in chunk.text.lower()
    assert chunk.masked
    assert all(NONCE in mark for mark in chunk.fence)


def test_a_document_that_is_put_between_marks_stays_what_it_is():
    chunk = fenced(CHUNK, NONCE)

    assert (chunk.text, chunk.title, chunk.digest, chunk.masked) == (CHUNK.text, None, CHUNK.digest, False)


def test_a_rule_in_shadow_or_of_a_chunk_that_is_dropped_fences_nothing():
    hit = RuleHit("r", Effect.FENCE)
    dropped = RuleHit("d", Effect.DROP_CHUNK)

    assert is_fenced(Decision(Target.CHUNK, Effect.FENCE, (hit,)))
    assert is_fenced(Decision(Target.CHUNK, Effect.MASK, (RuleHit("m", Effect.MASK), hit)))
    assert not is_fenced(Decision(Target.CHUNK, Effect.DROP_CHUNK, (dropped, hit)))
    assert not is_fenced(Decision(Target.CHUNK, Effect.ALLOW, (RuleHit("r", Effect.FENCE, Mode.SHADOW),)))


def test_marks_are_put_into_words_only():
    assert takes_marks(Text(("a",), "words", "user"))
    assert not takes_marks(Text(("a",), "{}", "tool", is_json=True))
    assert not takes_marks(Text(("a",), "words", "file"))
    assert not takes_marks(Text(("a",), "words", "user", sealed={}))


@given(texts_with_spans())
def test_what_stands_between_marks_already_gets_none_of_another_nonce(given):
    text, spans = given
    new, inserted = marked(text, spans, NONCE)
    again = [shifted(span, inserted) for span in spans]

    assert unmarked(new, again, NONCE) == []
    assert unmarked(new, again, "fedcba9876543210") == unmarked(new, again, "") == again


def test_a_nonce_is_the_random_part_of_its_response():
    assert nonce_of("01a22dd8-8e94-7459-ae07-cd3af206b6c3") == "ae07cd3af206b6c3"
    assert nonce_of("") == ""
