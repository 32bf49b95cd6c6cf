"""Every place of a request in which a text rides to a model: endpoint, a body with a text there, and where that is."""

import base64
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from tests.loaders.made import pdf

VALUE = "erika.mustermann@corp.example"
"""What must not leave: the house's rules mask e-mail addresses."""
WORDS = f"Write to {VALUE} today."


@dataclass(frozen=True)
class Carrier:
    """One place."""

    name: str
    body: dict
    place: str
    """Where the record says that it was found; a document's id for a document."""
    path: str = "/v1/chat/completions"

    def __str__(self) -> str:
        return f"{self.path.rpartition('/v1/')[2]} {self.name}"


USER = {"role": "user", "content": "Hello"}
CALL = {"id": "call_1", "type": "function", "function": {"name": "find", "arguments": '{"q": "x"}'}}
TOOL = {"type": "function", "function": {"name": "find", "parameters": {"type": "object", "properties": {}}}}


def _chat(*messages: dict, **more: object) -> dict:
    return {"model": "gpt", "messages": list(messages), **copy.deepcopy(more)}


def _tool(**function: object) -> dict:
    return {"type": "function", "function": {**TOOL["function"], **function}}


def _file(blob: bytes) -> dict:
    data = f"data:application/octet-stream;base64,{base64.b64encode(blob).decode()}"
    return {"type": "file", "file": {"filename": "note", "file_data": data}}


def chat() -> Iterator[Carrier]:
    """Yield the carriers of chat completions."""
    for role in ("system", "developer", "user", "assistant", "function"):
        yield Carrier(role, _chat({"role": role, "content": WORDS, "name": "n"}, USER), "messages[0].content")
    part = {"type": "text", "text": WORDS}
    yield Carrier("a part", _chat({"role": "user", "content": [part]}), "messages[0].content[0].text")
    yield Carrier("a name", _chat({**USER, "name": VALUE}), "messages[0].name")
    yield Carrier("an unknown role", _chat({"role": VALUE, "content": "x"}, USER), "messages[0].role")
    yield Carrier("a refusal", _chat({"role": "assistant", "refusal": WORDS}, USER), "messages[0].refusal")
    calls = {"role": "assistant", "tool_calls": [CALL]}
    result = {"role": "tool", "tool_call_id": "call_1"}
    said = {**CALL, "function": {"name": "find", "arguments": f'{{"q": "{VALUE}"}}'}}
    yield Carrier(
        "arguments of a call",
        _chat(USER, {"role": "assistant", "tool_calls": [said]}, {**result, "content": ""}),
        "messages[1].tool_calls[0].function.arguments",
    )  # fmt: skip
    yield Carrier("a tool's result", _chat(USER, calls, {**result, "content": WORDS}), "messages[2].content")
    yield Carrier(
        "a part of a tool's result", _chat(USER, calls, {**result, "content": [part]}), "messages[2].content[0].text"
    )
    yield Carrier(
        "a tool's description", _chat(USER, tools=[_tool(description=WORDS)]), "tools[0].function.description"
    )
    schema = {"type": "object", "properties": {"q": {"type": "string", "description": WORDS, "enum": ["a"]}}}
    yield Carrier(
        "a parameter's description", _chat(USER, tools=[_tool(parameters=schema)]),
        "tools[0].function.parameters.properties.q.description",
    )  # fmt: skip
    choice = {"type": "object", "properties": {"q": {"type": "string", "enum": ["a", VALUE]}}}
    yield Carrier(
        "a parameter's choices", _chat(USER, tools=[_tool(parameters=choice)]),
        "tools[0].function.parameters.properties.q.enum[1]",
    )  # fmt: skip
    named = {"type": "object", "properties": {VALUE: {"type": "string"}}}
    yield Carrier(
        "a parameter's name", _chat(USER, tools=[_tool(parameters=named)]),
        "tools[0].function.parameters.properties.*[0]",
    )  # fmt: skip
    answer = {"type": "json_schema", "json_schema": {"name": "n", "description": WORDS, "schema": {"type": "object"}}}
    yield Carrier("a response format", _chat(USER, response_format=answer), "response_format.json_schema.description")
    yield Carrier("a prediction", _chat(USER, prediction={"type": "content", "content": WORDS}), "prediction.content")
    yield Carrier("metadata", _chat(USER, metadata={"ticket": WORDS}), "metadata.ticket")
    yield Carrier("a key of metadata", _chat(USER, metadata={VALUE: "x"}), "metadata.*[0]")
    yield Carrier("the end user", _chat(USER, user=VALUE), "user")
    yield Carrier("a stop sequence", _chat(USER, stop=[VALUE]), "stop[0]")
    yield Carrier("a field that nobody knows", _chat(USER, novel={"deep": [{"er": WORDS}]}), "novel.deep[0].er")
    yield Carrier("the name of such a field", _chat(USER, **{VALUE: 1}), "*[2]")
    azure = {"type": "azure_search", "parameters": {"index_name": "theirs", "role_information": WORDS}}
    yield Carrier(
        "a foreign data source", _chat(USER, data_sources=[azure]), "data_sources[0].parameters.role_information"
    )
    yield Carrier("a document", _chat(USER, documents=[{"id": "kb/a.md", "text": WORDS}]), "kb/a.md")
    yield Carrier(
        "a document's title", _chat(USER, documents=[{"id": "kb/a.md", "title": VALUE, "text": "x"}]), "kb/a.md"
    )
    yield Carrier("Cohere's document", _chat(USER, documents=[{"id": "c1", "data": {"text": WORDS}}]), "c1")
    for name, blob in (("text", WORDS.encode()), ("CSV", f"name,mail\nErika,{VALUE}\n".encode())):
        yield Carrier(f"a {name} file", _chat({"role": "user", "content": [_file(blob)]}), "note")
    for name, blob in (("PDF", pdf(WORDS)), ("HTML", f"<html><body>{WORDS}</body></html>".encode())):
        yield Carrier(f"a {name} file", _chat({"role": "user", "content": [_file(blob)]}), "note")
    text = {"url": f"data:text/plain,{VALUE}"}
    yield Carrier(
        "a data URL in plain text", _chat({"role": "user", "content": [{"type": "image_url", "image_url": text}]}),
        "messages[0].content[0].image_url.url",
    )  # fmt: skip
