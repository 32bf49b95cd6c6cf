"""Signed thoughts in chat completions: LiteLLM's `thinking_blocks`, which come back with the message that they were in.

Shapes: https://docs.litellm.ai/docs/reasoning_content
"""

from collections.abc import Iterator
from dataclasses import replace
from operator import is_
from typing import cast

from gateway.dialects.thoughts import UNTHOUGHT, is_masked, is_thought, signed
from gateway.domain.chat import LEFT_OUT, Signature, Text
from gateway.domain.json import JSON, Object, Path

FIELD = "thinking_blocks"
_BESIDE = "provider_specific_fields"
"""Holds them once more."""
_CARRIERS: tuple[Path, ...] = ((FIELD,), (_BESIDE, FIELD), ("content",))


def sealed(text: Text, message: Object, within: Path) -> Text:
    """Return *text*, which stands *within* a model's *message*, with what stands for the thought that it is in."""
    for carrier in _CARRIERS:
        if len(within) == len(carrier) + 2 and within[: len(carrier)] == carrier:
            position = within[len(carrier)]
            blocks = _blocks(message, carrier)
            if isinstance(position, int) and is_thought(blocks[position]):
                return replace(text, sealed=UNTHOUGHT if carrier == ("content",) else LEFT_OUT)
    return text


def may_have(message: Object) -> bool:
    """Return whether there can be thoughts in *message*: nearly always there can not."""
    return FIELD in message or _BESIDE in message or isinstance(message.get("content"), list)


def without_masked_thoughts(body: Object) -> Object:
    """Return *body*, which has messages, without the thoughts that were masked when they were answered."""
    known = cast("list[Object]", body["messages"])
    changed = [_without_masked(message) if may_have(message) else message for message in known]
    return body if all(map(is_, changed, known)) else {**body, "messages": list[JSON](changed)}


def signatures(inner: Object, at: Path) -> Iterator[Signature]:
    """Yield the signatures in *inner*, the message or delta of a choice, which stands at *at*."""
    for carrier in _CARRIERS[:2]:
        name = ".".join(map(str, carrier))
        for position, block in enumerate(_blocks(inner, carrier)):
            if is_thought(block) and signed(block):
                yield Signature(f"{name}[{position}].thinking", (*at, *carrier, position, "signature"))


def _without_masked(message: Object) -> Object:
    for carrier in _CARRIERS:
        blocks = _blocks(message, carrier)
        if any(map(is_masked, blocks)):
            kept: list[JSON] = [block for block in blocks if not is_masked(block)]
            if carrier == ("content",):
                kept = [UNTHOUGHT if is_masked(block) else block for block in blocks]
            message = _with(message, carrier, kept)
    return message


def _with(value: Object, path: Path, blocks: list[JSON]) -> Object:
    """Return *value* with *blocks* at *path*; without the field if there are none."""
    name, rest = str(path[0]), path[1:]
    if rest:
        return {**value, name: _with(cast(Object, value[name]), rest, blocks)}
    return {**value, name: blocks} if blocks else {key: item for key, item in value.items() if key != name}


def _blocks(value: JSON, path: Path) -> list[JSON]:
    for step in path:
        value = value.get(str(step)) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []
