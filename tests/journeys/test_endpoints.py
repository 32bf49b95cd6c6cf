"""The endpoints without a conversation, through the SDKs of those who made their APIs."""

import base64
import json
import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import cohere
import httpx
import openai
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.progress import Progress

from gateway.building import build
from gateway.domain.documents import Document, Source
from gateway.domain.facts import Facts
from gateway.ingestion import add_with_own_writer, operator
from gateway.settings import load
from tests.journeys.house import APP_KEY, House, configuration, serving
from tests.journeys.upstream import Stream, Upstream, Whole

MAIL = "ann.miller@example.com"
MASK = "<EMAIL_ADDRESS>"
KEY = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6g7H8"
FLOATS = [0.25, -0.5, 1.0]
USAGE = {"prompt_tokens": 3, "total_tokens": 3}


def completed(text: str, finish: str | None = "stop", **more: object) -> dict:
    choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": finish}
    return {
        "id": "cmpl-1",
        "object": "text_completion",
        "created": 1,
        "model": "played-1",
        "choices": [choice],
        **more,
    }


def embedded(embedding: object) -> dict:
    item = {"object": "embedding", "index": 0, "embedding": embedding}
    return {"object": "list", "data": [item], "model": "played-1", "usage": USAGE}


def moderated(flagged: bool) -> dict:
    names = ["harassment", "hate", "violence"]
    result = {
        "flagged": flagged,
        "categories": dict.fromkeys(names, flagged),
        "category_scores": dict.fromkeys(names, 0.5),
        "category_applied_input_types": {name: ["text"] for name in names},
    }
    return {"id": "modr-1", "model": "omni-moderation-latest", "results": [result]}


def ranked(*indexes: int, **more: object) -> dict:
    results = [{"index": index, "relevance_score": 1 - place / 10} for place, index in enumerate(indexes)]
    return {"id": "rank-1", "results": results, "meta": {"api_version": {"version": "2"}}, **more}


def complete(house: House, mode: str, **fields: object) -> tuple[str, httpx.Headers]:
    """Return the text that the SDK reads, whole or streamed, and the reply's headers."""
    reply = house.client.completions.with_raw_response.create(model="gpt", stream=mode == "stream", **fields)
    if mode == "whole":
        return reply.parse().choices[0].text, reply.headers
    with reply.parse() as stream:
        return "".join(choice.text for event in stream for choice in event.choices), reply.headers


def test_a_completion_is_judged_both_ways_and_recorded(house: House, mode: str):
    pieces = ["Write to ", "joe@exam", "ple.com", " today."]
    house.upstream.says = [
        Whole(completed("".join(pieces)))
        if mode == "whole"
        else Stream([*(completed(piece, None) for piece in pieces), completed("", "stop")])
    ]

    text, headers = complete(house, mode, prompt=f"Dear {MAIL},", suffix=f"Yours, {MAIL}")

    sent = house.upstream.requests[0]
    record = house.ended(headers["x-lineward-response-id"])
    assert text == f"Write to {MASK} today."
    assert (sent["prompt"], sent["suffix"]) == (f"Dear {MASK},", f"Yours, {MASK}")
    assert {(found["where"], found["place"]) for found in record["findings"]} == {
        ("prompt", "prompt"),
        ("prompt", "suffix"),
        ("response", "choices[0].text"),
    }
    assert (record["question"], record["finish_reasons"]) == (f"Dear {MASK},", ["stop"])


@settings(max_examples=15)
@given(st.lists(st.integers(0, 60), max_size=6))
def test_however_a_completion_is_cut_the_same_is_released(house: House, cuts: list[int]):
    whole = f"Ask {MAIL} or 4111 1111 1111 1111, thanks."
    marks = sorted({0, *cuts, len(whole)})
    pieces = [whole[start:end] for start, end in pairwise(marks)]
    house.upstream.says = [Stream([*(completed(piece, None) for piece in pieces), completed("", "stop")])]

    text, _ = complete(house, "stream", prompt="Whom?")

    assert text == f"Ask {MASK} or <CREDIT_CARD>, thanks."


def test_a_completion_that_tells_a_key_is_refused(house: House, mode: str):
    house.upstream.says = [
        Whole(completed(f"{KEY} it is")) if mode == "whole" else Stream([completed(f"{KEY} it is", None)])
    ]

    with pytest.raises(openai.PermissionDeniedError) as caught:
        complete(house, mode, prompt="What is the key?")

    assert caught.value.code == "policy_violation"


