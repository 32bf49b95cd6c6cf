"""The strings of an output item: what each is, and which text of the answer it belongs to."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from gateway.dialects.items import is_json_call, is_sealed
from gateway.dialects.texts import ANSWER_KEYS
from gateway.domain.chat import Fragment
from gateway.domain.findings import Where
from gateway.domain.json import JSON, Object, Path, place, strings

CONTENT, SUMMARY, REASONING = "content", "summary", "reasoning_text"
"""Names of the texts that parts of items are there for."""

STRUCTURE = frozenset({
    "id", "type", "role", "status", "object", "call_id", "item_id", "container_id", "sequence_number", "output_index",
    "content_index", "summary_index", "annotation_index", "obfuscation", "phase", "logprobs", "approval_request_id",
    "execution",
})  # fmt: skip
"""Fields of items, parts and events that are the protocol's own."""

ENVELOPE = frozenset({
    "id", "object", "created_at", "completed_at", "status", "model", "usage", "background", "service_tier",
    "previous_response_id", "parallel_tool_calls", "temperature", "top_p", "truncation",
})  # fmt: skip
"""Fields around the output that say nothing of anybody's; the others may repeat words of the request."""

_CALLING = frozenset({"arguments", "name", "input", "code", "action", "actions", "operation", "queries"})
"""Fields of a call that tell what a tool is to do."""

_GROWING = frozenset({"arguments", "input", "code"})
"""Those of them that come in pieces."""

_KNOWN = ANSWER_KEYS | STRUCTURE | ENVELOPE | _CALLING

_MOST = 1 << 16
"""More parts than one item has."""


class Section(Enum):
    """Where in an item a part of the answer stands."""

    ITEM = ""
    CONTENT = "content"
    SUMMARY = "summary"

    def index(self, output: JSON, position: JSON) -> int:
        """Return the number of the part at *position* of this section in item *output*."""
        return (_number(output) * len(_SECTIONS) + _SECTIONS.index(self)) * _MOST + _number(position)


_SECTIONS = (Section.ITEM, Section.CONTENT, Section.SUMMARY)
_POSITIONS = {Section.CONTENT: "content_index", Section.SUMMARY: "summary_index"}


@dataclass(frozen=True, slots=True)
class Place:
    """One text of an item, as the events of a family are about it."""

    section: Section
    channel: str
    field: str
    """Where the event that ends the text repeats it."""
    where: Where = Where.RESPONSE
    is_json: bool = False

    def index(self, raw: Object) -> int:
        """Return the number of the part that the event *raw* is about."""
        position = 0 if self.section is Section.ITEM else raw.get(_POSITIONS[self.section])
        return self.section.index(raw.get("output_index"), position)

    def fragment(self, raw: Object, path: Path, text: str, *, grows: bool = False, repeats: bool = False) -> Fragment:
        """Return *text*, which stands at *path* of the event *raw*."""
        return Fragment((self.index(raw), self.channel), path, text, grows, self.where, self.is_json, repeats)


def told(index: int, channel: str) -> str:
    """Return where in a whole answer the text *channel* of part *index* stands."""
    if index < 0:
        return channel
    rest, position = divmod(index, _MOST)
    output, section = divmod(rest, len(_SECTIONS))
    within = _SECTIONS[section].value
    part = f"output[{output}].{within}[{position}]" if within else f"output[{output}]"
    return f"{part}.{'text' if channel in (CONTENT, SUMMARY, REASONING) else channel}"


def of_item(item: Object, output: JSON, at: Path, *, repeats: bool) -> Iterator[Fragment]:
    """Yield the strings of *item*, number *output* of the answer."""
    index = Section.ITEM.index(output, 0)
    for name, value in item.items():
        if name in (Section.CONTENT.value, Section.SUMMARY.value) and isinstance(value, list):
            for position, part in enumerate(value):
                section = Section(name)
                yield from of_part(
                    part, section.index(output, position), section, (*at, name, position), repeats=repeats
                )
        elif name == "encrypted_content" and isinstance(value, str) and is_sealed(item, value):
            continue
        elif name not in STRUCTURE:
            where = Where.TOOL_CALL if name in _CALLING else Where.RESPONSE
            is_json, grows = is_json_call(item, name), name in _GROWING and isinstance(value, str) and not repeats
            for path, text in _strings(value, (*at, name)):
                channel = index, place(path[len(at) :])
                yield Fragment(channel, path, text, grows, where, is_json, repeats)


def of_part(part: JSON, index: int, section: Section, at: Path, *, repeats: bool) -> Iterator[Fragment]:
    """Yield the strings of *part*, which is number *index* and stands in a *section* of its item."""
    if not isinstance(part, dict):
        yield from rest(part, index, at, "text")
        return
    for name, value in part.items():
        if name in ("text", "refusal") and isinstance(value, str):
            if value:
                channel = _text(part, section) if name == "text" else name
                yield Fragment((index, channel), (*at, name), value, not repeats, repeats=repeats)
        elif name not in STRUCTURE:
            yield from rest(value, index, (*at, name), name, repeats=repeats)


def rest(value: JSON, index: int, at: Path, channel: str, *, repeats: bool = False) -> Iterator[Fragment]:
    """Yield the strings in *value* at *at*, each whole in itself; *channel* is what *value* is called."""
    for path, text in _strings(value, at):
        within = place(("", *path[len(at) :]))
        yield Fragment((index, channel + within), path, text, False, repeats=repeats)


def _strings(value: JSON, at: Path) -> Iterator[tuple[Path, str]]:
    """Yield the strings in *value*, empty ones and types apart, and the keys that are nobody's usual words."""
    found = strings(value, at, _KNOWN)
    return ((path, text) for path, text in found if text and (path == at or path[-1] != "type"))


def _text(part: Object, section: Section) -> str:
    """Return what the text of *part* is called."""
    if section is Section.SUMMARY:
        return SUMMARY
    return REASONING if part.get("type") == "reasoning_text" else CONTENT


def _number(value: JSON) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST else _MOST - 1
