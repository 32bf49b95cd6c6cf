from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.recognition.disagreements import located
from gateway.retrievers.standing import Standing
from tests.recognition.material import chunk, prose

SHORT = chunk("Plums are blue.", "short.md")
MANY = [chunk(prose(seed), f"{seed}.md") for seed in range(1, 6)]


def names(chunks, text):
    return [one.document for one, _ in Standing(chunks).within(text)]


def test_long_and_short_texts_are_found_where_they_stand():
    text = f"See: {prose(2).upper()} and Plums are blue. And {prose(4)}"

    found = {
        one.document: [text[start:end] for start, end in spans] for one, spans in Standing([*MANY, SHORT]).within(text)
    }

    assert sorted(found) == ["2.md", "4.md", "short.md"]
    assert found["short.md"] == ["Plums are blue."]
    assert found["2.md"][0].startswith(prose(2).upper()[:100])


def test_texts_that_are_not_known_are_nowhere():
    assert names([chunk("", "unknown.md")], "anything at all") == []
    assert names([], prose(1)) == []
    assert names(MANY, "") == []


@settings(max_examples=40)
@given(st.lists(st.sampled_from([*(prose(seed)[: 80 * seed] for seed in range(1, 8)), SHORT.text, "and"]), max_size=4))
def test_it_finds_what_a_look_for_each_would(parts):
    text, chunks = " ".join(parts), [*MANY, SHORT]

    found = [*Standing(chunks).within(text)]

    assert found == [(chunks[position], spans) for position, spans in located(text, chunks).items()]
