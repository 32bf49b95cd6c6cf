"""Answers on their way home: tokens become the values again for which they stood.

It comes after the guard: what the model says is judged while the tokens still stand in it, so a restored value is the
caller's own and is not judged again. A whole answer is a stream with one delta here too.
"""

import html
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from typing import cast
from urllib.parse import quote

from gateway.channels import Channel, without
from gateway.domain.chat import Delta, Dialect, Fragment
from gateway.domain.findings import Finding
from gateway.domain.json import JSON, Object, Path, replaced
from gateway.jsonstrings import Quoting, escaped
from gateway.placeholders import Escape, Form, could_hold, forms, outside, unfinished
from gateway.pseudonyms import Pseudonyms

Find = Callable[[Sequence[str]], Awaitable[list[list[Finding]]]]
"""Finds in each of the texts."""
Note = Callable[[Delta], None]
"""Takes down a delta as it was judged, before the values come into it."""


def _forget(_: Delta) -> None:
    """Take nothing down."""


async def restore(
    deltas: AsyncGenerator[Delta, None], pseudonyms: Pseudonyms, *, dialect: Dialect, note: Note = _forget
) -> AsyncGenerator[Delta, None]:
    """Yield *deltas*, which speak *dialect*, with the values of *pseudonyms* in the place of their tokens.

    That is so in every text of the answer but for what is signed. Inside JSON a value is written as JSON. A delta that
    needs no change is passed on as the same object. Text that could be the beginning of a live token is withheld until
    it is one or not, and comes out before its part of the answer finishes. Log-probabilities of text that was withheld
    or restored are dropped. Closes *deltas* whatever happens.
    """
    answer = _Answer(pseudonyms, dialect)
    async with aclosing(deltas):
        async for delta in deltas:
            note(delta)
            for restored in answer.restored(delta):
                yield restored
        for rest in answer.rest():
            yield rest


def restored(text: str, pseudonyms: Pseudonyms) -> str:
    """Return the prose *text* with the values of *pseudonyms* in the place of their tokens."""
    parts: list[str] = []
    done = 0
    for form in forms(text, pseudonyms.value, 0):
        parts += text[done : form.start], pseudonyms.value(form.name) or ""
        done = form.end
    parts.append(text[done:])
    return "".join(parts)


def sparing(find: Find, pseudonyms: Pseudonyms) -> Find:
    """Return *find* without what it finds in the tokens of *pseudonyms*: a guard is to leave them alone."""

    async def spared(texts: Sequence[str]) -> list[list[Finding]]:
        found = await find(texts)
        if not pseudonyms:
            return found
        return [
            outside(text, each, pseudonyms.value) if each else each for text, each in zip(texts, found, strict=True)
        ]

    return spared


