"""Answers that tell of the search before them, as OpenAI's `file_search` tool does: an item of its own, first of all.

The gateway searches its own collections before the model is asked; the caller is told so in the form that it knows.
What a policy dropped was not found, as far as anybody is told.
"""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing

from gateway.dialects.outputs import ENDS
from gateway.dialects.searchresults import result
from gateway.domain.chat import Cites, Delta
from gateway.domain.documents import Chunk
from gateway.domain.json import JSON, Object
from gateway.domain.turns import SEARCH


async def tell_search(
    deltas: AsyncGenerator[Delta, None], *, id: str, query: str, found: Sequence[Chunk], cites: frozenset[Cites]
) -> AsyncGenerator[Delta, None]:
    """Yield *deltas* of an answer of output items, with a `file_search_call` before all others.

    It is named after *id*, says that *query* was searched for and, if *cites* asks for results, what was *found*.
    Closes *deltas* whatever happens.
    """
    call = _call(id, query, found if Cites.SEARCH_RESULTS in cites else None)
    announced = False
    async with aclosing(deltas):
        async for delta in deltas:
            raw = delta.raw
            if not announced and "type" in raw and ("output_index" in raw or raw["type"] in ENDS):
                announced = True
                for event in _events(call):
                    yield event
            yield _moved(delta, call)


def _call(id: str, query: str, found: Sequence[Chunk] | None) -> Object:
    results: list[JSON] | None = None
    if found is not None:
        results = [{**result(chunk), "text": chunk.text} for chunk in found]
    about: Object = {"id": f"{SEARCH}{id}", "type": "file_search_call", "status": "completed"}
    return {**about, "queries": [query], "results": results}


def _events(call: Object) -> Iterator[Delta]:
    """Yield the events that tell of *call*; their numbers are given by whoever writes them down."""
    place: Object = {"output_index": 0, "sequence_number": 0}
    begun = {**call, "status": "in_progress", "results": None}
    yield Delta({"type": "response.output_item.added", **place, "item": begun})
    for state in ("in_progress", "searching", "completed"):
        yield Delta({"type": f"response.file_search_call.{state}", **place, "item_id": call["id"]})
    yield Delta({"type": "response.output_item.done", **place, "item": call})


def _moved(delta: Delta, call: Object) -> Delta:
    """Return *delta* with its items one place further on, behind *call*."""
    raw = delta.raw
    index, response = raw.get("output_index"), raw.get("response")
    if isinstance(index, int):
        return Delta({**raw, "output_index": index + 1})
    if raw.get("type") in ENDS and isinstance(response, dict):
        return Delta({**raw, "response": _with(response, call)})
    return Delta(_with(raw, call)) if "type" not in raw and "output" in raw else delta


def _with(response: Object, call: Object) -> Object:
    output = response.get("output")
    return {**response, "output": [call, *output]} if isinstance(output, list) else response
