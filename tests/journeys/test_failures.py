"""What fails, what the caller gets, and what the record says."""

import json
import logging
import socket
import sqlite3
import threading
import time

import httpx
import openai
import pytest

from tests.journeys.house import APP_KEY, House, serving
from tests.journeys.test_chat import QUESTION, ask, play
from tests.journeys.upstream import Stream, Upstream, Whole, chunk, completion, streamed


def error_of(reply: httpx.Response) -> dict:
    error = reply.json()["error"]
    assert set(error) >= {"message", "type", "param", "code"}
    assert isinstance(error["message"], str) and error["message"]
    assert isinstance(error["code"], str)
    return error


ASKING = {"model": "gpt", "messages": [{"role": "user", "content": "x"}]}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "invalid_json"),
        (b"", 400, "invalid_json"),
        (b'{"model": "gpt", "messages": [{"role": "user", "content": "\xff"}]}', 400, "invalid_json"),
        (b"[]", 400, "invalid_body"),
        ({**ASKING, "model": 1}, 400, "invalid_type"),
        ({**ASKING, "messages": "hi"}, 400, "invalid_type"),
        ({**ASKING, "stream": 1}, 400, "invalid_type"),
        ({**ASKING, "model": "nope"}, 404, "model_not_found"),
        ({**ASKING, "api_base": "http://evil"}, 403, "forbidden_field"),
        ({**ASKING, "collections": ["theirs"]}, 403, "collection_not_allowed"),
    ],
)
def test_bad_input_gets_a_clear_error_object(house: House, body: bytes | object, status: int, code: str):
    house.upstream.says = [Whole(completion("never"))]

    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = house.http.post("/v1/chat/completions", content=content)

    assert (reply.status_code, error_of(reply)["code"]) == (status, code)
    assert house.upstream.requests == []


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 401, "missing_api_key"),
        ({"authorization": "Bearer wrong"}, 401, "invalid_api_key"),
        ({"authorization": "Bearer lw-test-soc"}, 403, "permission_denied"),
    ],
)
def test_a_key_is_needed_and_needs_the_role(house: House, headers: dict, status: int, code: str):
    body = {"model": "gpt", "messages": QUESTION}

    reply = httpx.post(f"{house.url}/v1/chat/completions", json=body, headers=headers)

    assert (reply.status_code, error_of(reply)["code"]) == (status, code)


def test_a_responder_sees_only_its_own_tenants_responses(house: House):
    play(house, "whole", "ok")
    _, headers, _ = ask(house, "whole", extra_body={"documents": [{"id": "own.md", "text": "ours"}]})
    rival = {"authorization": "Bearer lw-test-other-soc"}

    replies = [
        house.http.get(f"/api/v1/responses/{headers['x-lineward-response-id']}", headers=rival),
        house.http.get("/api/v1/documents/own.md/impact", headers=rival),
        house.http.get("/api/v1/responses", headers={"authorization": f"Bearer {APP_KEY}"}),
    ]

    assert [reply.status_code for reply in replies] == [404, 404, 403]
    assert all(error_of(reply) for reply in replies)


def test_a_hundred_megabytes_are_refused_without_being_kept(house: House):
    def megabytes():
        for _ in range(100):
            yield b" " * 1_000_000

    reply = house.http.post("/v1/chat/completions", content=megabytes())

    assert (reply.status_code, error_of(reply)["code"]) == (413, "request_too_large")


def test_unknown_paths_and_methods_are_told_in_the_same_shape(house: House):
    assert error_of(house.http.get("/v1/nothing"))["code"] == "not_found"
    assert error_of(house.http.get("/v1/chat/completions"))["code"] == "method_not_allowed"


@pytest.mark.parametrize("status", [400, 404, 422, 429])
def test_the_providers_own_refusal_keeps_its_status_and_words(house: House, mode: str, status: int):
    own = {
        "error": {
            "message": "max_tokens is too large",
            "type": "invalid_request_error",
            "param": "max_tokens",
            "code": "x1",
        }
    }
    house.upstream.says = [Whole(own, status, {"retry-after": "7"})]

    with pytest.raises(openai.APIStatusError) as caught:
        ask(house, mode)

    assert caught.value.status_code == status
    assert caught.value.body["message"] == "max_tokens is too large"
    assert (caught.value.body["param"], caught.value.body["code"]) == ("max_tokens", "x1")
    record = house.ended(caught.value.body["lineward"]["response_id"])
    assert (record["state"], record["attempts"][0]["outcome"]) == ("FAIL", "failed")
    if status == 429:
        assert caught.value.response.headers["retry-after"] == "7"


def test_a_provider_that_is_broken_is_a_502_that_names_it(house: House, mode: str):
    house.upstream.says = [Whole(b"<html>oops</html>", 500)]

    with pytest.raises(openai.APIStatusError) as caught:
        ask(house, mode)

    assert (caught.value.status_code, caught.value.code) == (502, "provider_failed")
    assert "outside" in caught.value.body["message"] and "html" not in caught.value.body["message"]


def test_a_fallback_answers_and_the_record_names_both(house: House, mode: str):
    house.upstream.says = [Whole({}, 503)]

    text, headers, _ = ask(house, mode, [{"role": "user", "content": "What scatters?"}], "safe",
                           extra_body={"documents": ["Air scatters blue light."]})  # fmt: skip

    record = house.record(headers["x-lineward-response-id"])
    assert "Air scatters blue light." in text
    assert [(a["provider"], a["outcome"]) for a in record["attempts"]] == [("outside", "failed"), ("house", "answered")]
    assert (record["state"], record["provider"], record["region"]) == ("COMPLETE", "house", "eu")


