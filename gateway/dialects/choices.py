"""Answers that come as choices, as chat completions and completions do."""

from collections.abc import Iterable, Sequence

from gateway.dialects.chat_thoughts import signatures
from gateway.dialects.citations import cited
from gateway.dialects.texts import ANSWER_KEYS
from gateway.dialects.thoughts import THOUGHTS, is_opaque, is_thought
from gateway.domain.chat import Call, Citation, Cites, Delta, Fragment, Part, Said, Signature
from gateway.domain.documents import Chunk
from gateway.domain.findings import Where
from gateway.domain.json import JSON, Name, Object, Path, place, strings
from gateway.domain.runs import Usage

_ENVELOPE = ("id", "object", "created", "model", "system_fingerprint", "service_tier")
_SILENT = frozenset({*_ENVELOPE, "provider", "obfuscation"})
"""Fields around the choices that alone are no reason to send a delta."""
_STRUCTURE = frozenset({"id", "object", "model", "created", "role", "type", "finish_reason", "system_fingerprint",
                        "service_tier", "logprobs", "usage", "index"})  # fmt: skip
_USUAL = _STRUCTURE | {"choices"}
_USUAL_CHOICE = frozenset({"index", "delta", "finish_reason", "logprobs"})
_GROWING = frozenset({"arguments", "input", "transcript", "text"})
_CALLS = ("tool_calls", "function_call")
"""What the channels of tool calls begin with."""
_FIRST: Path = ("choices", 0)
_DELTA: Path = (*_FIRST, "delta", "content")


class Choices:
    """The answer's half of a dialect."""

    annotates = False
    has_parts = False

    def with_part(self, delta: Delta, text: str, position: int) -> list[Delta] | None:
        """Return `None`: what is added to a choice is more of its text."""
        return None

    def withheld(self, block: JSON, notice: str) -> JSON:
        """Return a part of a message that says *notice*."""
        return {"type": "text", "text": notice}

    def fragments(self, delta: Delta) -> list[Fragment]:
        """Return the strings of *delta* that a reader of the answer would see, in order.

        Ids, roles, types and usage are the protocol's own and stay out; log-probabilities repeat the text and are the
        guard's business. Every other string counts, in a field known or unknown. Strings directly in a message or delta
        may grow from event to event, and so may tool arguments and transcripts; any other string is whole in itself.
        """
        return (delta.read or self._read(delta))[0]

    def _read(self, delta: Delta) -> tuple[list[Fragment], list[Part]]:
        """Return the fragments and parts of *delta*, which remembers them."""
        delta.read = _plain(delta.raw) or (self._fragments(delta), self._parts(delta))
        return delta.read

    def _fragments(self, delta: Delta) -> list[Fragment]:
        found: list[Fragment] = []
        for name, value in delta.raw.items():
            if name == "choices" and isinstance(value, list):
                for part in self._parts(delta):
                    _of_choice(part.raw, part.index, part.path, found)
                found += _strays(value)
            elif name not in _STRUCTURE:
                found += [
                    Fragment((-1, place(path)), path, text, False)
                    for path, text in strings(value, (name,), ANSWER_KEYS)
                    if text
                ]
        return found

    def parts(self, delta: Delta) -> list[Part]:
        """Return the choices of *delta*."""
        return (delta.read or self._read(delta))[1]

    def _parts(self, delta: Delta) -> list[Part]:
        choices = delta.raw.get("choices")
        return [
            Part(
                _index(choice, position),
                ("choices", position),
                choice,
                _is_over(delta, choice),
                signatures=_signatures(choice, ("choices", position)),
            )
            for position, choice in enumerate(choices if isinstance(choices, list) else ())
            if isinstance(choice, dict)
        ]

    def calls(self, delta: Delta) -> list[Call]:
        """Return the tool calls that *delta* speaks of; the name of one may come in pieces."""
        found: list[Call] = []
        choices = delta.raw.get("choices")
        for position, choice in enumerate(choices if isinstance(choices, list) else ()):
            message = (choice.get("delta") or choice.get("message")) if isinstance(choice, dict) else None
            if isinstance(choice, dict) and isinstance(message, dict):
                at = f"choices[{_index(choice, position)}].message."
                found += calls_in(message.get("tool_calls"), f"{at}tool_calls")
                if message.get("function_call"):
                    found.append(_call(message["function_call"], f"{at}function_call"))
        return found

    def place(self, fragment: Fragment) -> str:
        """Return where the text of *fragment* stands in the whole answer, whether it streams or not."""
        index, name = fragment.channel
        if index < 0:
            return name
        within = "message." if len(fragment.path) > 2 and fragment.path[2] in ("delta", "message") else ""
        return f"choices[{index}].{within}{name}"

    def alone(self, delta: Delta, path: Path, index: int, text: str) -> Delta:
        """Return a delta that carries nothing but *text* of choice *index*, made like *delta* with its text at *path*.

        Beside the text there is only what tells its place: `index` and `type`.
        """
        raw = delta.raw
        choices = raw["choices"]
        choice = choices[path[1]] if isinstance(choices, list) and isinstance(path[1], int) else None
        only = _only(choice, path[2:], text)
        envelope: Object = {name: raw[name] for name in _ENVELOPE if name in raw}
        fields = only if isinstance(only, dict) else {}
        return Delta({**envelope, "choices": [{**fields, "index": index, "logprobs": None, "finish_reason": None}]})

    def is_silent(self, raw: Object) -> bool:
        """Return whether a delta says nothing: no text, role, call, reason to finish or usage."""
        return all(name in _SILENT or _is_empty(value) for name, value in raw.items())

    def said(self, raw: Object) -> Said:
        """Return what the delta *raw* tells about the answer."""
        choices, model, usage = raw.get("choices"), raw.get("model"), raw.get("usage")
        return Said(
            model if isinstance(model, str) else "",
            _finish_reasons(choices) if isinstance(choices, list) else (),
            _usage(usage) if isinstance(usage, dict) else None,
        )

    def cited(
        self,
        delta: Delta,
        part: Part,
        sources: Sequence[Chunk],
        citations: Sequence[Citation],
        cites: frozenset[Cites],
    ) -> tuple[list[Delta], Delta]:
        """Return what must come before *delta*, and *delta*, so that choice *part* names its documents."""
        return cited(delta, part, sources, citations, cites)

    def is_answer(self, raw: Object) -> bool:
        """Return whether the body *raw* has choices."""
        return isinstance(raw.get("choices"), list)

    def ends(self, raw: Object) -> bool:
        """Return whether a choice of the event *raw* names its `finish_reason`."""
        choices = raw.get("choices")
        return isinstance(choices, list) and bool(_finish_reasons(choices))


