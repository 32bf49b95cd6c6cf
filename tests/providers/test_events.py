import itertools
import re
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.providers.events import Events, EventTooLong

PIECES = [
    "data: ",
    "data:",
    "data",
    "event: x",
    ": note",
    "id: 7",
    "{}",
    " ",
    "é€😀",
    "\ufeff",
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    "x",
]
streams = st.lists(st.sampled_from(PIECES)).map(lambda pieces: "".join(pieces).encode())


def decoded(chunks: Iterable[bytes], limit: int = 10_000) -> list[bytes]:
    events = Events(limit)
    return [event for chunk in chunks for event in events.feed(chunk)]


def by_the_book(stream: bytes) -> list[bytes]:
    """Decode line by line, as the standard tells it."""
    found, data = [], []
    *lines, _ = re.split(rb"\r\n|\r|\n", stream.removeprefix(b"\xef\xbb\xbf"))
    for line in lines:
        name, _, value = line.partition(b":")
        if not line:
            found += [b"\n".join(data)] if data else []
            data = []
        elif name == b"data":
            data.append(value.removeprefix(b" "))
    return found


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    at = sorted({place % (len(stream) + 1) for place in places} | {0, len(stream)})
    return [stream[start:end] for start, end in itertools.pairwise(at)]


@given(streams, st.lists(st.integers(min_value=0)))
def test_any_stream_cut_anywhere_gives_what_the_standard_says(stream, places):
    assert decoded(cut(stream, places)) == by_the_book(stream)


@given(streams)
def test_a_stream_that_comes_byte_by_byte_gives_the_same_events(stream):
    assert decoded(bytes([byte]) for byte in stream) == by_the_book(stream)


@given(streams, st.lists(st.integers(min_value=0)), st.integers(min_value=1, max_value=30))
def test_the_limit_does_not_depend_on_where_the_stream_is_cut(stream, places, limit):
    def outcome(chunks):
        events, found = Events(limit), []
        try:
            for piece in chunks:
                for event in events.feed(piece):
                    found.append(event)  # noqa: PERF402 - the events before the error count
        except EventTooLong:
            return found, "too long"
        return found, "read"

    whole, pieces = outcome([stream + b"\n\n"]), outcome(cut(stream + b"\n\n", places))

    assert whole == pieces


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_each_kind_of_line_end_ends_an_event_without_waiting_for_more(end):
    events = Events(100)

    assert list(events.feed(b"data: 1" + end + end)) == [b"1"]


def test_several_data_lines_are_one_event():
    assert decoded([b"data: {\ndata: }\n\n"]) == [b"{\n}"]


def test_names_ids_and_comments_are_no_data():
    assert decoded([b": ping\n\nevent: message\nid: 1\nretry: 5\n\nevent: m\ndata: 1\n\n"]) == [b"1"]


def test_an_event_without_its_empty_line_never_comes_out():
    assert decoded([b"data: 1\n\ndata: 2\n"]) == [b"1"]


def test_a_character_cut_in_two_is_whole_again():
    letters = "data: é€😀\n\n".encode()

    assert decoded(letters[at : at + 1] for at in range(len(letters))) == ["é€😀".encode()]


def test_an_endless_event_is_refused_before_it_fills_the_memory():
    events = Events(1000)

    with pytest.raises(EventTooLong):
        for _ in range(100):
            list(events.feed(b"data: " + b"x" * 100))


def test_the_events_before_one_that_is_too_long_come_out():
    events = Events(20).feed(b"data: 1\n\ndata: 22222222222222222222222\n\n")

    assert next(events) == b"1"
    with pytest.raises(EventTooLong):
        next(events)
