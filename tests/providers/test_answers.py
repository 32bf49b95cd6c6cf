import itertools
import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.chat import CHAT
from gateway.domain.chat import Delta
from gateway.domain.errors import ProviderFailed
from gateway.providers.answers import Reader, Stream, Whole
from tests.providers.played import chunk, events, said


def read(reader: Reader, chunks: Iterable[bytes]) -> list[Delta]:
    deltas = []
    for piece in chunks:
        deltas += reader.feed(piece)
    return deltas + list(reader.finish())


@given(st.lists(st.text()), st.lists(st.integers(min_value=0)))
def test_a_stream_cut_anywhere_joins_to_the_same_text(words, places):
    bodies = [chunk({"content": word}) for word in words] + [chunk({}, "stop")]
    stream = b"".join(events(bodies))
    at = sorted({place % len(stream) for place in places} | {0, len(stream)})

    deltas = read(Stream("p", 10**6, CHAT), [stream[a:b] for a, b in itertools.pairwise(at)])

    assert "".join(fragment.text for delta in deltas for fragment in CHAT.fragments(delta)) == "".join(words)
    assert deltas[-1].raw == bodies[-1]
    assert [json.loads(delta.wire or b"") for delta in deltas] == [delta.raw for delta in deltas]


@given(st.lists(st.text()))
def test_events_that_arrive_one_by_one_are_one_delta_each_with_the_bytes_that_arrived(words):
    bodies = [chunk({"content": word}) for word in words] + [chunk({}, "stop")]

    deltas = read(Stream("p", 10**6, CHAT), events(bodies))

    assert [delta.raw for delta in deltas] == bodies
    assert [delta.wire for delta in deltas] == [json.dumps(body).encode() for body in bodies]


def test_an_error_fails_after_the_words_that_arrived_before_it():
    stream = b"".join(events([chunk({"content": "a"}), chunk({"content": "b"}), {"error": {"code": "no"}}]))
    reader = Stream("p", 1000, CHAT).feed(stream)

    first = next(reader)
    with pytest.raises(ProviderFailed):
        next(reader)

    assert first.raw == chunk({"content": "ab"})


def test_an_event_past_the_limit_fails_after_the_words_that_arrived_before_it():
    bodies = [chunk({"content": "a"}), chunk({"content": "b"}), chunk({"content": "b" * 1000})]
    reader = Stream("p", 500, CHAT).feed(b"".join(events(bodies)))

    first = next(reader)
    with pytest.raises(ProviderFailed, match="too long"):
        next(reader)

    assert first.raw == chunk({"content": "ab"})


def test_done_is_no_delta_and_ends_the_answer():
    reader = Stream("p", 1000, CHAT)

    deltas = read(reader, [b'data: {"choices": []}\n\ndata: [DONE]\n\ndata: {"late": 1}\n\n'])

    assert [delta.raw for delta in deltas] == [{"choices": []}]
    assert reader.done


def test_a_finish_reason_without_done_is_a_whole_answer():
    deltas = read(Stream("p", 1000, CHAT), events([chunk({"content": "a"}), chunk({}, "stop")], done=False))

    assert len(deltas) == 2


@pytest.mark.parametrize("bodies", [[], [chunk({"content": "half"})], [{"choices": None}], [{"choices": [None]}]])
def test_a_stream_that_ends_without_done_or_finish_reason_is_cut_off(bodies):
    with pytest.raises(ProviderFailed, match="'p' ended its stream in the middle"):
        read(Stream("p", 1000, CHAT), events(bodies, done=False))


def test_an_error_event_fails_after_the_deltas_before_it_and_keeps_its_words_back():
    reader = Stream("p", 1000, CHAT).feed(
        b'data: {"choices": []}\n\ndata: {"error": {"message": "you said hunter2", "code": "overloaded"}}\n\n'
    )

    first = next(reader)
    with pytest.raises(ProviderFailed) as caught:
        next(reader)

    assert first.raw == {"choices": []}
    assert caught.value.message == "Provider 'p' broke off its answer (overloaded)."


def test_an_event_whose_error_is_null_is_an_event():
    assert len(read(Stream("p", 1000, CHAT), [b'data: {"error": null, "choices": []}\n\ndata: [DONE]\n\n'])) == 1


@pytest.mark.parametrize("data", [b"{", b"[1]", b"hunter2", b'"\\ud800"'])
def test_an_event_that_is_no_json_object_fails_without_quoting_it(data):
    with pytest.raises(ProviderFailed) as caught:
        read(Stream("p", 1000, CHAT), [b"data: " + data + b"\n\n"])

    assert "'p' sent an event that is not" in caught.value.message
    assert data.decode() not in caught.value.message and caught.value.__cause__ is None


def test_heartbeats_are_no_events():
    assert read(Stream("p", 1000, CHAT), [b": ping\n\ndata:\n\ndata: [DONE]\n\n"]) == []


def test_an_event_past_the_limit_fails():
    with pytest.raises(ProviderFailed, match="'p' sent an event that is too long"):
        read(Stream("p", 10, CHAT), [b'data: {"choices": []}\n\n'])


@given(st.integers(min_value=1, max_value=50))
def test_a_body_is_one_delta_with_the_bytes_that_arrived(size):
    body = json.dumps(said("é€😀"), ensure_ascii=False).encode()

    deltas = read(Whole("p", 1000, CHAT), [body[at : at + size] for at in range(0, len(body), size)])

    assert deltas == [Delta(said("é€😀"), body)]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"choices": {}}', b'{"error": {"message": "no"}}'])
def test_a_body_that_is_no_answer_fails(body):
    with pytest.raises(ProviderFailed, match="Provider 'p' "):
        read(Whole("p", 1000, CHAT), [body])


def test_a_body_past_the_limit_fails_before_its_end():
    reader = Whole("p", 100, CHAT)

    with pytest.raises(ProviderFailed, match="too long"):
        list(reader.feed(b"x" * 101))