def test_a_stream_of_a_completion_that_is_refused_ends_as_filtered(house: House):
    house.upstream.says = [Stream([completed("First this. ", None), completed(f"It is {KEY} .", None)], pause=0.1)]

    with house.http.stream("POST", "/v1/completions", json={"model": "gpt", "prompt": "?", "stream": True}) as reply:
        events = [line[6:] for line in reply.iter_lines() if line.startswith("data: ")]

    filtered = json.loads(events[-3])["choices"][0]
    assert (filtered["text"], filtered["finish_reason"]) == ("", "content_filter")
    assert json.loads(events[-2])["error"]["code"] == "policy_violation"
    assert events[-1] == "[DONE]"


def test_documents_go_before_the_prompt_of_a_completion(house: House):
    house.upstream.says = [Whole(completed("Blue."))]
    documents = [
        {"id": "open", "text": "The sky is blue."},
        {"id": "closed", "text": "Plans.", "labels": {"classification": "confidential"}},
    ]

    text, headers = complete(house, "whole", prompt="Sky?", extra_body={"documents": documents})

    sent = house.upstream.requests[0]["prompt"]
    record = house.ended(headers["x-lineward-response-id"])
    assert text == "Blue."
    assert "The sky is blue." in sent and "Plans." not in sent and sent.endswith("\n\nSky?")
    assert headers["x-lineward-decision"] == "dropped:1"
    assert [(entry["document"], entry["state"]) for entry in record["context"]] == [
        ("open", "sent"),
        ("closed", "dropped"),
    ]


def test_a_completion_can_be_asked_of_a_provider_that_only_talks(house: House, mode: str):
    documents = [{"id": "sky", "text": "The sky is blue because of Rayleigh scattering."}]

    reply = house.client.completions.create(
        model="local", prompt="Why is the sky blue?", stream=mode == "stream", extra_body={"documents": documents}
    )

    pieces = [reply] if mode == "whole" else list(reply)
    assert {piece.object for piece in pieces} == {"text_completion"}
    assert "Rayleigh" in "".join(choice.text for piece in pieces for choice in piece.choices)
    assert house.upstream.requests == []


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_embeddings_are_passed_through_and_their_input_is_judged(house: House, encoding: str):
    vector = FLOATS if encoding == "float" else base64.b64encode(struct.pack("<3f", *FLOATS)).decode()
    body = json.dumps(embedded(vector)).encode()
    house.upstream.says = [Whole(body)]

    answer = house.client.embeddings.create(
        model="gpt", input=["Ask Ann.", f"Ask {MAIL}"], encoding_format=encoding, dimensions=3
    )
    raw = house.http.post("/v1/embeddings", json={"model": "gpt", "input": "Ask."})

    sent = house.upstream.requests[0]
    record = house.ended(raw.headers["x-lineward-response-id"])
    assert answer.data[0].embedding == vector
    assert (sent["input"], sent["dimensions"]) == (["Ask Ann.", f"Ask {MASK}"], 3)
    assert raw.content == body
    assert record["usage"]["prompt_tokens"] == 3
    assert record["provider"] == "outside"


def test_the_sdk_reads_base64_that_it_asked_for_itself(house: House):
    vector = base64.b64encode(struct.pack("<3f", *FLOATS)).decode()
    house.upstream.says = [Whole(embedded(vector))]

    answer = house.client.embeddings.create(model="gpt", input="Ask Ann.")

    assert answer.data[0].embedding == FLOATS


@pytest.mark.parametrize("tokens", [[1, 2, 3], [[1, 2], [3]]])
def test_ids_of_tokens_are_recorded_as_content_that_nobody_read(house: House, tokens: list):
    house.upstream.says = [Whole(embedded(FLOATS))]

    reply = house.http.post("/v1/embeddings", json={"model": "gpt", "input": tokens})

    record = house.ended(reply.headers["x-lineward-response-id"])
    assert house.upstream.requests[0]["input"] == tokens
    assert {found["entity"] for found in record["findings"]} == {"UNSCANNED_CONTENT"}


