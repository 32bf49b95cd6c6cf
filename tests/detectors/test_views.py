from time import process_time
from timeit import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detectors.views import view
from gateway.domain.findings import Finding


def find(seen: str, word: str) -> Finding:
    start = seen.index(word)
    return Finding("X", start, start + len(word), 1.0, "test")


@pytest.mark.parametrize(
    ("disguised", "plain"),
    [
        ("４１１１　１１１１", "4111 1111"),
        ("john＠example．com", "john@example.com"),
        ("𝟏𝟐𝟑 ①②③ ٣٤٥ ๖๗", "123 123 345 67"),
        ("4111\u00a01111\u202f1111\u20031111", "4111 1111 1111 1111"),
        ("4111\u200b11\u2060\ufeff11", "41111111"),
        ("exam\u00adple", "example"),
        ("123‐45‑6789–0—1−2", "123-45-6789-0-1-2"),
        ("".join(chr(0xE0000 + ord(c)) for c in "123-45-6789"), "123-45-6789"),
        (r"a\nb\tc\u0040d\"e\/f", 'a\nb\tc@d"e/f'),
        (r"a\\nb", "a\nb"),
        (r"\ud83d\ude00 hi", "\ufffd\ufffd hi"),
        ("\ud83d hi", "\ufffd hi"),
        ("a%40b%2Ec", "a@b.c"),
        ("a&#64;b&#x40;c&commat;d", "a@b@c@d"),
        ("（555）：1，2！", "(555):1，2！"),
    ],
)
def test_disguises_are_undone(disguised: str, plain: str) -> None:
    assert view(disguised).text == plain


@pytest.mark.parametrize(
    "text", ["", "plain text, 100% of it & more", "Größe “naïve” … 你好，世界！", "C:\\dir \\ 50%"]
)
def test_a_text_without_disguise_is_its_own_view(text: str) -> None:
    assert view(text).text == text


def test_a_finding_covers_what_it_was_disguised_as() -> None:
    text = "call 4\u200b1%31&#49; now"
    seen = view(text)

    (found,) = seen.located([find(seen.text, "4111")])

    assert text[found.start : found.end] == "4\u200b1%31&#49;"


def test_hidden_characters_around_a_value_stay_outside_its_finding() -> None:
    text = "\u200b4111\u200b"
    seen = view(text)

    (found,) = seen.located([find(seen.text, "4111")])

    assert text[found.start : found.end] == "4111"


ODD = st.text(
    st.one_of(
        st.sampled_from("abc 12-.@\\%&;#nu04\u200b\u00a0４＠①–\U000e0031𝟏é你，"),
        st.characters(codec="utf-8"),
    )
)


@given(ODD)
def test_every_character_of_a_view_knows_where_it_stands(text: str) -> None:
    seen = view(text)
    found = seen.located([Finding("X", at, at + 1, 1.0, "test") for at in range(len(seen.text))])

    assert [f.start for f in found] == sorted(f.start for f in found)
    assert all(0 <= f.start < f.end <= len(text) for f in found)
    assert all(
        text[f.start] == c
        for f, c in zip(found, seen.text, strict=True)
        if f.end - f.start == 1 and text[f.start].isascii()
    )


@given(ODD, ODD)
def test_a_character_that_is_no_disguise_keeps_its_place(before: str, after: str) -> None:
    text = f"{before}~{after}"
    seen = view(text)
    (found,) = seen.located([find(seen.text, "~")]) if "~" not in before else [find(text, "~")]

    assert text[found.start : found.end] == "~"


@pytest.mark.parametrize("unit", ["\\", "\\n", "%40", "&#", "&#64;", "\u200b", "４", "\\\\u", "–"])
def test_a_view_takes_time_in_proportion_to_its_text(unit: str) -> None:
    short, long = unit * 2_000, unit * 20_000
    quick = min(repeat(lambda: view(short).text, timer=process_time, number=1, repeat=5))
    slow = min(repeat(lambda: view(long).text, timer=process_time, number=1, repeat=5))

    assert slow < 40 * quick + 0.001
