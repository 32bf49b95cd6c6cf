from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.domain.errors import GuardUnavailable
from gateway.domain.findings import Finding
from gateway.windows import LIMIT, LOOK_BEHIND, TAIL, Window, complete
from tests.planted import PEM


def finding(start: int, end: int, entity: str = "X") -> Finding:
    return Finding(entity, start, end, 1.0, "test")


def fed(*pieces: str) -> Window:
    window = Window()
    for piece in pieces:
        window.feed(piece)
    return window


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("hello", "hello"),
        ("hello ", ""),
        ("hello world", "world"),
        ("hello\n\n", ""),
        ("write to john@exam", "john@exam"),
        ("pay 4111 1111 ", "4111 1111 "),
        ("pay 4111 1111 11", "4111 1111 11"),
        ("pay 4111-1111-", "4111-1111-"),
        ("in 2024 we ", ""),
        ("in 2024 ", "2024 "),
        ("call (555) ", "(555) "),
        ("call +49 30 / ", "+49 30 / "),
        ("GB82 WEST 1234 56", "GB82 WEST 1234 56"),
        ("GB82 WEST ", "GB82 WEST "),
        ("1, 2, 3, ", ""),
        ("at 10:30: ", ""),
        ("1\n2\n3\n", ""),
        ("我的电话是", ""),
        ("我的电话是138 1234 ", "我的电话是138 1234 "),
        ("邮箱是john", "john"),
        ("こんにちは、世界", ""),
        ("안녕하세요 여러분", ""),
        ("สวัสดี", ""),
        ("привет", "привет"),
        ("４１１１ １１", "４１１１ １１"),
        ("๑๒๓", "๑๒๓"),
        ("-----BEGIN RSA ", "-----BEGIN RSA "),
        ("see -----BEGIN RSA PRIVATE KEY-----\nMIIE\n", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n"),
        ("-----BEGIN CERTIFICATE-----\nMIIE\n", ""),
        (PEM + "\n", ""),
        ("", ""),
    ],
)
def test_what_could_go_on_is_kept_back(text: str, kept: str) -> None:
    assert text[complete(text) :] == kept


def test_a_word_leaves_when_the_next_begins() -> None:
    window = fed("Hel", "lo")
    before = window.ripe()

    window.feed(" wor")
    ready = window.take([])

    assert not before
    assert (ready.text, ready.start, window.pending) == ("Hello ", 0, "wor")


def test_the_rest_leaves_at_the_end() -> None:
    window = fed("Hello wor")
    window.take([])

    ready = window.take([], last=True)

    assert (ready.text, ready.start, window.pending, window.released) == ("wor", 6, "", 9)


def test_a_finding_is_never_divided() -> None:
    window = fed("I am John Smi")

    first = window.take([finding(5, 13)])
    window.feed("th and")
    second = window.take([finding(5, 15)])

    assert first.text == "I am "
    assert (second.text, second.findings) == ("John Smith ", (finding(0, 10),))


def test_a_finding_at_the_end_of_what_has_arrived_is_not_over() -> None:
    window = fed("name: John ")

    first = window.take([finding(6, 11)])
    window.feed("Smith ")
    second = window.take([finding(6, 16)])

    assert first.text == "name: "
    assert second.findings == (finding(0, 10),)


def test_overlapping_findings_leave_together() -> None:
    ready = fed("abc def ghi ").take([finding(0, 5), finding(4, 7, "Y")])

    assert ready.findings == (finding(0, 5), finding(4, 7, "Y"))


def test_a_window_for_names_keeps_back_what_is_no_whole_sentence_yet() -> None:
    window = Window(by_sentence=True)
    window.feed("It was Project ")
    waiting = window.ripe()
    window.feed("Falcon. Nobody ")

    assert not waiting
    assert window.take([]).text == "It was Project Falcon. "
    assert window.take([], last=True).text == "Nobody "


def test_a_sentence_that_does_not_end_is_not_waited_for_for_ever() -> None:
    window = Window(by_sentence=True)
    window.feed("word " * 100)

    assert window.take([]).text == "word " * 100


def test_released_text_is_shown_again_before_what_is_pending() -> None:
    window = fed("x" * 300 + " password: ", "hunter22")

    window.take([])

    assert window.text == ("x" * 300 + " password: ")[-LOOK_BEHIND:] + "hunter22"


def test_findings_in_released_text_are_not_told_again() -> None:
    window = fed("123-45-6789 is ")
    window.take([finding(0, 11)])
    window.feed("it ")

    ready = window.take([finding(0, 11)])

    assert (ready.text, ready.findings) == ("it ", ())


def test_a_finding_that_begins_in_released_text_covers_the_rest() -> None:
    window = fed("John ")
    window.take([])
    window.feed("Smith is ")

    ready = window.take([finding(0, 10)])

    assert (ready.text, ready.findings) == ("Smith is ", (finding(0, 5),))


def test_a_long_word_without_finding_leaves_but_for_its_tail() -> None:
    window = fed("a" * (LIMIT + 1))

    ready = window.take([])

    assert len(ready.text) == LIMIT + 1 - TAIL
    assert window.pending == "a" * TAIL


def test_a_finding_that_does_not_end_is_refused() -> None:
    window = fed("a" * (LIMIT + 1))

    with pytest.raises(GuardUnavailable, match="did not end within"):
        window.take([finding(0, LIMIT + 1)])


def test_a_private_key_that_does_not_end_is_refused() -> None:
    window = fed("-----BEGIN PRIVATE KEY-----\n", "MIIE\n" * (LIMIT // 5))

    assert window.ripe()
    with pytest.raises(GuardUnavailable, match="did not end within"):
        window.take([finding(0, len(window.text))])


def test_nothing_is_scanned_while_nothing_could_leave() -> None:
    window = Window()
    scans = 0
    for _ in range(LIMIT - 1):
        window.feed("a")
        scans += window.ripe()

    assert scans == 0


def test_a_scan_that_set_nothing_free_is_not_repeated_for_every_letter() -> None:
    window = fed("John " * 100)
    scans = 0
    for _ in range(500):
        window.feed("J ")
        if window.ripe():
            window.take([finding(0, len(window.text))])
            scans += 1

    assert scans < 20


TEXT = st.text(st.sampled_from("ab 1-@.:\n你"), max_size=60)


@example(": 1", [2], {(1, 2), (0, 3)})
@given(TEXT, st.lists(st.integers(0, 60)), st.sets(st.tuples(st.integers(0, 60), st.integers(1, 9))))
def test_nothing_is_lost_or_told_twice(text: str, cuts: list[int], spans: set[tuple[int, int]]) -> None:
    """Whatever is found: the pieces join to the text, and what is found is in one of them."""
    window, told, out = Window(), [], ""
    points = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    for start, end in pairwise(points):
        window.feed(text[start:end])
        shift = window.released - (len(window.text) - len(window.pending))
        seen = [finding(a - shift, a + n - shift) for a, n in spans if shift <= a and a + n <= shift + len(window.text)]
        ready = window.take(seen, last=end == len(text))
        out += ready.text
        told += [(ready.start + each.start, ready.start + each.end) for each in ready.findings]
        assert all(0 <= each.start < each.end <= len(ready.text) for each in ready.findings)

    assert out == text
    assert len(told) == len(set(told))
