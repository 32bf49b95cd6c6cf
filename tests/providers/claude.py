"""Anthropic's `/v1/messages` as a played server answers it. https://docs.anthropic.com/en/api/messages"""

import json

from tests.providers.played import Play, streamed, whole

USAGE = {"input_tokens": 5, "output_tokens": 9}
TOOL = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


def message(*content: dict, stop: str = "end_turn") -> Play:
    """Play a whole answer."""
    body = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-played", "content": content,
            "stop_reason": stop, "stop_sequence": None, "usage": USAGE}  # fmt: skip
    return whole(body)


def text(value: str) -> dict:
    return {"type": "text", "text": value}


def use(name: str, **input: object) -> dict:
    return {"type": "tool_use", "id": "toolu_1", "name": name, "input": input}


def event(kind: str, **fields: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def start() -> bytes:
    opening = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": "claude-played"}
    usage = {"input_tokens": 5, "output_tokens": 1}
    return event("message_start", message={**opening, "stop_reason": None, "stop_sequence": None, "usage": usage})


def words(*pieces: str) -> list[bytes]:
    deltas = [event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece}) for piece in pieces]
    opening = event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    return [opening, *deltas, event("content_block_stop", index=0)]


def tool(name: str, *json_pieces: str) -> list[bytes]:
    block = {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}}
    pieces = [
        event("content_block_delta", index=1, delta={"type": "input_json_delta", "partial_json": piece})
        for piece in json_pieces
    ]
    opening = event("content_block_start", index=1, content_block=block)
    return [opening, *pieces, event("content_block_stop", index=1)]


def end(stop: str = "end_turn") -> list[bytes]:
    delta = {"stop_reason": stop, "stop_sequence": None}
    return [event("message_delta", delta=delta, usage={"output_tokens": 9}), event("message_stop")]


def stream(*blocks: list[bytes], stop: str = "end_turn", **more: object) -> Play:
    """Play a streamed answer."""
    return streamed(start(), *(piece for block in blocks for piece in block), *end(stop), **more)


def error(status: int, words: str, kind: str = "invalid_request_error", **headers: str) -> Play:
    return whole({"type": "error", "error": {"type": kind, "message": words}}, status, **headers)
