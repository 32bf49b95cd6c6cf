import pytest

from gateway.recognition.decoration import numbers


def seen(text):
    """Return *text* as recognition sees it, soft hyphens left out."""
    return "".join(map(chr, numbers(text))).replace("\u00ad", "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('<p class="x">one</p>', "one"),
        ("one<br/>two", "one two"),
        ("[one](https://example.com/two)", "[one"),
        ('![one](two.png "three")', "![one"),
        ("caf&eacute; &amp; &#233; &#x65;", "café & é e"),
        (r"one\ntwo \u00e9 \ud83d\ude00 \"three\"", "one two é 😀 three"),
        ("a < b and c > d", "a < b and c > d"),
        ("<the words of a secret text>", "<the words of a secret text>"),
        ("plain", "plain"),
    ],
)
def test_decoration_is_seen_through(text, words):
    assert seen(text).split() == words.split()


@pytest.mark.parametrize("text", ['<p class="x">one</p>', "caf&eacute;", r"\u00e9\n", "[a](b)"])
def test_every_character_keeps_its_place(text):
    assert len(numbers(text)) == len(text)


@pytest.mark.parametrize(
    "text", ["<a " * 20_000, "<a b=" * 20_000, "[" * 20_000 + "](" * 20_000, "&" * 50_000, "\\" * 50_000]
)
def test_hostile_text_takes_no_longer_than_other_text(text):
    assert len(numbers(text)) == len(text)
