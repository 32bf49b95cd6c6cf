import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import BadRequest
from gateway.loaders.decoding import decoded

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"))


@given(text=TEXT, encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_text_comes_back_from_each_encoding_that_says_so(text, encoding):
    assert decoded(text.encode(encoding), "f.txt") == text


@pytest.mark.parametrize(("mark", "encoding"), [(b"\xfe\xff", "utf-16-be"), (b"\x00\x00\xfe\xff", "utf-32-be")])
def test_the_other_byte_order_is_read_too(mark, encoding):
    assert decoded(mark + "añb".encode(encoding), "f.txt") == "añb"


@pytest.mark.parametrize(
    ("blob", "sentence"),
    [
        (b"caf\xe9", r"menu\.txt is not text in UTF-8 \(byte 3\)"),
        (b"\xff\xfea", r"menu\.txt is not text in UTF-16"),
        ("kein BOM".encode("utf-16-le"), r"menu\.txt holds zero bytes"),
    ],
)
def test_a_guess_is_never_made(blob, sentence):
    with pytest.raises(BadRequest, match=sentence) as refused:
        decoded(blob, "menu.txt")

    assert refused.value.code == "not_text"
