"""Text in flight: what has arrived of a text that still grows, and how much of it may be judged for good.

No I/O, no policy. A window keeps back whatever later text could still turn into a finding, or into a longer one, so
that a text gives the same findings however it is cut:

- the last word, for it may go on (`john` + `@example.com`); scripts that put no spaces between words flow freely, for
  nothing that is looked for is written in them;
- groups of digits, and of capitals after them, that single spaces join: card, account and telephone numbers;
- a private key's block, from its first line to its last;
- a finding that reaches the end of what has arrived.

Everything else that is looked for stands in one word, or is recognised by words before it, which the look-behind
still shows when the word itself arrives. Where names are looked for, which have several words and are told by those
around them, a window keeps back whole sentences.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from gateway.domain.errors import GuardUnavailable
from gateway.domain.findings import Finding, distinct

LOOK_BEHIND = 128
"""Characters of released text that are scanned again, for a word there may tell what comes after it."""
LIMIT = 16_384
"""Characters that may be withheld; more is refused when a finding does not end, and released when there is none."""
TAIL = 1_024
"""Characters withheld of a longer word without a finding: longer than anything looked for that has no sure mark."""
SENTENCE = 480
"""Characters of a sentence that are waited for; of a longer one, words may leave."""
REACH = 96
"""Characters of the longest value with spaces in it."""


class Ready(NamedTuple):
    """A piece of a text that may leave now, once its findings have been dealt with."""

    text: str
    """The piece as it arrived."""
    start: int
    """Where it begins in the whole text."""
    findings: tuple[Finding, ...]
    """What is in it, offsets in the piece; they may overlap."""


class Window:
    """What is known of one growing text: `feed` it, scan `text` when it is `ripe`, and `take` what may leave."""

    __slots__ = ("_behind", "_by_sentence", "_complete", "_patience", "_pending", "released")

    def __init__(self, *, by_sentence: bool = False) -> None:
        self._by_sentence = by_sentence
        self.released = 0
        """How many characters have been taken."""
        self._behind = ""
        self._pending = ""
        self._complete = 0
        self._patience = 0

    @property
    def text(self) -> str:
        """What has to be scanned now: some text that has been taken, then all that is pending."""
        return self._behind + self._pending

    @property
    def pending(self) -> str:
        """What has arrived and was not taken yet."""
        return self._pending

    @property
    def fed(self) -> int:
        """How many characters have arrived."""
        return self.released + len(self._pending)

    def feed(self, text: str) -> None:
        """Add *text* at the end."""
        self._pending += text
        self._complete = complete(self._pending)
        if self._by_sentence and self._complete < SENTENCE:
            self._complete = min(self._complete, _sentences(self._pending))

    def ripe(self, *, last: bool = False) -> bool:
        """Return whether a scan could set anything free; when not, there is no need for one.

        A scan that set nothing free is repeated when an eighth more has arrived: cost stays in proportion to text.
        """
        size = len(self._pending)
        return size > 0 and (last or (self._complete > 0 and size >= self._patience) or size > LIMIT)

    def take(self, findings: Sequence[Finding], *, last: bool = False) -> Ready:
        """Return the piece that may leave, given the *findings* in `text`; all of it when nothing more comes, *last*.

        Raises `GuardUnavailable` when a finding does not end within `LIMIT` characters.
        """
        text, behind = self._behind + self._pending, len(self._behind)
        spans = distinct(findings) if findings else ()
        cut = len(text) if last else self._cut(spans)
        ready = Ready(text[behind:cut], self.released, _clipped(findings, behind, cut) if spans else ())
        released, left = cut - behind, len(text) - cut
        self._behind = text[cut - LOOK_BEHIND : cut] if cut > LOOK_BEHIND else text[:cut]
        self._pending = text[cut:]
        self._complete = self._complete - released if released < self._complete else 0
        self._patience = 0 if released else left + left // 8
        self.released += released
        return ready

    def _cut(self, spans: Sequence[Finding]) -> int:
        """Return up to where `text` may leave: before whatever may still grow."""
        behind, size = len(self._behind), len(self._behind) + len(self._pending)
        cut = max(behind, _before_open(spans, behind + self._complete, size)) if spans else behind + self._complete
        if size - cut > LIMIT:
            cut = max(behind, _before_open(spans, size - TAIL, size))
        if size - cut > LIMIT:
            raise GuardUnavailable(
                f"Something in the answer that must be judged as a whole did not end within {LIMIT} characters."
            )
        return cut


def _before_open(spans: Sequence[Finding], cut: int, size: int) -> int:
    """Return *cut*, or the start of the finding that it would divide, or that the end at *size* may have cut short."""
    for span in spans:
        if span.start < cut and (cut < span.end or span.end == size):
            return span.start
    return cut


def _clipped(spans: Iterable[Finding], start: int, end: int) -> tuple[Finding, ...]:
    """Return what of *spans* lies between *start* and *end*, with offsets from *start*; what is equal then, once."""
    inside = (span for span in spans if span.start < end and start < span.end)
    return tuple(
        dict.fromkeys(
            replace(span, start=max(span.start, start) - start, end=min(span.end, end) - start) for span in inside
        )
    )


_ENDS = re.compile(r"[.!?:;][)\"'\u201d\u2019]*\s+|\n+|[\u3002\uff01\uff1f]")


def _sentences(text: str) -> int:
    """Return where the last whole sentence of *text* ends; 0 without one."""
    end = 0
    for mark in _ENDS.finditer(text):
        end = mark.end()
    return end


def complete(text: str) -> int:
    """Return up to where no later text can change what *text* holds."""
    end = _last_word(text)
    if end and _DIGIT.search(text, max(0, end - REACH), end):
        end = _digit_groups(text, end)
    if _BEGIN in text:
        end = min(end, _key_block(text))
    return end


_WIDE = re.compile(
    "(?s:.*)(?!\\d)[\u0e01-\u0eff\u0f00-\u109f\u1780-\u17b3\u17b6-\u17ff\u2e80-\u2fff\u3001-\u3163\u3165-\u31ff"
    "\u3400-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff01\uff0c\uff1b\uff1f\U00020000-\U0003ffff]"
)
"""As far as the last character that is part of no value: of scripts without spaces between words."""


def _last_word(text: str) -> int:
    """Return where the last word of *text* begins; its length when it ends with a space."""
    if not text or text[-1].isspace():
        return len(text)
    word = text.rsplit(None, 1)[-1]
    start = len(text) - len(word)
    wide = None if word.isascii() else _WIDE.match(word)
    return start + wide.end() if wide else start


_DIGIT = re.compile("[\\d\u00b2\u00b3\u00b9\u2070-\u209f\u2460-\u24ff\u2776-\u2793]")
_TOKEN = re.compile(r"\S+")
_JOINT = re.compile(r"[()+./\u2010-\u2015\u2212-]{1,3}|[0-9A-Z]{1,4}")
"""What may stand between two groups of digits: a dash, or the letters of an IBAN."""
_OVER = frozenset(",;:!?\"'")
"""What no group of digits goes on after."""


def _digit_groups(text: str, end: int) -> int:
    """Return where the groups of digits begin that reach to *end* and may go on, `4111 1111 `; *end* without any."""
    start = following = end
    for token in reversed(list(_TOKEN.finditer(text, max(0, end - REACH), end))):
        gap = text[token.end() : following]
        if len(gap) > 3 or "\n" in gap or token[0][-1] in _OVER:
            break
        if _DIGIT.search(token[0]):
            start = token.start()
        elif not _JOINT.fullmatch(token[0]):
            break
        following = token.start()
    return start


_BEGIN = "-----BEGIN"
_KEY_BEGIN = re.compile(r"-----BEGIN [0-9A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END [0-9A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_HEADER = re.compile(r"-----BEGIN(?: [0-9A-Z ]{0,45}-{0,5})?")
_FOREIGN = '"`<>{}'
"""What no block holds: after it, other text has begun."""


def _key_block(text: str) -> int:
    """Return where a private key's block begins that has no end yet (RFC 7468); the length of *text* without one."""
    at = text.rfind(_BEGIN)
    begin = _KEY_BEGIN.match(text, at)
    if begin is None:
        return at if _HEADER.fullmatch(text, at) else len(text)
    start = begin.end()
    over = any(text.find(character, start) >= 0 for character in _FOREIGN)
    return len(text) if over or ("-----END" in text and _KEY_END.search(text, start)) else at