@pytest.mark.parametrize("content", ["text", "parts"])
def test_moderations_judge_what_is_sent_to_be_judged(house: House, content: str):
    house.upstream.says = [Whole(moderated(True))]
    given_ = f"I hate {MAIL}"
    wanted = f"I hate {MASK}"
    wrap = {"text": lambda text: text, "parts": lambda text: [{"type": "text", "text": text}]}[content]

    answer = house.client.moderations.create(model="gpt", input=wrap(given_))

    assert answer.results[0].flagged and answer.results[0].categories.violence
    assert house.upstream.requests[0]["input"] == wrap(wanted)


def test_a_model_that_nobody_configured_is_not_found_even_when_openai_would_take_it(house: House):
    with pytest.raises(openai.NotFoundError) as caught:
        house.client.moderations.create(input="Hello")

    assert "omni-moderation-latest" in caught.value.message


def test_cohere_ranks_what_it_may_see_and_names_the_callers_documents(house: House):
    house.upstream.says = [Whole(ranked(1, 0))]
    documents = [
        {"text": "Salaries.", "id": "salaries", "labels": {"classification": "confidential"}},
        {"text": "The sky is blue.", "id": "sky"},
        {"text": f"Ask {MAIL}.", "id": "who"},
    ]

    with cohere.Client(api_key=APP_KEY, base_url=house.url) as client:
        answer = client.rerank(model="gpt", query="Why?", documents=documents, top_n=2)

    sent = house.upstream.requests[0]
    assert sent["documents"] == [{"text": "The sky is blue.", "id": "sky"}, {"text": f"Ask {MASK}.", "id": "who"}]
    assert [(one.index, one.relevance_score) for one in answer.results] == [(2, 1.0), (1, 0.9)]


def test_a_ranking_stands_in_the_record_document_by_document(house: House):
    house.upstream.says = [Whole(ranked(0))]
    documents = ["Blue sky.", {"text": "Plans.", "labels": {"classification": "confidential"}}, "Blue sky."]

    reply = house.http.post("/v2/rerank", json={"model": "gpt", "query": "Why?", "documents": documents})

    record = house.ended(reply.headers["x-lineward-response-id"])
    assert reply.headers["x-lineward-decision"] == "dropped:1"
    assert [entry["state"] for entry in record["context"]] == ["sent", "dropped", "sent"]
    assert house.upstream.requests[0]["documents"] == ["Blue sky.", "Blue sky."]


def test_cohere_v2_reads_a_ranking_of_plain_texts(house: House):
    house.upstream.says = [Whole(ranked(1, 0, 2))]

    with cohere.ClientV2(api_key=APP_KEY, base_url=house.url) as client:
        answer = client.rerank(model="gpt", query="Why?", documents=["a", "b", "c"])

    assert [one.index for one in answer.results] == [1, 0, 2]
    assert house.upstream.requests[0]["documents"] == ["a", "b", "c"]


def test_jinas_answers_bring_documents_back_and_these_are_judged(house: House):
    result = {"index": 0, "relevance_score": 0.9, "document": {"text": f"Ask {MAIL}."}}
    house.upstream.says = [Whole({"model": "jina", "usage": {"total_tokens": 7}, "results": [result]})]

    reply = house.http.post(
        "/v1/rerank", json={"model": "gpt", "query": "Who?", "documents": ["a"], "return_documents": True}
    )

    assert reply.json()["results"][0]["document"]["text"] == f"Ask {MASK}."


def test_nothing_is_ranked_when_policies_leave_nothing(house: House):
    documents = [{"text": "Plans.", "labels": {"classification": "confidential"}}]

    reply = house.http.post("/v1/rerank", json={"model": "gpt", "query": "Why?", "documents": documents})

    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "nothing_to_rank")
    assert house.upstream.requests == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("embeddings", {"input": "x"}),
        ("moderations", {"input": "x"}),
        ("rerank", {"query": "x", "documents": ["y"]}),
    ],
)
def test_a_model_that_does_not_answer_there_says_so(house: House, path: str, body: dict):
    reply = house.http.post(f"/v1/{path}", json={"model": "local", **body})

    error = reply.json()["error"]
    assert (reply.status_code, error["code"]) == (400, "unsupported_endpoint")
    assert "'house'" in error["message"] and path in error["message"]


