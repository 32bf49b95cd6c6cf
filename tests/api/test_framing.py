import json

from gateway.api.framing import ChoicesFraming
from gateway.domain.chat import Delta
from gateway.domain.errors import PolicyViolation, ProviderFailed


def events(stream: bytes) -> list:
    return [json.loads(line[6:]) if line != b"data: [DONE]" else None for line in stream.split(b"\n\n") if line]


def test_an_event_that_nobody_changed_keeps_its_bytes():
    assert ChoicesFraming().event(Delta({"id": "c"}, b'{ "id":"c" }')) == b'data: { "id":"c" }\n\n'


def test_a_stream_that_a_policy_ends_says_so_in_the_words_of_the_api():
    framing = ChoicesFraming()
    framing.event(Delta({"id": "c", "model": "m", "choices": []}))

    filtered, error, done = events(framing.broken(PolicyViolation("No.", rules=())))

    assert (filtered["id"], filtered["choices"][0]["finish_reason"]) == ("c", "content_filter")
    assert error["error"]["code"] == "policy_violation"
    assert done is None


def test_a_stream_that_breaks_off_ends_with_its_error():
    error, done = events(ChoicesFraming().broken(ProviderFailed("It broke off.")))

    assert (error["error"]["code"], done) == ("provider_failed", None)


def test_the_lineage_is_an_event_without_choices():
    framing = ChoicesFraming()
    framing.event(Delta({"id": "c", "model": "m", "choices": [{}]}))

    (event,) = events(framing.lineage({"chunks": []}))

    assert event == {"id": "c", "model": "m", "choices": [], "lineward": {"chunks": []}}


def test_a_completion_that_is_refused_ends_in_its_own_shape():
    framing = ChoicesFraming()
    framing.event(Delta({"id": "c", "object": "text_completion", "choices": []}))

    broken = framing.broken(PolicyViolation("No.", rules=())).split(b"\n\n")

    (choice,) = json.loads(broken[0][6:])["choices"]
    assert (choice["text"], choice["finish_reason"], "delta" in choice) == ("", "content_filter", False)
