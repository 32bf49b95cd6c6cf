"""Anthropic's messages and their events, as Python values."""

OPENING = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-played"}


def message(*content: dict, stop: str = "end_turn", **more: object) -> dict:
    """Return a whole answer."""
    usage = {"input_tokens": 5, "output_tokens": 9}
    return {**OPENING, "content": list(content), "stop_reason": stop, "stop_sequence": None, "usage": usage, **more}


def text(value: str, **more: object) -> dict:
    return {"type": "text", "text": value, **more}


def delta(index: int, kind: str, **fields: object) -> dict:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **fields}}


def block(index: int, start: dict, *deltas: dict) -> list[dict]:
    """Return the events of one block."""
    opening = {"type": "content_block_start", "index": index, "content_block": start}
    return [opening, *deltas, {"type": "content_block_stop", "index": index}]


def words(*pieces: str, index: int = 0) -> list[dict]:
    return block(index, text(""), *(delta(index, "text_delta", text=piece) for piece in pieces))


def thoughts(*pieces: str, index: int = 0, signature: str = "c2ln") -> list[dict]:
    start = {"type": "thinking", "thinking": "", "signature": ""}
    deltas = [delta(index, "thinking_delta", thinking=piece) for piece in pieces]
    return block(index, start, *deltas, delta(index, "signature_delta", signature=signature))


def call(name: str, *pieces: str, index: int = 0) -> list[dict]:
    start = {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}}
    return block(index, start, *(delta(index, "input_json_delta", partial_json=piece) for piece in pieces))


def events(*blocks: list[dict], stop: str = "end_turn") -> list[dict]:
    """Return the events of a whole answer of *blocks*."""
    usage = {"input_tokens": 5, "output_tokens": 1}
    start = {**OPENING, "content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}
    end = {
        "type": "message_delta",
        "delta": {"stop_reason": stop, "stop_sequence": None},
        "usage": {"output_tokens": 9},
    }
    return [
        {"type": "message_start", "message": start},
        {"type": "ping"},
        *(event for one in blocks for event in one),
        end,
        {"type": "message_stop"},
    ]