class _Answer:
    """What is known of an answer between its deltas."""

    def __init__(self, pseudonyms: Pseudonyms, dialect: Dialect) -> None:
        self._pseudonyms = pseudonyms
        self._dialect = dialect
        self._texts: dict[tuple[int, str], _Text] = {}
        """The texts that grow."""

    def restored(self, delta: Delta) -> Sequence[Delta]:
        """Return what may be sent on now that *delta* has come."""
        if not self._pseudonyms:
            return (delta,)
        found = [fragment for fragment in self._dialect.fragments(delta) if not fragment.is_signed]
        texts = {fragment.path: self._taken(fragment, delta) for fragment in found}
        before = self._finished(delta, texts)
        changes: dict[Path, JSON] = {
            fragment.path: texts[fragment.path] for fragment in found if texts[fragment.path] != fragment.text
        }
        if not changes:
            return (*before, delta)
        raw = cast(Object, replaced(delta.raw, changes | dict(self._logprobs(delta, changes))))
        return before if self._dialect.is_silent(raw) else (*before, Delta(raw))

    def rest(self) -> list[Delta]:
        """Return what was withheld, now that nothing follows."""
        return [text.channel.alone(text.rest()) for text in self._texts.values() if text.held]

    def _taken(self, fragment: Fragment, delta: Delta) -> str:
        """Return what may be sent on of the text to which *fragment* belongs."""
        if not fragment.grows:
            whole = _Text(Channel(fragment, self._dialect), self._pseudonyms)
            return whole.take(fragment.text) + whole.rest()
        text = self._texts.get(fragment.channel)
        if text is None:
            text = self._texts[fragment.channel] = _Text(Channel(fragment, self._dialect), self._pseudonyms)
        text.channel.delta, text.channel.path = delta, fragment.path
        return text.take(fragment.text)

    def _finished(self, delta: Delta, texts: dict[Path, str]) -> list[Delta]:
        """Add to *texts* of *delta* what was withheld of choices that end with it; return what has no place there."""
        held = [text for text in self._texts.values() if text.held]
        over = {part.index for part in self._dialect.parts(delta) if part.over} if held else ()
        before: list[Delta] = []
        for text in held:
            channel = text.channel
            if channel.index in over:
                if channel.delta is delta:
                    texts[channel.path] += text.rest()
                else:
                    before.append(channel.alone(text.rest()))
        return before

    def _logprobs(self, delta: Delta, changes: dict[Path, JSON]) -> Iterator[tuple[Path, JSON]]:
        """Yield where in *delta* log-probabilities stand of a part that *changes* something in, and what for them."""
        for part in self._dialect.parts(delta):
            if part.raw.get("logprobs") and any(path[: len(part.path)] == part.path for path in changes):
                yield (*part.path, "logprobs"), without(part.raw["logprobs"])


class _Text:
    """One text of an answer as it grows."""

    __slots__ = ("_before", "_pseudonyms", "_quoting", "_unread", "channel", "held")

    def __init__(self, channel: Channel, pseudonyms: Pseudonyms) -> None:
        self.channel = channel
        self.held = ""
        """What came and was not sent on yet."""
        self._pseudonyms = pseudonyms
        self._before = ""
        """The last character before it."""
        must_quote = self.channel.is_json or pseudonyms.fragile
        self._quoting = Quoting(is_json=self.channel.is_json) if must_quote else None
        self._unread: list[str] = []
        """What was sent on that `_quoting` has not been fed yet."""

    def take(self, text: str) -> str:
        """Return what may be sent on now that *text* has come."""
        if not self.held and not could_hold(text):
            return self._sent(text)
        text, start = self._before + self.held + text, len(self._before)
        end = unfinished(text, self._pseudonyms.may_become, start)
        self.held = text[end:]
        return self._restored(text[:end], start)

    def rest(self) -> str:
        """Return what is left, now that nothing follows."""
        text, self.held = self._before + self.held, ""
        return self._restored(text, len(self._before))

    def _restored(self, text: str, start: int) -> str:
        """Return *text* from *start* with values for tokens."""
        parts: list[str] = []
        done = start
        for form in forms(text, self._pseudonyms.value, start):
            parts += self._sent(text[done : form.start]), self._sent(self._written(form))
            self._before = text[form.end - 1]
            done = form.end
        parts.append(self._sent(text[done:]))
        return "".join(parts)

    def _sent(self, text: str) -> str:
        if text:
            self._before = text[-1]
            if self._quoting is not None:
                self._unread.append(text)
        return text

    def _written(self, form: Form) -> str:
        """Return the value for *form* as the place wants it, which is where the text has been sent up to."""
        value = self._pseudonyms.value(form.name) or ""
        if form.escape is Escape.HTML:
            value = html.escape(value, quote=False).replace('"', "&quot;")
        elif form.escape is Escape.PERCENT:
            value = quote(value, safe="")
        if self._quoting is None:
            return value
        self._quoting.feed("".join(self._unread))
        self._unread.clear()
        if self.channel.is_json and self._quoting.depth == 0:
            return json.dumps(value, ensure_ascii=False)
        return escaped(value, self._quoting.depth)