def test_a_fallback_that_does_not_answer_there_is_passed_over(house: House):
    house.upstream.says = [Whole({"error": {"message": "busy"}}, 503)]

    reply = house.http.post("/v1/embeddings", json={"model": "safe", "input": "x"})

    record = house.ended(reply.headers["x-lineward-response-id"])
    assert reply.status_code == 502
    assert [(one["provider"], one["outcome"]) for one in record["attempts"]] == [
        ("outside", "failed"),
        ("house", "forbidden"),
    ]


@pytest.mark.parametrize("path", ["completions", "embeddings", "moderations"])
@pytest.mark.parametrize("wrong", [None, 7, [], [1, "a"], [[1, "a"]], {"text": "x"}, [1.5], [True]])
def test_an_input_that_is_no_text_is_refused_with_its_name(house: House, path: str, wrong: object):
    name = "prompt" if path == "completions" else "input"

    reply = house.http.post(f"/v1/{path}", json={"model": "gpt", name: wrong})

    assert reply.status_code == 400
    assert reply.json()["error"]["param"].startswith(name)


DOCUMENTS = [
    ("open.md", "The sky is blue because of Rayleigh scattering.", {"classification": "internal"}),
    ("closed.md", "The sky project is confidential and blue.", {"classification": "confidential"}),
    ("mail.md", f"Questions about the blue sky go to {MAIL}.", {"classification": "internal", "readers": ("hr",)}),
]


