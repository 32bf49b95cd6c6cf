"""A message that is added at the end of an answer of output items, whole or as typed events."""

from gateway.domain.chat import Delta
from gateway.domain.json import JSON, Object


def with_message(raw: Object, text: str) -> list[Delta]:
    """Return what stands for *raw*, a whole answer or the event that ends one, with a message that says *text*.

    All events carry the number of the last one: whoever writes them down counts anew.
    """
    response = raw.get("response", raw)
    if not isinstance(response, dict):
        return [Delta(raw)]
    output = response.get("output")
    before: list[JSON] = output if isinstance(output, list) else []
    part: Object = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    item: Object = {
        "id": f"{response.get('id', 'resp')}_sources",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }
    longer: Object = {**response, "output": [*before, item]}
    if "type" not in raw:
        return [Delta(longer)]
    number: Object = {"sequence_number": raw["sequence_number"]} if "sequence_number" in raw else {}
    events = _events(item, part, text, len(before))
    return [*(Delta({**event, **number}) for event in events), Delta({**raw, "response": longer})]


def _events(item: Object, part: Object, text: str, position: int) -> list[Object]:
    """Return the events by which *item*, at *position* of the output, comes with its one *part*."""
    above: Object = {"output_index": position}
    at: Object = {"item_id": item["id"], **above, "content_index": 0}
    begun: Object = {**item, "status": "in_progress", "content": []}
    return [
        {"type": "response.output_item.added", **above, "item": begun},
        {"type": "response.content_part.added", **at, "part": {**part, "text": ""}},
        {"type": "response.output_text.delta", **at, "delta": text, "logprobs": []},
        {"type": "response.output_text.done", **at, "text": text, "logprobs": []},
        {"type": "response.content_part.done", **at, "part": part},
        {"type": "response.output_item.done", **above, "item": item},
    ]