def calls_in(calls: JSON, at: str) -> list[Call]:
    """Return the tool calls in the list *calls*, which stands at the place *at* of the answer."""
    return [
        _call(call, f"{at}[{call.get('index', position) if isinstance(call, dict) else position}]")
        for position, call in enumerate(calls if isinstance(calls, list) else ())
    ]


def _call(call: JSON, at: str) -> Call:
    """Return *call*, which stands *at* that place: its name is in what it calls, everything else tells what for."""
    fields = call if isinstance(call, dict) else {"arguments": call}
    called = next((value for name in ("function", "custom") if isinstance(value := fields.get(name), dict)), fields)
    name, kind = called.get("name"), fields.get("type")
    asks = any(value for key, value in called.items() if key not in ("name", "index", "id", "type"))
    hosted = called is fields and isinstance(kind, str) and kind not in ("function", "custom")
    named = name if isinstance(name, str) else kind if hosted and isinstance(kind, str) else ""
    return Call(at, named, is_named=False, asks=asks)


def _finish_reasons(choices: Iterable[JSON]) -> list[str]:
    return [
        reason
        for choice in choices
        if isinstance(choice, dict) and isinstance(reason := choice.get("finish_reason"), str)
    ]


def _usage(usage: Object) -> Usage:
    prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
    return Usage(prompt if isinstance(prompt, int) else 0, completion if isinstance(completion, int) else 0)


def _index(choice: Object, position: int) -> int:
    index = choice.get("index")
    return index if isinstance(index, int) else position