@pytest.fixture(scope="module")
def library(upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The gateway with documents in its collection."""
    folder = tmp_path_factory.mktemp("library")
    path = folder / "gateway.yaml"
    path.write_text(yaml.safe_dump(configuration(folder, upstream_server.url)))
    gateway = build(load(path, {"UPSTREAM_KEY": "k"}))
    source = Source("file", "kb")
    found = [Document(source, name, text, "sha256:00", labels=Facts(labels)) for name, text, labels in DOCUMENTS]
    with Progress(disable=True) as progress:
        add_with_own_writer(gateway, found, "kb", operator(gateway.settings, "acme"), progress)
    with serving(folder, upstream_server) as house:
        yield house


def test_a_search_of_a_collection_gives_openais_page(library: House):
    reply = library.client.vector_stores.with_raw_response.search("kb", query="Why is the sky blue?")

    page = reply.parse()
    found = {one.file_id: one for one in page.data}
    record = library.ended(reply.headers["x-lineward-response-id"])
    assert set(found) == {"open.md", "closed.md", "mail.md"}
    assert page.data[0].score >= page.data[-1].score
    assert found["open.md"].content[0].text == DOCUMENTS[0][1]
    assert found["mail.md"].content[0].text == f"Questions about the blue sky go to {MASK}."
    assert found["mail.md"].attributes == {"source": "file/kb", "classification": "internal"}
    assert (record["model"], record["provider"], record["question"]) == ("caller", "caller", "Why is the sky blue?")
    assert {(entry["document"], entry["state"]) for entry in record["context"]} == {
        ("open.md", "attributed"), ("closed.md", "attributed"), ("mail.md", "attributed"),
    }  # fmt: skip


def test_a_search_for_a_model_leaves_out_what_that_model_may_not_see(library: House):
    reply = library.client.vector_stores.with_raw_response.search(
        "kb", query="sky", max_num_results=3, extra_body={"model": "gpt"}
    )

    assert {one.file_id for one in reply.parse().data} == {"open.md", "mail.md"}
    assert "dropped:1" in reply.headers["x-lineward-decision"]


def test_what_a_model_may_not_see_takes_no_place_from_what_it_may(library: House):
    """The nearest is refused and recorded; what comes next among the allowed is found for it."""
    reply = library.client.vector_stores.with_raw_response.search(
        "kb", query="Is the project confidential?", max_num_results=1, extra_body={"model": "gpt"}
    )

    record = library.ended(reply.headers["x-lineward-response-id"])
    (found,) = [one.file_id for one in reply.parse().data]
    dropped, sent = record["context"]
    assert (dropped["document"], dropped["how"], dropped["state"]) == ("closed.md", "retrieved", "dropped")
    assert sent["document"] == found
    assert found in {"open.md", "mail.md"}


INTERNAL = {"type": "eq", "key": "classification", "value": "internal"}


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ({"filters": INTERNAL}, ["mail.md", "open.md"]),
        ({"filters": {"type": "nin", "key": "classification", "value": ["internal"]}}, ["closed.md"]),
        ({"filters": {"type": "ne", "key": "source", "value": "file/kb"}}, []),
        (
            {"filters": {"type": "and", "filters": [INTERNAL, {"type": "ne", "key": "file_id", "value": "open.md"}]}},
            ["mail.md"],
        ),
    ],
    ids=str,
)
def test_a_search_finds_what_its_filters_let_through(library: House, wish: dict, found: list[str]):
    page = library.client.vector_stores.search("kb", query="Why is the sky blue?", **wish)

    assert sorted(one.file_id for one in page.data) == found


def test_a_search_finds_nothing_below_the_least_score(library: House):
    first, second, _ = library.client.vector_stores.search("kb", query="Why is the sky blue?").data

    page = library.client.vector_stores.search(
        "kb",
        query="Why is the sky blue?",
        ranking_options={"ranker": "auto", "score_threshold": (first.score + second.score) / 2},
    )

    assert [one.file_id for one in page.data] == [first.file_id]


def test_a_file_search_finds_what_its_filters_let_through(library: House):
    tool = {"type": "file_search", "vector_store_ids": ["kb"], "filters": INTERNAL, "max_num_results": 2}

    reply = library.client.responses.with_raw_response.create(model="local", input="sky", tools=[tool])

    record = library.ended(reply.headers["x-lineward-response-id"])
    assert {entry["document"] for entry in record["context"]} == {"open.md", "mail.md"}


def test_a_file_search_is_an_item_of_the_answer(library: House, mode: str):
    tool = {"type": "file_search", "vector_store_ids": ["kb"], "max_num_results": 2}
    asked = {"model": "local", "input": "Why is the sky blue?", "tools": [tool]}
    create = library.client.responses.create

    if mode == "whole":
        answer, plain = create(**asked, include=["file_search_call.results"]), create(**asked)
    else:
        *_, last = create(**asked, include=["file_search_call.results"], stream=True)
        *_, other = create(**asked, stream=True)
        answer, plain = last.response, other.response

    search = answer.output[0]
    assert (search.type, search.queries) == ("file_search_call", ["Why is the sky blue?"])
    assert len(search.results) == 2 and all(one.text and one.score > 0 for one in search.results)
    assert (plain.output[0].type, plain.output[0].results) == ("file_search_call", None)


def test_chat_searches_what_its_filters_let_through(library: House):
    wanted = {"name": "kb", "filters": INTERNAL, "top_k": 2}
    ours = {"type": "lineward", "parameters": {"collection": "kb", "filter": INTERNAL, "top_n_documents": 2}}
    messages = [{"role": "user", "content": "sky"}]
    for more in ({"collections": [wanted]}, {"data_sources": [ours]}):
        reply = library.http.post("/v1/chat/completions", json={"model": "local", "messages": messages, **more})

        record = library.ended(reply.headers["x-lineward-response-id"])
        assert {entry["document"] for entry in record["context"]} == {"open.md", "mail.md"}


def test_max_num_results_is_heeded(library: House):
    page = library.client.vector_stores.search("kb", query=["blue", "sky"], max_num_results=1)

    assert len(page.data) == 1
    assert page.search_query == ["blue", "sky"]


@pytest.mark.parametrize(
    ("store", "body", "status", "code"),
    [
        ("theirs", {"query": "x"}, 403, "collection_not_allowed"),
        ("kb", {"query": ""}, 400, "no_question"),
        ("kb", {"query": 3}, 400, "invalid_type"),
        ("kb", {"query": "x", "max_num_results": 51}, 400, "invalid_value"),
        ("kb", {"query": "x", "filters": {"type": "like", "key": "a", "value": 1}}, 400, "invalid_value"),
        ("kb", {"query": "x", "ranking_options": {"score_threshold": 5}}, 400, "invalid_value"),
        ("kb", {"query": "x", "model": "nobody"}, 404, "model_not_found"),
    ],
)
def test_a_search_that_cannot_be_made_says_why(library: House, store: str, body: dict, status: int, code: str):
    reply = library.http.post(f"/v1/vector_stores/{store}/search", json=body)

    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)


def test_a_query_with_a_secret_is_not_searched_for(library: House, tmp_path: Path):
    reply = library.http.post("/v1/vector_stores/kb/search", json={"query": f"Who has {KEY}?"})

    assert reply.status_code == 403
    assert KEY not in reply.text
