"""Answers that come as output items, whole or as typed events, as OpenAI's responses do.

Texts grow by `….delta` events. What ends a text, a part, an item or the answer repeats all of it; an answer repeats
parts of its request, too. An item's own fields, each part of its content and each part of a summary are parts here.
"""

from collections.abc import Iterator, Sequence
from typing import cast

from gateway.dialects.additions import with_message
from gateway.dialects.annotations import annotated
from gateway.dialects.items import called
from gateway.dialects.itemstrings import (
    CONTENT,
    ENVELOPE,
    REASONING,
    STRUCTURE,
    SUMMARY,
    Place,
    Section,
    of_item,
    of_part,
    rest,
    told,
)
from gateway.domain.chat import Call, Citation, Cites, Delta, Fragment, Part, Said
from gateway.domain.documents import Chunk
from gateway.domain.findings import Where
from gateway.domain.json import JSON, Object, Path
from gateway.domain.runs import Usage

ENDS = {"response.completed": "completed", "response.incomplete": "incomplete", "response.failed": "failed"}
"""Events after which no other comes, and the state that they mean."""

_DELTA = ".delta"
_DONE = ".done"
_PLACES = {
    "response.output_text": Place(Section.CONTENT, CONTENT, "text"),
    "response.refusal": Place(Section.CONTENT, "refusal", "refusal"),
    "response.reasoning_text": Place(Section.CONTENT, REASONING, "text"),
    "response.reasoning_summary_text": Place(Section.SUMMARY, SUMMARY, "text"),
    "response.function_call_arguments": Place(Section.ITEM, "arguments", "arguments", Where.TOOL_CALL, is_json=True),
    "response.mcp_call_arguments": Place(Section.ITEM, "arguments", "arguments", Where.TOOL_CALL, is_json=True),
    "response.code_interpreter_call_code": Place(Section.ITEM, "code", "code", Where.TOOL_CALL),
    "response.custom_tool_call_input": Place(Section.ITEM, "input", "input", Where.TOOL_CALL),
}
"""Which text of an item the events of a family are about."""

_BLOBS = frozenset({"response.audio.delta"})
"""Events that bring a piece of a file, each whole in itself."""

_USUAL = frozenset({"type", "sequence_number", "item_id", "output_index", "content_index", "summary_index", "delta",
                    "logprobs", "obfuscation"})  # fmt: skip
_WHERE = ("type", "sequence_number", "item_id", "output_index", "content_index", "summary_index")
"""What tells the place of a delta's text."""


