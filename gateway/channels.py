"""The texts of an answer as they grow from delta to delta, and what repeats them."""

import re
from collections.abc import Container, Sequence

from gateway.domain.chat import Delta, Fragment
from gateway.domain.findings import Finding, Where, masked
from gateway.domain.json import JSON, Object, Path
from gateway.redaction import ends_inside, masked_json
from gateway.windows import Ready, Window

_ENVELOPE = ("id", "object", "created", "model", "system_fingerprint", "service_tier")
_SILENT = frozenset({*_ENVELOPE, "provider", "obfuscation"})
"""Fields around the choices that alone are no reason to send a delta."""


class Channel:
    """One string of an answer, over all its deltas."""

    __slots__ = ("delta", "index", "inside", "is_json", "is_whole", "path", "place", "text", "where", "window")

    def __init__(self, fragment: Fragment) -> None:
        self.index, name = fragment.channel
        """Which choice it belongs to; -1 for none."""
        self.place = _place(fragment)
        is_call = name.startswith(("tool_calls", "function_call"))
        self.where = Where.TOOL_CALL if is_call else Where.RESPONSE
        self.is_json = is_call and name.endswith(".arguments")
        self.is_whole = not fragment.grows
        """Whether its text is complete in one delta."""
        self.inside = False
        """Whether what was released so far ends inside a JSON string."""
        self.window = Window()
        self.delta = Delta({})
        """The delta that brought the last piece, which there was `text` at `path`."""
        self.path: Path = ()
        self.text = ""

    def receive(self, fragment: Fragment, delta: Delta) -> None:
        """Add the text of *fragment*, which came in *delta*."""
        self.window.feed(fragment.text)
        self.delta, self.path, self.text = delta, fragment.path, fragment.text

    def released(self, ready: Ready, hide: Sequence[Finding] = ()) -> str:
        """Return the text of *ready* with masks for what it must *hide*."""
        if self.is_json:
            inside, self.inside = self.inside, ends_inside(ready.text, inside=self.inside)
            return masked_json(ready.text, hide, inside=inside) if hide else ready.text
        return masked(ready.text, hide) if hide else ready.text

    def may_pause(self) -> bool:
        """Return whether what is pending may leave because another channel of its choice speaks now.

        Plain words may: were the text to go on after all, they would be no more than the first letters of a finding
        whose rest is still masked. Without it the last word before a tool call would come after the call.
        """
        pending = self.window.pending
        return 0 < len(pending) <= 64 and self.where is Where.RESPONSE and _PLAIN_WORDS.fullmatch(pending) is not None

    def alone(self, text: str) -> Delta:
        """Return a delta that carries nothing but *text* of this channel, made like the last one that had some."""
        raw = self.delta.raw
        choices = raw["choices"]
        choice = choices[self.path[1]] if isinstance(choices, list) and isinstance(self.path[1], int) else None
        only = _only(choice, self.path[2:], text)
        envelope: Object = {name: raw[name] for name in _ENVELOPE if name in raw}
        fields = only if isinstance(only, dict) else {}
        return Delta(
            {**envelope, "choices": [{**fields, "index": self.index, "logprobs": None, "finish_reason": None}]}
        )


_PLAIN_WORDS = re.compile(r"[^\d@/\\_=+%&#<>\"'`-]*")


def _place(fragment: Fragment) -> str:
    """Return where the text of *fragment* stands in the whole answer, whether it streams or not."""
    index, name = fragment.channel
    if index < 0:
        return name
    within = "message." if len(fragment.path) > 2 and fragment.path[2] in ("delta", "message") else ""
    return f"choices[{index}].{within}{name}"


def _only(value: JSON, path: Path, text: str) -> JSON:
    """Return *value* with only the string at *path*, now *text*, and what tells its place: `index` and `type`."""
    if not path:
        return text
    step, rest = path[0], path[1:]
    if isinstance(value, list) and isinstance(step, int):
        return [_only(value[step], rest, text)]
    if isinstance(value, dict) and isinstance(step, str):
        return {name: value[name] for name in ("index", "type") if name in value} | {
            step: _only(value[step], rest, text)
        }
    return None


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


def _joined(logprobs: Sequence[JSON]) -> JSON:
    """Return one object for several: their lists, such as `content` and `tokens`, end to end."""
    if len(logprobs) < 2:
        return logprobs[0] if logprobs else None
    joined: Object = {}
    for part in logprobs:
        for name, entries in (part if isinstance(part, dict) else {}).items():
            before = joined.get(name)
            if isinstance(before, list) and isinstance(entries, list):
                joined[name] = [*before, *entries]
            else:
                joined[name] = entries or before
    return joined


def is_silent(raw: Object) -> bool:
    """Return whether a delta says nothing: no text, role, call, reason to finish or usage."""
    return all(name in _SILENT or _is_empty(value) for name, value in raw.items())


def _is_empty(value: JSON) -> bool:
    if isinstance(value, dict):
        return all(name == "index" or _is_empty(item) for name, item in value.items())
    if isinstance(value, list):
        return all(map(_is_empty, value))
    return value is None or value == ""