def _is_over(delta: Delta, choice: Object) -> bool:
    """Return whether nothing of *choice* comes after *delta*: it says so, or *delta* is a whole answer."""
    if choice.get("finish_reason"):
        return True
    return "message" in choice and delta.raw.get("object") != "chat.completion.chunk"


def _signatures(choice: Object, at: Path) -> tuple[Signature, ...]:
    found = ((name, choice.get(name)) for name in ("delta", "message"))
    return tuple(one for name, inner in found if isinstance(inner, dict) for one in signatures(inner, (*at, name)))


def _strays(choices: Iterable[JSON]) -> list[Fragment]:
    """Return the strings among *choices* that are in no choice, where there should be none."""
    strays = enumerate(choices)
    return [
        Fragment((-1, place(path)), path, text, False)
        for position, stray in strays
        if not isinstance(stray, dict)
        for path, text in strings(stray, ("choices", position), ANSWER_KEYS)
        if text
    ]


def _plain(raw: Object) -> tuple[list[Fragment], list[Part]] | None:
    """Return fragments and parts of an event that holds nothing but the next words of one choice, as nearly all do.

    `None` means that it must be looked at in full.
    """
    choices = raw.get("choices")
    if not (isinstance(choices, list) and len(choices) == 1 and raw.keys() <= _USUAL):
        return None
    choice = choices[0]
    if not (isinstance(choice, dict) and choice.keys() <= _USUAL_CHOICE):
        return None
    delta, index = choice.get("delta"), choice.get("index")
    if not (isinstance(delta, dict) and len(delta) == 1 and isinstance(index, int)):
        return None
    text = delta.get("content")
    if not isinstance(text, str):
        return None
    fragments = [Fragment((index, "content"), _DELTA, text, True)] if text else []
    return fragments, [Part(index, _FIRST, choice, bool(choice.get("finish_reason")))]


def _of_choice(choice: Object, index: int, at: Path, found: list[Fragment]) -> None:
    for name, value in choice.items():
        if name in ("delta", "message") and isinstance(value, dict):
            for part, item in value.items():
                if isinstance(item, str):
                    if item and part not in _STRUCTURE:
                        found.append(Fragment((index, part), (*at, name, part), item, True))
                elif item:
                    _nested(item, index, (*at, name, part), part, found)
        elif name == "text" and isinstance(value, str):
            if value:
                found.append(Fragment((index, "text"), (*at, "text"), value, True))
        elif value and name not in _STRUCTURE:
            _nested(value, index, (*at, name), name, found)


def _nested(value: JSON, index: int, at: Path, channel: str, found: list[Fragment]) -> None:
    if isinstance(value, str):
        step = at[-1]
        if value and step not in _STRUCTURE:
            is_call = channel.startswith(_CALLS)
            where = Where.TOOL_CALL if is_call else Where.RESPONSE
            is_json = is_call and channel.endswith(".arguments")
            found.append(Fragment((index, channel), at, value, step in _GROWING, where, is_json))
    elif isinstance(value, dict):
        thinks = is_thought(value)
        for number, (name, item) in enumerate(value.items()):
            if thinks and is_opaque(value, name):
                continue
            if thinks and name == "thinking" and isinstance(item, str):
                if item:
                    found.append(Fragment((index, f"{channel}.{name}"), (*at, name), item, True, is_signed=True))
                continue
            if name and name not in ANSWER_KEYS and name not in _STRUCTURE:
                where = Where.TOOL_CALL if channel.startswith(_CALLS) else Where.RESPONSE
                key = (*at, Name(name, number))
                found.append(Fragment((index, f"{channel}{place(('', key[-1]))}"), key, name, False, where))
            _nested(item, index, (*at, name), f"{channel}.{name}", found)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            nth = item.get("index", position) if isinstance(item, dict) else position
            _nested(item, index, (*at, position), f"{channel}[{nth}]", found)


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


def _is_empty(value: JSON) -> bool:
    if isinstance(value, dict):
        said = ((name, item) for name, item in value.items() if name != "index")
        return all(_is_empty(item) or (name == "type" and item in THOUGHTS) for name, item in said)
    if isinstance(value, list):
        return all(map(_is_empty, value))
    return value is None or value == ""
