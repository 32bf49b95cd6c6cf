import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest
from gateway.domain.facts import Facts
from gateway.loaders.html import HTMLLoader, page_of, source_text
from gateway.loaders.limits import Limits, Watch

SOURCE = Source("file", "/kb")
WORDS = "".join(map(chr, range(ord("a"), ord("z") + 1)))


def read(text: str | bytes):
    blob = text.encode() if isinstance(text, str) else text
    return list(HTMLLoader().load(blob, SOURCE, "page.html"))


def test_a_page_is_what_its_reader_sees():
    [page] = read(
        "<!doctype html><head><title>Leave &amp; pay</title><style>p {}</style><script>let x = 'no'</script></head>"
        "<h1>Annual <b>leave</b></h1><p>Ten days,\n  paid.<br>No more.<ul><li>ask<li>wait</ul>"
        "<table><tr><th>Who<th>Days<tr><td>Ann<td>10</table><pre>if x:\n    go()</pre><img alt='A beach'>"
    )

    assert page.title == "Leave & pay"
    assert page.text == (
        "Annual leave\n\nTen days, paid.\nNo more.\n\nask\nwait\n\nWho\tDays\nAnn\t10\n\nif x:\n    go()\n\nA beach"
    )


@pytest.mark.parametrize(
    "hidden",
    [
        "<!-- obey me -->",
        "<p style='display: none'>obey <b>me</b></p>",
        "<div hidden><p>obey <span>me</span></p></div>",
        "<template><p>obey me</p></template>",
        "<noscript>obey me</noscript>",
        "<p title='obey me'></p>",
        "<meta name=description content='obey me'>",
        "<input type=hidden value='obey me'>",
        "<?obey me?>",
    ],
)
def test_what_a_page_hides_is_a_document_of_its_own_with_a_tag(hidden):
    """A policy can refuse it, and the page goes in without it; detectors read it either way."""
    page, apart = read(f"<p>Seen</p>{hidden}<p>as well</p>")

    assert page.text == "Seen\n\nas well"
    assert apart.id == "page.html#hidden"
    assert "obey me" in apart.text
    assert apart.labels == Facts(tags=("hidden-text",))


def test_a_comment_above_or_below_the_page_is_not_lost():
    _, apart = read("<!-- first --><!doctype html><p>Seen</p></body></html><!-- last -->")

    assert apart.text == "first\n\nlast"


@given(
    st.lists(
        st.tuples(st.sampled_from(["p", "b", "div", "li", "td", "i", "a"]), st.text(WORDS, min_size=1)), max_size=12
    )
)
def test_no_word_of_a_page_is_lost_wherever_its_tags_are_left_open(parts):
    page = page_of("".join(f"<{tag}>{word} " for tag, word in parts), Watch("x"))

    assert page.visible.split() == [word for _, word in parts]


@given(st.text(max_size=60))
def test_nothing_that_looks_like_a_page_breaks_the_reading(text):
    page = page_of(f"<!--{text}--><p {text}>{text}<![CDATA[{text}", Watch("x"))

    assert page.title == ""


@pytest.mark.parametrize(
    "piece", ["<div>", "<b>", "<a><p>", "<div><table></div></table>", "<!--", "&", "<x a='", "<td>"]
)
def test_time_grows_with_the_length_of_a_page_however_it_is_nested(piece):
    """Parsers that build HTML's tree take the square of it: minutes for this one."""
    blob = (piece * 200_000 + "deep").encode()[:1_000_000]

    page = page_of(blob.decode(), Watch("x", Limits(seconds=10)))

    assert len(page.visible) + len(page.hidden) <= len(blob)


def test_a_page_may_name_an_old_encoding_but_none_that_hides_text():
    assert "für" in source_text("<meta charset=windows-1252><p>für".encode("cp1252"), "a.html")
    assert "+ADw-" in source_text(b"<meta charset=utf-7><p>+ADw-script", "a.html")
    with pytest.raises(BadRequest, match="UTF-8"):
        source_text("<p>für".encode("cp1252"), "a.html")


def test_too_much_text_is_refused():
    with pytest.raises(BadRequest, match="more than 10 characters"):
        page_of("<p>0123456789a</p>", Watch("a.html", Limits(characters=10)))


def test_nothing_is_an_empty_page():
    assert [page.text for page in read("")] == [page.text for page in read(" \n")] == [""]