class Outputs:
    """The answer's half of a dialect."""

    annotates = True
    has_parts = True

    def with_part(self, delta: Delta, text: str, position: int) -> list[Delta] | None:
        """Return *delta*, a whole answer or the event that ends one, with a message that says *text*."""
        return with_message(delta.raw, text) if answered(delta.raw) is not None else None

    def fragments(self, delta: Delta) -> list[Fragment]:
        """Return the strings of *delta* that a reader of the answer would see, in order.

        Ids, types, states and usage are the protocol's own and stay out; log-probabilities repeat the text and are
        the guard's business. Every other string counts, in a field known or unknown.
        """
        raw = delta.raw
        family = _growing(raw)
        if family and raw.keys() <= _USUAL:
            text = cast(str, raw["delta"])
            return [family.fragment(raw, ("delta",), text, grows=True)] if text else []
        return list(_of_event(raw, family) if "type" in raw else _of_response(raw, (), repeats=False))

    def parts(self, delta: Delta) -> list[Part]:
        """Return the parts of the answer that *delta* speaks of."""
        raw = delta.raw
        family = _growing(raw)
        if family:
            return [Part(family.index(raw), (), raw, over=False)]
        return list(_parts(raw, str(raw.get("type", ""))))

    def calls(self, delta: Delta) -> list[Call]:
        """Return the calls that *delta* speaks of: those of the caller's tools and those that the provider makes."""
        raw = delta.raw
        item, response = raw.get("item"), _response(raw)
        if isinstance(item, dict):
            return _calls(item, raw.get("output_index"))
        if response is not None:
            output = response.get("output")
            items = enumerate(output if isinstance(output, list) else ())
            return [call for position, each in items if isinstance(each, dict) for call in _calls(each, position)]
        family = _growing(raw) or (_family(str(raw.get("type")).removesuffix(_DONE)) if "output_index" in raw else None)
        if family is None or family.where is not Where.TOOL_CALL:
            return []
        name = raw.get("name")
        at = told(family.index(raw), "").removesuffix(".")
        return [Call(at, name if isinstance(name, str) else "", asks=True)]

    def place(self, fragment: Fragment) -> str:
        """Return where the text of *fragment* stands in the whole answer, whether it streams or not."""
        return told(*fragment.channel)

    def alone(self, delta: Delta, path: Path, index: int, text: str) -> Delta:
        """Return a delta that carries nothing but *text* of part *index*, made like *delta* with its text at *path*."""
        only: Object = {name: delta.raw[name] for name in _WHERE if name in delta.raw}
        if "logprobs" in delta.raw:
            only["logprobs"] = []
        return Delta({**only, "delta": text})

    def is_silent(self, raw: Object) -> bool:
        """Return whether *raw* is an event that would make a text longer and does not."""
        kind = raw.get("type")
        grows = isinstance(kind, str) and kind.endswith(_DELTA)
        return grows and all(not value for name, value in raw.items() if name not in _WHERE and name != "obfuscation")

    def said(self, raw: Object) -> Said:
        """Return what the delta *raw* tells about the answer."""
        response = _response(raw)
        if response is None:
            return Said()
        model, usage = response.get("model"), response.get("usage")
        return Said(
            model if isinstance(model, str) else "", _finish_reasons(raw, response),
            _usage(usage) if isinstance(usage, dict) else None,
        )  # fmt: skip

    def cited(
        self, delta: Delta, part: Part, sources: Sequence[Chunk], citations: Sequence[Citation], cites: frozenset[Cites]
    ) -> tuple[list[Delta], Delta]:
        """Return what must come before *delta*, and *delta*, so that the content *part* names its documents."""
        return annotated(delta, part, citations) if citations and Cites.ANNOTATIONS in cites else ([], delta)

    def is_answer(self, raw: Object) -> bool:
        """Return whether the body *raw* has output items."""
        return isinstance(raw.get("output"), list)

    def ends(self, raw: Object) -> bool:
        """Return whether the event *raw* says that the answer is complete."""
        return raw.get("type") in ENDS


def answered(raw: Object) -> Object | None:
    """Return the whole answer if *raw* is or ends one that did not fail."""
    if raw.get("type") in ENDS or isinstance(raw.get("output"), list):
        response = _response(raw)
        return response if response and response.get("status", "completed") in ("completed", "incomplete") else None
    return None


def _calls(item: Object, output: JSON) -> list[Call]:
    name = called(item)
    at = told(Section.ITEM.index(output, 0), "").removesuffix(".")
    return [] if name is None else [Call(at, name, asks=True)]


def _growing(raw: Object) -> Place | None:
    """Return which text the event *raw* makes longer."""
    kind = raw.get("type")
    if not (isinstance(kind, str) and kind.endswith(_DELTA) and isinstance(raw.get("delta"), str)):
        return None
    return _family(kind.removesuffix(_DELTA)) if kind not in _BLOBS else None


def _family(name: str) -> Place:
    """Return which text the events of the family *name* are about."""
    known = _PLACES.get(name)
    return known or Place(Section.ITEM, name.removeprefix("response."), "text")


