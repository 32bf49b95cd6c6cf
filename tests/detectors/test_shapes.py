import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detectors.shapes import shape


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("12 High Street", "nUT"),
        ("2 rue Sébastopol", "nbU"),
        ("Linzer Hauptstrasse 69b", "UEn"),
        ("Apt. 5, New York, NY 10001-1234", "un,R,Sn"),
        ("the United States of America", "xR"),
        ("Dr. Anna M. van der Kowalczyk's house", "HFIvpN'x"),
        ("on May 5th, 2024-05-05 at 10:30", "xMo,dxd"),
        ("SW1A 1AA, APO AE 09012", "ad,QSn"),
        ("a\n\n b", "x/x"),
        ("O'Brien-Smith said: no_way", "Ux:x$x"),
        ("Acme Inc. of Virginia", "UO.pR"),
        ("I'm in MAX_SIZE_2", "xxx"),
        ("> 5 High Street\n> Leeds", "$nUT/U"),
        ("", ""),
    ],
)
def test_every_word_has_its_kind(text: str, kinds: str) -> None:
    assert shape(text).kinds == kinds


def test_a_word_is_found_by_its_place() -> None:
    shaped = shape("Meet Anna at 5")

    assert shaped.word(shaped.at(5)) == "Anna"
    assert shaped.word(shaped.at(6)) == "at"
    assert shaped.at(100) == len(shaped.kinds)


@given(st.text() | st.text("aA1 .,'\u2019-\nÉßŁ"))
def test_words_stand_in_order_and_each_has_a_kind(text: str) -> None:
    shaped = shape(text)

    assert len(shaped.kinds) == len(shaped.spans)
    assert all(start < end for start, end in shaped.spans)
    assert all(before[1] <= after[0] for before, after in zip(shaped.spans, shaped.spans[1:], strict=False))
