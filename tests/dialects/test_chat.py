import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.chat import CHAT
from gateway.dialects.documents import DECLARED
from gateway.dialects.fields import Arrival
from gateway.domain.chat import PLACEHOLDER, Delta
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.errors import BadRequest, Forbidden


def body(**more):
    return {"model": "m", "messages": [{"role": "user", "content": "Why?"}], **more}


def chunk(text: str, name: str = "a.md") -> Chunk:
    return Chunk(Source("file", "kb"), name, "sha256:00", 0, text, How.DECLARED)


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ([], None),
        ({"messages": [{"role": "user", "content": "x"}]}, "model"),
        (body(model=3), "model"),
        (body(messages="x"), "messages"),
        (body(messages=[]), "messages"),
        (body(messages=["x"]), "messages[0]"),
        (body(stream="yes"), "stream"),
        (body(documents={}), "documents"),
        (body(documents=[{"id": 1}]), "documents[0].text"),
        (body(documents=[{"text": "x", "labels": {"a": {}}}]), "documents[0].labels.a"),
        (body(documents=[{"text": "x", "score": "high"}]), "documents[0].score"),
        (body(collections="kb"), "collections"),
        (body(data_sources=[{"type": "lineward"}]), "data_sources[0].parameters.collection"),
        (body(lineward=[]), "lineward"),
    ],
)
def test_a_malformed_request_names_the_field(wrong, param):
    with pytest.raises(BadRequest) as caught:
        CHAT.parse(wrong)

    assert caught.value.param == param
    assert caught.value.message


@pytest.mark.parametrize("field", ["api_base", "base_url", "api_key", "guardrails", "extra_headers"])
def test_a_caller_cannot_choose_upstream_key_or_guards(field):
    with pytest.raises(Forbidden) as caught:
        CHAT.parse(body(**{field: "x"}))

    assert caught.value.param == field


def test_unknown_fields_stay_and_own_fields_go():
    request = CHAT.parse(body(novel={"a": [1]}, documents=["d"], collections=["kb"], lineward={}))

    assert request.raw == body(novel={"a": [1]})


def test_documents_of_several_forms_become_identified_chunks():
    request = CHAT.parse(
        body(
            documents=[
                "just text",
                {"title": "T", "text": "from vLLM"},
                {
                    "id": "hr/1",
                    "text": "own",
                    "source": "s3://kb/hr",
                    "score": 0.5,
                    "labels": {"classification": "internal"},
                },
            ]
        )
    )

    bare, titled, own = request.documents
    assert (bare.source, bare.document) == (DECLARED, bare.digest)
    assert (titled.document, titled.title) == ("T", "T")
    assert (own.source, own.document, own.score) == (Source("s3://kb", "hr"), "hr/1", 0.5)
    assert own.labels["classification"] == "internal"


def test_foreign_data_sources_pass_through_and_ours_become_searches():
    azure = {"type": "azure_search", "parameters": {"index_name": "theirs"}}
    ours = {"type": "azure_search", "parameters": {"index_name": "kb", "top_n_documents": 3}}

    request = CHAT.parse(body(data_sources=[azure, ours]), Arrival(collections=frozenset({"kb"})))

    assert request.raw["data_sources"] == [azure]
    assert [(search.collection, search.top_k) for search in request.searches] == [("kb", 3)]


def test_every_string_but_the_model_is_a_text_to_be_judged():
    request = CHAT.parse(
        {
            "model": "m",
            "messages": [
                {"role": "system", "content": "s"},
                {"role": "user", "content": [{"type": "text", "text": "u"}]},
                {"role": "assistant", "tool_calls": [{"function": {"arguments": "{}"}}]},
                {"role": "tool", "content": "t"},
            ],
            "metadata": {"deep": ["x"]},
        }
    )

    values = {(text.kind, text.value) for text in request.texts}
    assert {("system", "s"), ("user", "u"), ("history", "{}"), ("tool", "t"), ("other", "x")} <= values