def _of_event(raw: Object, growing: Place | None) -> Iterator[Fragment]:
    family = growing or _family(str(raw["type"]).removesuffix(_DONE))
    for name, value in raw.items():
        if name == "delta" and growing and isinstance(value, str):
            yield growing.fragment(raw, (name,), value, grows=True)
        elif name == family.field and isinstance(value, str):
            yield family.fragment(raw, (name,), value, repeats=True)
        elif name == "response" and isinstance(value, dict):
            yield from _of_response(value, (name,), repeats=True)
        elif name == "item" and isinstance(value, dict):
            yield from of_item(value, raw.get("output_index"), (name,), repeats=True)
        elif name == "part":
            place = _part(raw)
            yield from of_part(value, place.index(raw), place.section, (name,), repeats=True)
        elif name == "annotation":
            index = Section.CONTENT.index(raw.get("output_index"), raw.get("content_index"))
            yield from rest(value, index, (name,), f"annotations[{raw.get('annotation_index')}]")
        elif name not in STRUCTURE:
            yield from rest(value, family.index(raw), (name,), name, repeats=str(raw["type"]).endswith(_DONE))


def _part(raw: Object) -> Place:
    """Return which text the `part` of the event *raw* is there for."""
    return _PLACES["response.reasoning_summary_text" if "summary_index" in raw else "response.output_text"]


def _of_response(response: Object, at: Path, *, repeats: bool) -> Iterator[Fragment]:
    for name, value in response.items():
        if name == "output" and isinstance(value, list):
            for position, item in enumerate(value):
                if isinstance(item, dict):
                    yield from of_item(item, position, (*at, name, position), repeats=repeats)
                else:
                    yield from rest(item, -1, (*at, name, position), f"output[{position}]", repeats=repeats)
        elif name not in ENVELOPE:
            yield from rest(value, -1, (*at, name), name, repeats=name != "error")


def _parts(raw: Object, kind: str) -> Iterator[Part]:
    """Yield the parts in an event that makes no text longer, or in a whole answer."""
    over, repeats = not kind or kind.endswith(_DONE) or kind in ENDS, bool(kind)
    part, item, response = raw.get("part"), raw.get("item"), _response(raw)
    if isinstance(part, dict):
        yield Part(_part(raw).index(raw), ("part",), part, over, repeats)
    elif isinstance(item, dict):
        yield from _of_item(item, raw.get("output_index"), ("item",), over, repeats)
    elif response is not None:
        at: Path = ("response", "output") if kind else ("output",)
        output = response.get("output")
        for position, each in enumerate(output if isinstance(output, list) else ()):
            if isinstance(each, dict):
                yield from _of_item(each, position, (*at, position), over, repeats)
    elif over:
        yield Part(_family(kind.removesuffix(_DONE)).index(raw), (), raw, over, repeats)


def _of_item(item: Object, output: JSON, at: Path, over: bool, repeats: bool) -> Iterator[Part]:
    for section in (Section.CONTENT, Section.SUMMARY):
        parts = item.get(section.value)
        for position, part in enumerate(parts if isinstance(parts, list) else ()):
            if isinstance(part, dict):
                yield Part(section.index(output, position), (*at, section.value, position), part, over, repeats)
    yield Part(Section.ITEM.index(output, 0), at, item, over, repeats)


def _response(raw: Object) -> Object | None:
    response = raw.get("response", raw if "output" in raw else None)
    return response if isinstance(response, dict) else None


def _finish_reasons(raw: Object, response: Object) -> Sequence[str]:
    """Return why the answer ended, once it has."""
    status, details = response.get("status"), response.get("incomplete_details")
    if "type" in raw and raw["type"] not in ENDS:
        return ()
    reason = details.get("reason") if isinstance(details, dict) else None
    return [text for text in (reason or status,) if isinstance(text, str)]


def _usage(usage: Object) -> Usage:
    read, written = usage.get("input_tokens"), usage.get("output_tokens")
    return Usage(read if isinstance(read, int) else 0, written if isinstance(written, int) else 0)
