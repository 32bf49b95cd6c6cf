"""Events of a stream that arrive together, joined where they differ in nothing but the words that they say.

Events come several at once when the network or the gateway was busy for a moment. To judge, record and send each of
them costs as much as to do so with all; joined, the reader gets the same words in the same moment: a stream of 37
events that came in two or three bursts cost a fifth less. Events that arrive one by one stay as they are, byte for
byte, and so does each that says anything besides its words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import orjson

from gateway.domain.chat import Delta, Dialect
from gateway.domain.findings import Where
from gateway.domain.json import JSON, Object, Path, replaced

_AROUND = frozenset({"id", "object", "created", "model", "system_fingerprint", "service_tier", "provider", "type",
                     "index", "finish_reason", "logprobs", "usage"})  # fmt: skip
"""Fields beside the words that tell nothing of one word in particular, if what they hold is no list or object."""


class Burst:
    """Events of one stream in its *dialect* between two calls of `end`, which says what they come to.

    Each is handed to `goes_on` and, if it does not, after `end` to `begin`.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._form: _Form | None = None
        """What the last event that had to be read looked like, if it said words and nothing else."""
        self._proven = False
        self._read: Delta | None = None
        """That event, until it is told."""
        self._words: list[str] = []
        """What it and those that went on from it say, until that is told."""
        self._wire = b""
        """The last one of them."""

    def goes_on(self, wire: bytes) -> bool:
        """Return whether the event *wire* says the next words of the one before and nothing else; if so, take it."""
        form = self._form
        words = form.words(wire) if form else None
        if words is None or form is None:
            return False
        if not self._proven:
            self._proven = form.holds()
            if not self._proven:
                self._form = None
                return False
        self._words.append(words)
        self._wire = wire
        return True

    def begin(self, delta: Delta) -> None:
        """Take *delta*, which does not go on from what was taken before."""
        self._read, self._form, self._proven = delta, _form(delta, self._dialect), False
        if self._form:
            self._words.append(self._form.said)

    def end(self) -> Sequence[Delta]:
        """Return what was taken, at most one delta, and forget it."""
        read, self._read = self._read, None
        words, self._words = self._words, []
        if read and len(words) < 2:
            return (read,)
        if not words or self._form is None:
            return ()
        return (self._form.saying("".join(words), self._wire if len(words) == 1 else None),)


@dataclass(frozen=True, slots=True)
class _Form:
    """What all events look like that differ from one, which says words and nothing else, in the words alone."""

    raw: Object
    path: Path
    """Where in it the words stand."""
    said: str
    before: bytes
    """Its bytes up to the string of the words."""
    after: bytes

    def words(self, wire: bytes) -> str | None:
        """Return the words of the event *wire*; `None` if it is no such event."""
        if not (wire.startswith(self.before) and wire.endswith(self.after)):
            return None
        try:
            words = orjson.loads(wire[len(self.before) : -len(self.after)])
        except orjson.JSONDecodeError:
            return None
        return words if isinstance(words, str) else None

    def saying(self, words: str, wire: bytes | None = None) -> Delta:
        """Return the event that says *words*, as which *wire* arrived; without it, that is made."""
        raw = cast(Object, replaced(self.raw, {self.path: words}))
        return Delta(raw, self.before + orjson.dumps(words) + self.after if wire is None else wire)

    def holds(self) -> bool:
        """Return whether its bytes really are cut around the words, whose string may also stand elsewhere in them."""
        other = self.saying(f"other than {self.said}")
        try:
            return bool(orjson.loads(cast(bytes, other.wire)) == other.raw)
        except orjson.JSONDecodeError:
            return False


def _form(delta: Delta, dialect: Dialect) -> _Form | None:
    """Return the form of *delta*; `None` if it says anything but words that may go on."""
    if delta.wire is None or "sequence_number" in delta.raw:  # no two of those that are numbered are alike
        return None
    fragments = dialect.fragments(delta)
    if len(fragments) != 1:
        return None
    said = fragments[0]
    goes_on = said.grows and said.where is Where.RESPONSE and not (said.is_json or said.repeats or said.is_signed)
    if not goes_on or not _is_bare(delta.raw, said.path) or any(part.over for part in dialect.parts(delta)):
        return None
    before, found, after = delta.wire.partition(orjson.dumps(said.text))
    return _Form(delta.raw, said.path, said.text, before, after) if found else None


def _is_bare(value: JSON, path: Path) -> bool:
    """Return whether *value* holds what stands at *path* and, beside it, nothing that could be about those words."""
    if not path:
        return True
    step = path[0]
    if isinstance(value, list):
        return len(value) == 1 and step == 0 and _is_bare(value[0], path[1:])
    if not isinstance(value, dict):
        return False
    return all(
        _is_bare(item, path[1:]) if name == step else name in _AROUND and not (isinstance(item, list | dict) and item)
        for name, item in value.items()
    )