def test_a_picture_is_binary_and_text_that_only_looks_like_one_is_text():
    urls = ["data:image/png;base64,iVBORw0KGgo=", "data:image/png;base64,my key is secret", "data:,hello"]
    parts = [{"type": "image_url", "image_url": {"url": url}} for url in urls]

    texts = CHAT.parse(body(messages=[{"role": "user", "content": parts}])).texts

    assert [(text.kind, text.value) for text in texts] == [("binary", urls[0]), ("user", urls[1]), ("user", urls[2])]


def test_a_role_that_the_protocol_does_not_know_is_a_text():
    request = CHAT.parse(body(messages=[{"role": "my key is secret", "content": "x"}]))

    assert [text.value for text in request.texts] == ["my key is secret", "x"]


def test_a_body_nested_beyond_reason_is_refused_not_crashed():
    deep = "x"
    for _ in range(900):
        deep = [deep]

    with pytest.raises(BadRequest):
        _ = CHAT.parse(body(novel=deep)).texts


def test_context_goes_before_the_last_user_message_as_the_users_words():
    request = CHAT.parse(
        body(messages=[{"role": "system", "content": "s"}, {"role": "user", "content": "Why?"}])
    ).with_context([chunk("Because.")])

    roles = [message["role"] for message in request.raw["messages"]]
    assert roles == ["system", "user", "user"]
    assert "Because." in request.raw["messages"][1]["content"]


def test_context_takes_the_place_of_the_marker():
    request = CHAT.parse(body(messages=[{"role": "user", "content": f"A {PLACEHOLDER} Z"}]))

    text = request.with_context([chunk("middle")]).raw["messages"][0]["content"]

    assert text == "A [doc1] a.md\nmiddle Z"


def test_a_marker_without_documents_disappears():
    request = CHAT.parse(body(messages=[{"role": "user", "content": f"A{PLACEHOLDER}Z"}]))

    assert request.with_context([]).raw["messages"][0]["content"] == "AZ"


@given(st.lists(st.text(min_size=1), max_size=4), st.text(), st.booleans())
def test_the_manifest_names_every_byte_of_the_prompt(texts: list[str], question: str, marked: bool):
    content = question + (PLACEHOLDER if marked else "")
    request = CHAT.parse(body(messages=[{"role": "user", "content": content}]))

    prompt = request.with_context([chunk(text, f"{n}.md") for n, text in enumerate(texts)])

    ends: dict[str, int] = {}
    for segment in prompt.manifest():
        assert segment.start == ends.get(segment.path, 0)
        ends[segment.path] = segment.end
    for item in prompt.placed:
        message = prompt.raw["messages"][item.path[1]]["content"].encode("utf-8", "surrogatepass")
        assert message[item.start : item.end].decode("utf-8", "surrogatepass") == item.chunk.text
    assert [segment.chunk for segment in prompt.manifest() if segment.kind == "chunk"] == [
        placed.chunk.digest for placed in prompt.placed
    ]


def test_fragments_are_the_words_of_an_answer_and_nothing_of_the_protocol():
    delta = Delta(
        {
            "id": "c1",
            "model": "m",
            "choices": [
                {
                    "index": 1,
                    "delta": {
                        "role": "assistant",
                        "content": "hi",
                        "tool_calls": [
                            {"index": 2, "id": "t", "type": "function", "function": {"name": "f", "arguments": "{"}}
                        ],
                    },
                    "finish_reason": None,
                }
            ],
            "usage": {"note": "n"},
            "citations": ["https://example.com"],
        }
    )

    found = [(fragment.channel, fragment.text, fragment.grows) for fragment in CHAT.fragments(delta)]

    assert found == [
        ((1, "content"), "hi", True),
        ((1, "tool_calls[2].function.name"), "f", False),
        ((1, "tool_calls[2].function.arguments"), "{", True),
        ((-1, "citations[0]"), "https://example.com", False),
    ]
