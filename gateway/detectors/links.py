"""Links in answers that lead to another host, found as a browser would follow them.

Whoever shows an answer may fetch what it links to without a click, as with a picture: then what stands in the URL is
told to its host. So a link is found in each form in which Markdown and HTML write one (inline, reference, autolink,
attribute, style sheet) and in plain text (`https://…`, `www.…`). The host is the one that the URL standard of browsers
makes of it (WHATWG URL): entities, backslashes, user names, other alphabets and numbers hide none. A relative link
leads nowhere else and is none; neither is a host that only stands there, such as `example.com`.
"""

import html
import re
from collections.abc import Iterator

from ada_url import URL

from gateway.domain.findings import Finding

ENTITY = "LINK"
DETECTOR = "links-1"

_SIGNS = ("/", "\\", ":", "&")
"""What a link has one of, unless it begins with `www.`."""
_HINT = re.compile(r"[/\\]{2}|www\.|&[#a-z]|\b(?:https?|ftp|wss?):|[(=\"'<]\s*[/\\]", re.IGNORECASE)
"""What a text without a link has nothing of."""

_ATTRIBUTES = "href|src|srcset|action|formaction|poster|background|data|cite|ping|manifest"
_WRITTEN = re.compile(
    rf"""\]\(\s*<?(?P<inline>[^\s<>]+)
    | ^[ >\t]*\[[^\]\n]+\]:\s*<?(?P<reference>[^\s<>]+)
    | (?:{_ATTRIBUTES})\s*=\s*(?:\\*"(?P<double>[^"]*)|\\*'(?P<single>[^']*)|(?P<bare>[^\s>"']+))
    | url\(\s*\\*["']?(?P<style>[^)"'\s]+)""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
"""Where Markdown, HTML and CSS write what a link leads to."""

_PLAIN = re.compile(
    r"(?P<absolute>\b(?:(?:https?|ftp|wss?):[/\\]*|[a-z][a-z0-9+.-]{1,30}:[/\\]{2})[^\s<>\"'`\\/][^\s<>\"'`]*)"
    r"|(?<![\w@.-])(?P<www>www\.[^\s<>\"'`]+)",
    re.IGNORECASE,
)
"""Links that stand in plain text."""

_AFTER = ".,;:!?)]}*_~|"
"""What follows a link in plain text and is seldom part of it."""

_HERE = "relative.invalid"
_BASE = f"ws://{_HERE}/"
"""Where a relative link leads (RFC 2606); of a scheme that no link has, so that `https:host` is none of them."""


def links(text: str) -> list[Finding]:
    """Return the links in *text* that lead to a host, in order, each once."""
    has_signs = any(sign in text for sign in _SIGNS) or "www." in text.lower()
    if not has_signs or _HINT.search(text) is None:
        return []
    found: dict[tuple[int, int], str] = {}
    for start, end, url in _places(text):
        if (start, end) not in found and (host := host_of(url)):
            found[start, end] = host
    return [Finding(ENTITY, start, end, 1.0, DETECTOR, host) for (start, end), host in sorted(found.items())]


def host_of(url: str) -> str:
    """Return the host that *url*, as it is written in a text, leads to; empty when it stays where it is."""
    try:
        parsed = URL(html.unescape(url), base=_BASE)
    except ValueError:
        return ""
    host = parsed.hostname.rstrip(".")
    return "" if host == _HERE else host


def _places(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield from where to where something stands in *text* that may be a link, and its URL."""
    for written in _WRITTEN.finditer(text):
        for start, end in _pieces(written, written.lastgroup or ""):
            yield start, end, text[start:end]
    for plain in _PLAIN.finditer(text):
        start = plain.start()
        url = plain[0].rstrip(_AFTER)
        yield start, start + len(url), url if plain["www"] is None else f"http://{url}"


def _pieces(written: re.Match[str], group: str) -> Iterator[tuple[int, int]]:
    """Yield where the links are in what *written* says under *group*; a `srcset` has several, with commas between."""
    start, end = written.span(group)
    if not written[0].lower().startswith("srcset"):
        if start < end:
            yield start, end - (group == "inline" and written[group].endswith(")"))
        return
    for piece in re.finditer(r"[^\s,]\S*", written[group]):
        yield start + piece.start(), start + piece.end()
