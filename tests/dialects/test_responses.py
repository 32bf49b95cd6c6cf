import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.fields import Arrival
from gateway.dialects.responses import RESPONSES, bare, items
from gateway.domain.chat import Cites
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.errors import BadRequest
from tests.dialects.responded import said

OURS = Arrival(collections=frozenset({"kb"}))


def parsed(**body):
    return RESPONSES.parse({"model": "m", "input": "Why?", **body}, OURS)


def chunk(text: str, **more) -> Chunk:
    return Chunk(Source("file", "kb"), "a.md", "sha256:00", 0, text, How.DECLARED, **more)


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"input": 3}, "input"),
        ({"input": [3]}, "input[0]"),
        ({"input": None}, "input"),
        ({"input": []}, "input"),
        ({"background": True}, "background"),
        ({"previous_response_id": 3}, "previous_response_id"),
        ({"documents": {}}, "documents"),
    ],
)
def test_a_malformed_request_names_the_field(wrong, param):
    with pytest.raises(BadRequest) as caught:
        parsed(**wrong)

    assert caught.value.param == param


def test_a_stored_prompt_or_an_earlier_answer_need_no_input():
    prompt = RESPONSES.parse({"model": "m", "prompt": {"id": "p"}})
    later = RESPONSES.parse({"model": "m", "previous_response_id": "resp_1"})

    assert items(prompt.raw) == items(later.raw) == []


def test_each_text_is_of_whom_said_it():
    request = parsed(
        instructions="s",
        input=[{"role": "user", "content": "u"}, said("h"), {"type": "function_call_output", "output": "t"}],
        novel="o",
    )

    kinds = {text.value: text.kind for text in request.texts}

    assert kinds.items() >= {"s": "system", "u": "user", "h": "history", "t": "tool", "o": "other"}.items()
    assert [text.kind for text in parsed().texts] == ["user"]


def test_the_question_is_the_last_thing_that_the_user_said():
    parts = [{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}]
    conversation = [{"role": "user", "content": "first"}, {"type": "message", "role": "user", "content": parts},
                    {"type": "function_call_output", "call_id": "c", "output": "t"}]  # fmt: skip

    assert parsed().question == "Why?"
    assert parsed(input=conversation).question == "a\nb"
    assert parsed(input=[said("x")]).question == ""


def test_context_goes_before_the_last_user_message():
    request = parsed(input=[{"role": "user", "content": "a"}, said("b"), {"role": "user", "content": "c"}])

    sent = request.with_context([chunk("Because.")])

    assert [item["role"] for item in sent.raw["input"]] == ["user", "assistant", "user", "user"]
    assert "Because." in sent.raw["input"][2]["content"]


@given(st.text(), st.text(min_size=1), st.text())
def test_what_stood_in_a_text_is_found_where_it_stands_in_the_list(before: str, pasted: str, after: str):
    """A question that is a bare text becomes a message of its own when documents go before it."""
    request = parsed(input=before + pasted + after)
    here = chunk(pasted, path=("input",), spans=((len(before), len(before) + len(pasted)),))

    sent = request.with_context([here, chunk("Because.")])

    found = next(item for item in sent.placed if item.chunk == here)
    data = sent.raw["input"][1]["content"].encode("utf-8", "surrogatepass")
    assert found.path == ("input", 1, "content")
    assert data[found.start : found.end].decode("utf-8", "surrogatepass") == pasted


def test_earlier_items_take_the_place_of_the_id_that_stood_for_them():
    request = parsed(previous_response_id="resp_1", documents=["d"])
    earlier = [{"role": "user", "content": "First."},
               {"type": "file_search_call", "results": [{"file_id": "f", "text": "found"}]}]  # fmt: skip

    whole = RESPONSES.continued(request, earlier)

    assert whole.raw == {"model": "m", "input": [*earlier, {"role": "user", "content": "Why?"}]}
    assert [(one.text, one.path) for one in whole.documents] == [
        ("d", ("documents", 0, "text")),
        ("found", ("input", 1, "results", 0, "text")),
    ]


def test_a_search_of_our_own_makes_the_answer_cite():
    request = parsed(tools=[{"type": "file_search", "vector_store_ids": ["kb"]}])

    assert [search.collection for search in request.searches] == ["kb"]
    assert request.cites == {Cites.ANNOTATIONS, Cites.SEARCH}
    assert "tools" not in request.raw


def test_log_probabilities_go_from_the_history_and_nothing_else_does():
    item = said("x", logprobs=[{"token": "x"}], extra=1)

    assert parsed(input=[item]).raw["input"] == [said("x", extra=1)]
    assert bare(said("x")) == said("x")


def test_what_stands_for_a_document_is_of_its_kind():
    assert RESPONSES.withheld({"file_id": "f", "filename": "n", "text": "x"}, "gone") == {"text": "gone"}
    assert RESPONSES.withheld({"type": "input_text", "text": "x"}, "gone") == {"type": "input_text", "text": "gone"}
