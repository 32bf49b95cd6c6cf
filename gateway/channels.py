"""The texts of an answer as they grow from delta to delta, and what repeats them."""

import re
from collections.abc import Container, Sequence
from typing import cast

from gateway.domain.chat import Delta, Dialect, Fragment
from gateway.domain.findings import Finding, Where, rewritten
from gateway.domain.json import JSON, Object, Path
from gateway.redaction import Write, ends_inside, mask, masked_json
from gateway.windows import Ready, Window


class Channel:
    """One string of an answer, over all its deltas."""

    __slots__ = (
        "_dialect",
        "delta",
        "index",
        "inside",
        "is_json",
        "is_signed",
        "is_whole",
        "name",
        "path",
        "place",
        "repeats",
        "text",
        "where",
        "window",
    )

    def __init__(self, fragment: Fragment, dialect: Dialect, *, by_sentence: bool = False) -> None:
        self.index = fragment.channel[0]
        """Which part of the answer it belongs to; -1 for none."""
        self.name = fragment.channel
        self.place = dialect.place(fragment)
        self.where = fragment.where
        self.is_json = fragment.is_json
        self.is_signed = fragment.is_signed
        self._dialect = dialect
        self.is_whole = not fragment.grows
        """Whether its text is complete in one delta."""
        self.repeats = fragment.repeats
        """Whether its text was judged and noted before, in another channel."""
        self.inside = False
        """Whether what was released so far ends inside a JSON string."""
        self.window = Window(by_sentence=by_sentence and fragment.grows)
        self.delta = Delta({})
        """The delta that brought the last piece, which there was `text` at `path`."""
        self.path: Path = ()
        self.text = ""

    def receive(self, fragment: Fragment, delta: Delta) -> None:
        """Add the text of *fragment*, which came in *delta*."""
        self.window.feed(fragment.text)
        self.delta, self.path, self.text = delta, fragment.path, fragment.text

    def released(self, ready: Ready, hide: Sequence[Finding] = (), write: Write = mask) -> str:
        """Return the text of *ready* with what *write* makes of each value that it must *hide*."""
        if self.is_json:
            inside, self.inside = self.inside, ends_inside(ready.text, inside=self.inside)
            return masked_json(ready.text, hide, inside=inside, write=write) if hide else ready.text
        return rewritten(ready.text, hide, write) if hide else ready.text

    def may_pause(self) -> bool:
        """Return whether what is pending may leave because another channel of its choice speaks now.

        Plain words may: were the text to go on after all, they would be no more than the first letters of a finding
        whose rest is still masked. Without it the last word before a tool call would come after the call.
        """
        pending = self.window.pending
        return 0 < len(pending) <= 64 and self.where is Where.RESPONSE and _PLAIN_WORDS.fullmatch(pending) is not None

    def alone(self, text: str) -> Delta:
        """Return a delta that carries nothing but *text* of this channel, made like the last one that had some."""
        return self._dialect.alone(self.delta, self.path, self.index, text)


_PLAIN_WORDS = re.compile(r"[^\d@/\\_=+%&#<>\"'`-]*")


class Choice:
    """One of the answers that a request may ask for: its channels, and the log-probabilities that repeat their text."""

    __slots__ = ("channels", "is_masked", "speaking", "waiting")

    def __init__(self) -> None:
        self.channels: list[Channel] = []
        self.is_masked = False
        """Whether a mask has been put into one of its texts."""
        self.speaking: Channel | None = None
        """The channel that grew last."""
        self.waiting: list[tuple[list[tuple[Window, int]], JSON]] = []
        """Log-probabilities, and how far each text must have been released before they may leave."""

    def turn(self, touched: Container[Channel | None]) -> Channel | None:
        """Note which of the *touched* channels speaks now; return the one that did and may pause for it."""
        before = self.speaking
        if before in touched:
            return None
        for channel in self.channels:
            if channel in touched:
                self.speaking = channel
                return before if before and before.may_pause() else None
        return None

    def hold(self, logprobs: JSON) -> None:
        """Keep *logprobs* until all text that has arrived so far is released."""
        self.waiting.append(([(channel.window, channel.window.fed) for channel in self.channels], logprobs))

    def logprobs(self) -> JSON:
        """Return the log-probabilities that may leave now; none any more once a text was masked."""
        free: list[JSON] = []
        while self.waiting and all(window.released >= fed for window, fed in self.waiting[0][0]):
            free.append(self.waiting.pop(0)[1])
        if self.is_masked:
            self.waiting.clear()
            return None
        return _joined(free)


def without(logprobs: JSON) -> JSON:
    """Return what stands for no log-probabilities where *logprobs* stood."""
    return [] if isinstance(logprobs, list) else None


def _joined(logprobs: Sequence[JSON]) -> JSON:
    """Return one for several: lists, or the lists in objects such as `content` and `tokens`, end to end."""
    if len(logprobs) < 2:
        return logprobs[0] if logprobs else None
    if all(isinstance(part, list) for part in logprobs):
        return [entry for part in logprobs for entry in cast("list[JSON]", part)]
    joined: Object = {}
    for part in logprobs:
        for name, entries in (part if isinstance(part, dict) else {}).items():
            before = joined.get(name)
            if isinstance(before, list) and isinstance(entries, list):
                joined[name] = [*before, *entries]
            else:
                joined[name] = entries or before
    return joined
