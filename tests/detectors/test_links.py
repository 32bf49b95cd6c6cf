import asyncio
from collections.abc import AsyncGenerator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detectors.links import host_of, links
from gateway.dialects.chat import CHAT
from gateway.domain.chat import Delta
from gateway.domain.decisions import Decision, Effect, Target
from gateway.domain.findings import Finding
from gateway.streaming import guard


def found(text: str) -> list[tuple[str, str]]:
    return [(text[one.start : one.end], one.host) for one in links(text)]


@pytest.mark.parametrize(
    ("text", "written", "host"),
    [
        ("See https://evil.example/a?b=c, please.", "https://evil.example/a?b=c", "evil.example"),
        ("![x](https://evil.example/i.png)", "https://evil.example/i.png", "evil.example"),
        ("[x](<https://evil.example/a b>)", "https://evil.example/a", "evil.example"),
        ("![x](//evil.example/i.png)", "//evil.example/i.png", "evil.example"),
        (r"![x](\\evil.example/i.png)", r"\\evil.example/i.png", "evil.example"),
        ("![x][1]\n\n[1]: //evil.example/i.png", "//evil.example/i.png", "evil.example"),
        ("<https://evil.example>", "https://evil.example", "evil.example"),
        ("<img src='//evil.example/i'>", "//evil.example/i", "evil.example"),
        ('<img src="https&#58;&#x2f;/evil.example">', "https&#58;&#x2f;/evil.example", "evil.example"),
        ('<img src=" //evil.example">', " //evil.example", "evil.example"),
        ("<a href=//evil.example>", "//evil.example", "evil.example"),
        ("<img srcset='a.png 1x, //evil.example/b 2x'>", "//evil.example/b", "evil.example"),
        ("background: url(//evil.example/b)", "//evil.example/b", "evil.example"),
        ("www.evil.example/x?y", "www.evil.example/x?y", "www.evil.example"),
        ("Go to wWw.evil.example now", "wWw.evil.example", "www.evil.example"),
        ("https://good.example@evil.example/", "https://good.example@evil.example/", "evil.example"),
        (r"https://evil.example\@good.example", r"https://evil.example\@good.example", "evil.example"),
        (r"https:\/\/evil.example\/x", r"https:\/\/evil.example\/x", "evil.example"),
        ("https:evil.example", "https:evil.example", "evil.example"),
        ("https://EVIL。example", "https://EVIL。example", "evil.example"),
        ("https://münchen.example", "https://münchen.example", "xn--mnchen-3ya.example"),
        ("https://ev%69l.example", "https://ev%69l.example", "evil.example"),
        ("https://evil.example./x", "https://evil.example./x", "evil.example"),
        ("http://0x7f.1/", "http://0x7f.1/", "127.0.0.1"),
        ("ftp://evil.example", "ftp://evil.example", "evil.example"),
        ("app://evil.example", "app://evil.example", "evil.example"),
        (r'{"html": "<img src=\"//evil.example/\">"}', "//evil.example/\\", "evil.example"),
    ],
)  # fmt: skip
def test_a_link_is_found_where_a_browser_would_follow_it(text, written, host):
    assert found(text) == [(written, host)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[a](/local) and [b](page.html) and [c](#part)",
        "a // b, x//y and 3/4",
        "mailto:a@b.example, javascript:alert(1)",
        "![x](data:image/png;base64,AAAA)",
        "The host is example.com, node.js too.",
        "https://",
        "note: see below",
    ],
)
def test_what_leads_nowhere_else_is_no_link(text):
    assert found(text) == []


def test_each_link_is_found_once_with_its_host():
    text = "[a](https://a.example/) then https://b.example and again https://a.example/"

    assert [host for _, host in found(text)] == ["a.example", "b.example", "a.example"]
    assert {(one.entity, one.score, one.detector) for one in links(text)} == {("LINK", 1.0, "links-1")}


@given(st.text(alphabet="abc./\\:@%#[]()<>\"'= \n&;wxhtps", max_size=60))
def test_whatever_is_found_has_a_host_and_lies_in_the_text(text):
    for one in links(text):
        assert 0 <= one.start < one.end <= len(text)
        assert one.host and one.host == one.host.lower()


HOSTS = st.from_regex(r"[a-z][a-z0-9]{0,8}\.example", fullmatch=True)
FORMS = ["{}", "[t]({})", "![t]({})", "<{}>", "<img src='{}'>", '<a href="{}">', "[r]: {}", "({})", "**{}**"]


@given(
    HOSTS, st.sampled_from(FORMS), st.sampled_from(["https://{}", "https://{}/p?q=1", "HTTP://{}:80/", "https:\\\\{}"])
)
def test_every_form_of_every_url_gives_its_host(host, form, url):
    assert host in [one.host for one in links(f"Look: {form.format(url.format(host))}")]


def test_a_host_that_cannot_be_read_is_none():
    assert host_of("https://[half") == "" and host_of("") == ""


PIECES = st.sampled_from([
    "See ", "![x](https://evil.example/", "q=1) ", "//evil.example", " [r]: ", "www.evil.example", "<img src='", "' > ",
    "https:", "//", "words and more. ", "\n",
])  # fmt: skip


@given(st.lists(PIECES, max_size=8).map("".join), st.lists(st.integers(0, 120), max_size=6))
def test_no_link_leaves_a_guarded_stream_however_it_is_cut(text, cuts):
    """What a reader puts together of the pieces has no link that the whole would not be allowed to have."""
    bounds = [0, *sorted({min(cut, len(text)) for cut in cuts}), len(text)]
    came: list[str] = []

    async def deltas() -> AsyncGenerator[Delta, None]:
        for start, end in pairwise(bounds):
            yield Delta({"choices": [{"index": 0, "delta": {"content": text[start:end]}, "finish_reason": None}]})
        yield Delta({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})

    async def find(texts: Sequence[str]) -> list[list[Finding]]:
        return [links(one) for one in texts]

    def judge(*_: object) -> Decision:
        return Decision(Target.FINDING, Effect.MASK)

    async def run() -> None:
        async for delta in guard(deltas(), dialect=CHAT, find=find, judge=judge, note=lambda *_: None):
            came.extend(choice["delta"].get("content", "") for choice in delta.raw["choices"])

    asyncio.run(run())
    assert links("".join(came)) == []
