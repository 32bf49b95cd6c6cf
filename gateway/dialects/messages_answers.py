"""Answers of Anthropic's messages: content blocks, whole or as an event stream.

Shapes: https://docs.anthropic.com/en/docs/build-with-claude/streaming
"""

from collections.abc import Sequence

from gateway.dialects.texts import ANSWER_KEYS
from gateway.dialects.thoughts import signed, type_of
from gateway.domain.chat import Call, Citation, Cites, Delta, Fragment, Part, Said, Signature
from gateway.domain.documents import Chunk
from gateway.domain.findings import Where
from gateway.domain.json import JSON, Object, Path, place, strings
from gateway.domain.runs import Usage

_STRUCTURE = frozenset({"type", "id", "role", "model", "stop_reason", "usage", "index", "tool_use_id", "signature",
                        "encrypted_content", "encrypted_index", "expires_at"})  # fmt: skip
"""Fields that are the protocol's own, or that nobody but the provider can read."""
_KNOWN = ANSWER_KEYS | _STRUCTURE
_CALLS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})
_GROWS_BY = {"text": "text_delta", "thinking": "thinking_delta", "partial_json": "input_json_delta"}
"""Field of a delta to the type of the delta that makes it longer."""
_INSIDE = {"message_start": "message", "message_delta": "delta"}
"""Type of an event about the message to the field of it that says something of the message."""
_USUAL = frozenset({"type", "text"})
_DELTA: Path = ("delta",)
_TEXT: Path = ("delta", "text")


class MessagesAnswers:
    """The answer's half of a dialect."""

    annotates = False
    has_parts = True

    def with_part(self, delta: Delta, text: str, position: int) -> list[Delta] | None:
        """Return *delta*, a whole answer or the event that names its reason to stop, with a block that says *text*."""
        raw = delta.raw
        block: Object = {"type": "text", "text": text}
        if self.is_answer(raw):
            content = raw["content"]
            return [Delta({**raw, "content": [*content, block] if isinstance(content, list) else content})]
        if type_of(raw) != "message_delta":
            return None
        opening: Object = {"type": "content_block_start", "index": position, "content_block": {**block, "text": ""}}
        words: Object = {"type": "text_delta", "text": text}
        saying: Object = {"type": "content_block_delta", "index": position, "delta": words}
        return [Delta(opening), Delta(saying), Delta({"type": "content_block_stop", "index": position}), delta]

    def fragments(self, delta: Delta) -> list[Fragment]:
        """Return the strings of *delta* that a reader of the answer would see, in order.

        A block's index and field are their channel. Strings directly in a delta or in the start of a block may grow;
        any other string is whole in itself. A tool's input grows as JSON, and is JSON's strings in a whole answer.
        """
        raw = delta.raw
        kind = type_of(raw)
        if kind == "content_block_delta":
            return _of_delta(raw)
        if kind == "content_block_start":
            return _of_block(raw.get("content_block"), _index(raw), ("content_block",))
        field = _INSIDE.get(kind)
        if field is None:
            return self._of_message(raw, ())
        around = {name: value for name, value in raw.items() if name != field}
        return self._of_message(raw.get(field), (field,)) + self.strays(around)

    def parts(self, delta: Delta) -> list[Part]:
        """Return the content blocks of *delta*."""
        raw = delta.raw
        if isinstance(raw.get("index"), int):
            signatures = _signature(raw, "delta") or _signature(raw, "content_block")
            over = raw.get("type") == "content_block_stop" or bool(signatures)
            return [Part(_index(raw), (), raw, over, signatures=signatures)]
        message = raw.get("message") if raw.get("type") == "message_start" else raw
        content = message.get("content") if isinstance(message, dict) else None
        at: Path = ("content",) if message is raw else ("message", "content")
        return [
            Part(position, (*at, position), block, over=message is raw, signatures=_signed(block, (*at, position)))
            for position, block in enumerate(content if isinstance(content, list) else ())
            if isinstance(block, dict)
        ]

    def calls(self, delta: Delta) -> list[Call]:
        """Return the tool uses that *delta* speaks of, also those of tools that the provider runs."""
        raw = delta.raw
        kind = type_of(raw)
        if kind == "content_block_start":
            return _calls(raw.get("content_block"), _index(raw))
        if kind == "content_block_delta":
            added = raw.get("delta")
            asks = isinstance(added, dict) and bool(added.get("partial_json"))
            return [Call(f"content[{_index(raw)}]", asks=True)] if asks else []
        message = raw.get("message") if kind == "message_start" else raw
        content = message.get("content") if isinstance(message, dict) else None
        blocks = enumerate(content if isinstance(content, list) else ())
        return [call for position, block in blocks for call in _calls(block, position)]

    def place(self, fragment: Fragment) -> str:
        """Return where the text of *fragment* stands in the whole answer, whether it streams or not."""
        index, name = fragment.channel
        return name if index < 0 else f"content[{index}].{name}"

    def alone(self, delta: Delta, path: Path, index: int, text: str) -> Delta:
        """Return a delta of block *index* that carries nothing but *text*, made like *delta* with text at *path*."""
        field = str(path[-1])
        before = delta.raw.get("delta")
        given = before.get("type") if isinstance(before, dict) else None
        kind = _GROWS_BY.get(field) or (given if isinstance(given, str) else f"{field}_delta")
        return Delta({"type": "content_block_delta", "index": index, "delta": {"type": kind, field: text}})

    def is_silent(self, raw: Object) -> bool:
        """Return whether *raw* is a delta of a block that adds nothing to it."""
        delta = raw.get("delta")
        if raw.get("type") != "content_block_delta" or not isinstance(delta, dict):
            return False
        return all(not value for name, value in delta.items() if name != "type")

    def said(self, raw: Object) -> Said:
        """Return what the delta *raw* tells about the answer."""
        inner = raw.get(_INSIDE.get(type_of(raw), ""))
        told = inner if isinstance(inner, dict) else raw
        model, reason, usage = told.get("model"), told.get("stop_reason"), raw.get("usage") or told.get("usage")
        return Said(
            model if isinstance(model, str) else "",
            (reason,) if isinstance(reason, str) else (),
            _usage(usage) if isinstance(usage, dict) else None,
        )

    def cited(
        self, delta: Delta, part: Part, sources: Sequence[Chunk], citations: Sequence[Citation], cites: frozenset[Cites]
    ) -> tuple[list[Delta], Delta]:
        """Return *delta* as it is: the model cites its documents itself, and in no form that *cites* knows."""
        return [], delta

    def is_answer(self, raw: Object) -> bool:
        """Return whether the body *raw* is a message."""
        return raw.get("type") == "message" and isinstance(raw.get("content"), list)

    def ends(self, raw: Object) -> bool:
        """Return whether the event *raw* is the last one."""
        return raw.get("type") == "message_stop"

    def strays(self, raw: Object, at: Path = ()) -> list[Fragment]:
        """Return the strings of *raw*, which stands at *at*, that belong to no block."""
        return [
            Fragment((-1, place(path[len(at) :])), path, text, grows=False)
            for name, value in raw.items()
            if name not in _STRUCTURE
            for path, text in strings(value, (*at, name), _KNOWN)
            if text and path[-1] not in _STRUCTURE
        ]

    def _of_message(self, message: JSON, at: Path) -> list[Fragment]:
        if not isinstance(message, dict):
            return []
        content = message.get("content")
        if not isinstance(content, list):
            return self.strays(message, at)
        found = self.strays({name: value for name, value in message.items() if name != "content"}, at)
        for position, block in enumerate(content):
            found += _of_block(block, position, (*at, "content", position))
        return found