def test_a_stream_that_breaks_off_is_told_in_band_and_recorded(house: House):
    house.upstream.says = [
        Stream([chunk({"role": "assistant", "content": "half of "}), chunk({"content": "an ans"})], done=False)
    ]

    with house.client.chat.completions.create(model="gpt", messages=QUESTION, stream=True) as stream:
        response_id = stream.response.headers["x-lineward-response-id"]
        with pytest.raises(openai.APIError) as caught:
            list(stream)

    assert caught.value.code == "provider_failed"
    assert house.ended(response_id)["state"] == "FAIL"


def test_a_client_that_leaves_cancels_the_upstream_call_and_is_recorded(house: House):
    house.upstream.says = [streamed(*(f"word{n} " for n in range(500)), pause=0.02)]

    with house.client.chat.completions.create(model="gpt", messages=QUESTION, stream=True) as stream:
        response_id = stream.response.headers["x-lineward-response-id"]
        for _ in range(3):
            next(stream)

    assert house.upstream.cut.wait(5)
    record = house.ended(response_id)
    assert (record["state"], record["error"]) == ("ABORT", "client_left")
    assert record["answer"].startswith("word0")


def test_a_client_that_leaves_while_a_whole_answer_is_awaited_is_recorded(house: House):
    house.upstream.says = [streamed(*(f"word{n} " for n in range(500)), pause=0.02)]
    body = json.dumps({"model": "gpt", "messages": QUESTION}).encode()
    before = {record["id"] for record in recent(house)}

    with socket.create_connection(("127.0.0.1", int(house.url.rsplit(":", 1)[1]))) as connection:
        connection.sendall(
            b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer %b\r\ncontent-length: %d\r\n\r\n%b"
            % (APP_KEY.encode(), len(body), body)
        )
        while not house.upstream.requests:
            time.sleep(0.01)

    assert house.upstream.cut.wait(5)
    (new,) = {record["id"] for record in recent(house)} - before
    assert house.ended(new)["state"] == "ABORT"


def recent(house: House) -> list[dict]:
    return house.http.get("/api/v1/responses", headers={"authorization": "Bearer lw-test-soc"}).json()["data"]


def test_a_slow_reader_slows_the_provider_down(house: House):
    """Memory stays bounded: what the reader does not take, the provider cannot send."""
    house.upstream.says = [streamed(*["x" * 4_000 + " "] * 10_000)]
    body = json.dumps({"model": "gpt", "messages": QUESTION, "stream": True}).encode()

    with socket.create_connection(("127.0.0.1", int(house.url.rsplit(":", 1)[1]))) as connection:
        connection.sendall(
            b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer %b\r\ncontent-length: %d\r\n\r\n%b"
            % (APP_KEY.encode(), len(body), body)
        )
        connection.recv(100)
        settled = -1
        while settled != house.upstream.sent:
            settled = house.upstream.sent
            time.sleep(0.5)
        sent = house.upstream.sent

    assert 0 < sent < 5_000
    assert house.upstream.cut.wait(10)


def test_an_unwritable_store_means_no_answer_and_no_call(upstream_server: Upstream, tmp_path, mode: str):
    upstream_server.requests.clear()
    upstream_server.says = [Whole(completion("never"))]
    with serving(tmp_path, upstream_server) as house:
        lock = sqlite3.connect(tmp_path / "lineward.db", isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")

        reply = house.http.post(
            "/v1/chat/completions", json={"model": "gpt", "messages": QUESTION, "stream": mode == "stream"}
        )

        lock.execute("ROLLBACK")
        lock.close()

    assert (reply.status_code, error_of(reply)["code"]) == (503, "lineage_unavailable")
    assert upstream_server.requests == []


def test_nothing_of_a_request_is_in_the_logs(house: House, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    secret = "the zebra signs at noon"
    house.upstream.says = [Whole(completion(f"echo {secret}"))]

    ask(house, "whole", [{"role": "user", "content": f"{secret} ann@example.com"}])
    house.upstream.says = [Whole(b"junk " + secret.encode(), 500)]
    with pytest.raises(openai.APIStatusError):
        ask(house, "whole", [{"role": "user", "content": f"{secret} AKIAIOSFODNN7EXAMPLQ"}])
    with pytest.raises(openai.APIStatusError):
        ask(house, "whole", [{"role": "user", "content": secret}])

    ours = [record for record in caplog.records if not record.name.startswith(("openai", "httpx", "httpcore"))]
    logged = "\n".join(record.getMessage() + str(record.exc_info or "") for record in ours)
    assert not any(word in logged for word in ("zebra", "ann@", "AKIA", APP_KEY, "sk-upstream"))


def test_many_at_once_keep_their_answers_and_records_apart(house: House):
    house.upstream.says = [streamed("fine ", "thanks.")]
    results: list[tuple[str, dict]] = []

    def one(number: int) -> None:
        body = {"model": "gpt", "messages": [{"role": "user", "content": f"number {number}"}], "user": f"u{number}"}
        reply = httpx.post(
            f"{house.url}/v1/chat/completions", json=body, headers={"authorization": f"Bearer {APP_KEY}"}, timeout=30
        )
        results.append((f"u{number}", house.record(reply.headers["x-lineward-response-id"])))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(results) == 20
    assert all(record["end_user"] == user and record["question"] == f"number {user[1:]}" for user, record in results)
