"""Answers as OpenAI's responses: whole ones, and the events of streamed ones."""

import copy
from collections.abc import Sequence

HEAD = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1_700_000_000,
    "status": "completed",
    "error": None,
    "incomplete_details": None,
    "instructions": None,
    "metadata": {},
    "model": "played-1",
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "tool_choice": "auto",
    "tools": [],
    "usage": None,
}
USAGE = {
    "input_tokens": 3,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 5,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 8,
}

SEALED = "gAAAAAB" + "o4111111111111111-_ab" * 6
"""What stands for thoughts that only their provider can read."""


def said(text: str, id: str = "msg_1", **part) -> dict:
    """Return an item of the answer that says *text*."""
    content = {"type": "output_text", "text": text, "annotations": [], **part}
    return {"id": id, "type": "message", "role": "assistant", "status": "completed", "content": [content]}


def refused(text: str) -> dict:
    content = {"type": "refusal", "refusal": text}
    return {"id": "msg_2", "type": "message", "role": "assistant", "status": "completed", "content": [content]}


def thought(text: str) -> dict:
    """Return what a model thinks, in short."""
    return {"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": text}]}


def called(arguments: str, name: str = "send") -> dict:
    return {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": name, "arguments": arguments,
            "status": "completed"}  # fmt: skip


def whole(*items: dict, **more) -> dict:
    """Return a whole answer."""
    return copy.deepcopy({**HEAD, "output": list(items), "usage": USAGE, **more})


def streamed(*items: tuple[dict, Sequence[str]], **more) -> list[dict]:
    """Return the events of an answer whose items each come in pieces, numbered; *more* of the whole answer."""
    begun = {**HEAD, "status": "in_progress", "output": [], **more}
    events = [{"type": "response.created", "response": begun}, {"type": "response.in_progress", "response": begun}]
    for index, (item, pieces) in enumerate(items):
        events += _of_item(item, pieces, index)
    done = whole(*(item for item, _ in items), **more)
    status = done["status"]
    events.append({"type": f"response.{status}", "response": done})
    return copy.deepcopy([{**event, "sequence_number": number} for number, event in enumerate(events)])


def _of_item(item: dict, pieces: Sequence[str], index: int) -> list[dict]:
    at = {"item_id": item["id"], "output_index": index}
    empty = {**item, "status": "in_progress"} | {name: [] for name in ("content", "summary") if name in item}
    if item["type"] == "function_call":
        empty["arguments"] = ""
        inside = _pieces("function_call_arguments", at, pieces, {"arguments": item["arguments"], "name": item["name"]})
    elif item["type"] == "reasoning":
        inside = _in_part("reasoning_summary_text", "reasoning_summary_part", {**at, "summary_index": 0},
                          item["summary"][0], pieces, "text")  # fmt: skip
    else:
        part = item["content"][0]
        family, field = ("refusal", "refusal") if part["type"] == "refusal" else ("output_text", "text")
        inside = _in_part(family, "content_part", {**at, "content_index": 0}, part, pieces, field)
    added = {"type": "response.output_item.added", "output_index": index, "item": empty}
    return [added, *inside, {"type": "response.output_item.done", "output_index": index, "item": item}]


def _in_part(family: str, part: str, at: dict, whole: dict, pieces: Sequence[str], field: str) -> list[dict]:
    more = {"logprobs": whole.get("logprobs", [])} if family == "output_text" else {}
    return [
        {"type": f"response.{part}.added", **at, "part": {**whole, field: "", **({"logprobs": []} if more else {})}},
        *_pieces(family, at, pieces, {field: whole[field], **more}),
        {"type": f"response.{part}.done", **at, "part": whole},
    ]


def _pieces(family: str, at: dict, pieces: Sequence[str], done: dict) -> list[dict]:
    more = {"logprobs": []} if family == "output_text" else {}
    deltas = [{"type": f"response.{family}.delta", **at, "delta": piece, **more} for piece in pieces]
    return [*deltas, {"type": f"response.{family}.done", **at, **done}]