def _signature(raw: Object, field: str) -> tuple[Signature, ...]:
    """Return the signature that the event *raw* has in *field*: it is the last of its block."""
    return _signed(raw.get(field), (field,))


def _signed(block: JSON, at: Path) -> tuple[Signature, ...]:
    return (Signature("thinking", (*at, "signature")),) if signed(block) else ()


def _calls(block: JSON, index: int) -> list[Call]:
    if not isinstance(block, dict) or type_of(block) not in _CALLS:
        return []
    name = block.get("name")
    return [Call(f"content[{index}]", name if isinstance(name, str) else "", asks=True)]


def _index(raw: Object) -> int:
    index = raw.get("index")
    return index if isinstance(index, int) else 0


def _of_delta(raw: Object) -> list[Fragment]:
    """Return the fragments of an event that makes a block longer."""
    delta, index = raw.get("delta"), _index(raw)
    if not isinstance(delta, dict):
        return []
    text = delta.get("text")
    if delta.keys() == _USUAL and isinstance(text, str):  # as nearly all are
        return [Fragment((index, "text"), _TEXT, text, grows=True)] if text else []
    partial = delta.get("partial_json")
    if isinstance(partial, str):
        name, path = (index, "input"), ("delta", "partial_json")
        found = [Fragment(name, path, partial, True, Where.TOOL_CALL, is_json=True)] if partial else []
        rest = {name: value for name, value in delta.items() if name != "partial_json"}
        return found + _of_block(rest, index, _DELTA)
    citation = delta.get("citation")
    if isinstance(citation, dict):
        rest = {name: value for name, value in delta.items() if name != "citation"}
        return _nested(citation, index, "citations", ("delta", "citation")) + _of_block(rest, index, _DELTA)
    return _of_block(delta, index, _DELTA)


def _of_block(block: JSON, index: int, at: Path) -> list[Fragment]:
    """Return the fragments of *block*, which stands at *at*: a content block, or what is added to one."""
    if not isinstance(block, dict):
        return _nested(block, index, "", at)
    kind = type_of(block)
    where = Where.TOOL_CALL if kind in _CALLS else Where.RESPONSE
    found: list[Fragment] = []
    for name, value in block.items():
        if name in _STRUCTURE or (name == "data" and kind == "redacted_thinking"):
            continue
        if where is Where.TOOL_CALL and name == "input":
            found += [
                Fragment((index, name), path, text, False, where)
                for path, text in strings(value, (*at, name), _KNOWN)
                if text
            ]
        elif not isinstance(value, str):
            found += _nested(value, index, name, (*at, name))
        elif value:
            grows = name in ("text", "thinking") or at == _DELTA
            found.append(Fragment((index, name), (*at, name), value, grows, where, is_signed=name == "thinking"))
    return found


def _nested(value: JSON, index: int, name: str, at: Path) -> list[Fragment]:
    """Return the strings in *value*, which is *name* of a block, each whole in itself."""
    return [
        Fragment((index, _named(name, path[len(at) :])), path, text, grows=False)
        for path, text in strings(value, at, _KNOWN)
        if text and path[-1] not in _STRUCTURE
    ]


def _named(name: str, within: Path) -> str:
    """Return how a string *within* the field *name* is called, at whichever position of a list it stands."""
    return ".".join(filter(None, (name, *(step for step in within if isinstance(step, str)))))


def _usage(usage: Object) -> Usage:
    """Return the tokens of *usage*; those that came from a cache, or went into it, count as read."""
    read = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    counts = [usage.get(name) for name in (*read, "output_tokens")]
    *prompt, completion = [count if isinstance(count, int) else 0 for count in counts]
    return Usage(sum(prompt), completion)
