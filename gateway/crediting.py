"""Credit that an answer owes to its documents, added to its text: title, licence and address of each.

It comes last, after everything that judges: what is added is the gateway's own text. It is made so that nothing in a
title can become more than text, since a stranger may have written it.

An answer that is JSON, as it was asked for or since its text is an object or an array, stays as it is. Then the credit
is in the `lineward` object of a caller who asks for it and in the record, as it is in any case.
"""

import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast

import orjson

from gateway.domain.chat import Delta, Dialect
from gateway.domain.documents import Chunk
from gateway.domain.json import JSON, Object, Path, replaced, value_at

LONGEST_TITLE = 200
"""Characters of a title that are told."""

TEXTS = frozenset({"content", "text"})
"""Channels of what an answer says to its reader, in all dialects."""

_NO_WORDS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_MARKS = re.compile(r"[<>\[\]`|\\]|:?//+|\bwww\.", re.IGNORECASE)
"""What could make markup or a link of a title."""
_URL = re.compile(r"https?://[^\s<>\"'`\\\[\](){}|]{1,1000}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Credit:
    """What is told of one document."""

    title: str
    license: str = ""
    url: str = ""

    @classmethod
    def of(cls, title: str, license: str, url: str) -> "Credit":
        """Return what may be told of a document with this *title*, *license* and *url*; an odd address is not."""
        return cls(_plain(title) or "untitled", _plain(license), url if _URL.fullmatch(url) else "")

    def cited(self, chunk: Chunk) -> Chunk:
        """Return *chunk* with no other title and address than these."""
        return Chunk(
            chunk.source, chunk.document, chunk.version, chunk.ordinal, "", chunk.how, chunk.digest, self.name,
            self.url or None,
        )  # fmt: skip

    @property
    def name(self) -> str:
        """Title and licence."""
        return f"{self.title} ({self.license})" if self.license else self.title

    def __str__(self) -> str:
        return f"{self.name} {self.url}".rstrip()


def written(owed: Sequence[Credit]) -> str:
    """Return the text that gives *owed* credit to documents, each once, as it follows an answer."""
    return "\n\nSources:\n" + "\n".join(f"- {one}" for one in dict.fromkeys(owed))


Note = Callable[[tuple[int, str], str], None]
"""Takes down that a text was added to a channel of the answer."""


async def credit(
    deltas: AsyncGenerator[Delta, None],
    *,
    dialect: Dialect,
    owed: Callable[[], Sequence[Credit]],
    note: Note,
    as_json: bool = False,
) -> AsyncGenerator[Delta, None]:
    """Yield *deltas*, which speak *dialect*, with the documents named that are *owed* credit when the answer ends.

    Their names follow each text that the answer gives its reader, as more of the text, or as a part of its own where
    answers have several. An answer without any text names nobody. Nothing is added to a text that is JSON, or in an
    answer that was asked for *as_json*; *owed* is asked all the same, for the record. Closes *deltas* whatever happens.
    """
    answer = _Answer(dialect, owed, note, as_json)
    async with aclosing(deltas):
        async for delta in deltas:
            for credited in answer.credited(delta):
                yield credited
        for rest in answer.rest():
            yield rest


class _Answer:
    """What is known of an answer between its deltas."""

    def __init__(self, dialect: Dialect, owed: Callable[[], Sequence[Credit]], note: Note, as_json: bool) -> None:
        self._dialect = dialect
        self._owed = owed
        self._note = note
        self._as_json = as_json
        self._words: dict[int, str] = {}
        """The text of each part so far."""
        self._said: dict[int, tuple[str, Delta, Path]] = {}
        """The parts that have said something and were given no names yet: which channel, and where it did last."""
        self._parts = 0
        """How many parts there are, as far as they have numbers."""

    def credited(self, delta: Delta) -> list[Delta]:
        """Return *delta* with what follows the texts that end with it."""
        for fragment in self._dialect.fragments(delta):
            index, channel = fragment.channel
            if fragment.grows and channel in TEXTS and fragment.text:
                self._said[index] = channel, delta, fragment.path
                self._words[index] = self._words.get(index, "") + fragment.text
        parts = self._dialect.parts(delta)
        self._parts = max([self._parts, *(part.index + 1 for part in parts)])
        if self._dialect.has_parts:
            return self._with_part(delta)
        before: list[Delta] = []
        longer: dict[Path, JSON] = {}
        for index in [part.index for part in parts if part.over and part.index in self._said]:
            _, last, path = self._said[index]
            if text := self._text(index):
                if last is delta:
                    longer[path] = f"{value_at(delta.raw, path)}{text}"
                else:
                    before.append(self._dialect.alone(last, path, index, text))
        return [*before, Delta(cast(Object, replaced(delta.raw, longer))) if longer else delta]

    def rest(self) -> list[Delta]:
        """Return what follows the texts of which nobody has said that they end."""
        if self._dialect.has_parts:
            return []
        left = [(index, last, path) for index, (_, last, path) in self._said.items()]
        return [
            self._dialect.alone(last, path, index, text) for index, last, path in left if (text := self._text(index))
        ]

    def _with_part(self, delta: Delta) -> list[Delta]:
        if not self._said or self._dialect.with_part(delta, "", self._parts) is None or not (owed := self._owed()):
            return [delta]
        self._said.clear()
        if self._as_json or any(map(is_json, self._words.values())):
            return [delta]
        text = written(owed)
        self._note((self._parts, "sources"), text)
        return self._dialect.with_part(delta, text, self._parts) or [delta]

    def _text(self, index: int) -> str:
        """Return what follows the text of part *index*, which has ended, and take that down."""
        channel, _, _ = self._said.pop(index)
        owed = self._owed()
        text = "" if not owed or self._as_json or is_json(self._words[index]) else written(owed)
        if text:
            self._note((index, channel), text)
        return text


def is_json(text: str) -> bool:
    """Return whether all of *text* is a JSON object or array."""
    text = text.strip()
    if text[:1] + text[-1:] not in ("{}", "[]"):
        return False
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _plain(text: str) -> str:
    """Return *text* as words in one line that no reader takes for markup or a link."""
    words = _NO_WORDS.sub(" ", _MARKS.sub(" ", text)).strip()
    return words if len(words) <= LONGEST_TITLE else words[: LONGEST_TITLE - 1] + "…"
