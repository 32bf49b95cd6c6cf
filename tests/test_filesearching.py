from contextlib import aclosing

import pytest
from openai.types.responses import ResponseFileSearchToolCall, ResponseStreamEvent
from pydantic import TypeAdapter

from gateway.domain.chat import Cites, Delta
from gateway.filesearching import tell_search
from tests.dialects.responded import said, streamed, whole
from tests.recognition.material import chunk

FOUND = [chunk("Plums are blue.", "plums.md")]
WITH_RESULTS = frozenset({Cites.SEARCH, Cites.SEARCH_RESULTS})


async def told(raws, cites=WITH_RESULTS):
    async def answer():
        for raw in raws:
            yield Delta(raw)

    deltas = tell_search(answer(), id="run", query="Which?", found=FOUND, cites=cites)
    async with aclosing(deltas):
        return [delta.raw async for delta in deltas]


@pytest.mark.parametrize(("cites", "found"), [(WITH_RESULTS, "Plums are blue."), (frozenset({Cites.SEARCH}), None)])
async def test_a_whole_answer_begins_with_the_search(cites, found):
    (raw,) = await told([whole(said("Plums."))], cites)

    search = ResponseFileSearchToolCall.model_validate(raw["output"][0])
    assert (search.type, search.id, search.queries, search.status) == (
        "file_search_call", "fs_lineward_run", ["Which?"], "completed"
    )  # fmt: skip
    assert (search.results[0].text if search.results else None) == found
    assert raw["output"][1] == said("Plums.")


async def test_a_stream_tells_of_it_before_everything_else_and_moves_the_rest():
    raws = await told(streamed((said("Plums."), ["Plu", "ms."])))

    events = [TypeAdapter(ResponseStreamEvent).validate_python(raw) for raw in raws if "output_index" in raw]
    assert [event.type for event in events[:5]] == [
        "response.output_item.added",
        "response.file_search_call.in_progress",
        "response.file_search_call.searching",
        "response.file_search_call.completed",
        "response.output_item.done",
    ]
    assert {event.output_index for event in events if event.type == "response.output_text.delta"} == {1}
    assert {event.output_index for event in events[:5]} == {0}
    assert [item["type"] for item in raws[-1]["response"]["output"]] == ["file_search_call", "message"]


async def test_an_answer_without_items_has_only_the_search():
    raws = await told(streamed())

    assert [item["type"] for item in raws[-1]["response"]["output"]] == ["file_search_call"]
    assert raws[-2]["type"] == "response.output_item.done"
