"""Signed thoughts in chat completions, as LiteLLM has them: judged, and never sent with a wrong signature."""

import json
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.journeys.house import House
from tests.journeys.upstream import Stream, Whole, chunk, completion

VALUE = "erika.mustermann@corp.example"
MASK = "<EMAIL_ADDRESS>"
UNSIGNED = "masked, so no signature"


def block(text: str, **more: str) -> dict:
    return {"type": "thinking", "thinking": text, **more}


def both(*blocks: dict) -> dict:
    """As LiteLLM tells them: once for everybody, once for those who know the provider."""
    words = "".join(one["thinking"] for one in blocks)
    beside = {"provider_specific_fields": {"thinking_blocks": [*blocks]}}
    return {"thinking_blocks": [*blocks], "reasoning_content": words, **beside}


def says(house: House, mode: str, *thoughts: tuple[list[str], str]) -> None:
    """Let the model think *thoughts*, each in pieces and with its signature."""
    if mode == "whole":
        blocks = [block("".join(pieces), signature=signature) for pieces, signature in thoughts]
        house.upstream.says = [Whole(completion("Done.", **both(*blocks)))]
        return
    events = [chunk({"role": "assistant", "content": ""})]
    for pieces, signature in thoughts:
        events += [chunk(both(block(piece))) for piece in pieces]
        events.append(chunk(both(block("", signature=signature))))
    house.upstream.says = [Stream([*events, chunk({"content": "Done."}), chunk({}, "stop")])]


def heard(house: House, mode: str, *history: dict) -> tuple[list[dict], dict]:
    """Return the thoughts of the answer, and its message as LiteLLM's clients put it together."""
    messages = [{"role": "user", "content": "x"}, *history]
    body = {"model": "gpt", "messages": messages, "stream": mode == "stream"}
    reply = house.http.post("/v1/chat/completions", json=body)
    assert reply.status_code == 200, reply.text
    if mode == "whole":
        message = reply.json()["choices"][0]["message"]
        assert message["provider_specific_fields"]["thinking_blocks"] == message["thinking_blocks"]
        return message["thinking_blocks"], message
    lines = [line for line in reply.text.splitlines() if line.startswith("data: {")]
    deltas = [choice["delta"] for line in lines for choice in json.loads(line[6:])["choices"]]
    carriers = [[one.get("thinking_blocks", ()) for one in deltas],
                [one.get("provider_specific_fields", {}).get("thinking_blocks", ()) for one in deltas]]  # fmt: skip
    thoughts, again = (_joined([piece for pieces in carrier for piece in pieces]) for carrier in carriers)
    assert thoughts == again
    words = "".join(one.get("reasoning_content") or "" for one in deltas)
    return thoughts, {"role": "assistant", "content": "Done.", "thinking_blocks": thoughts, "reasoning_content": words}


def _joined(pieces: list[dict]) -> list[dict]:
    thoughts, words = [], ""
    for piece in pieces:
        words += piece.get("thinking", "")
        if piece.get("signature"):
            thoughts.append(block(words, signature=piece["signature"]))
            words = ""
    assert words == ""
    return thoughts


def test_a_masked_thought_has_no_signature_and_is_left_out_when_it_comes_back(house: House, mode: str):
    says(house, mode, (["I ask erika.muster", VALUE[12:], " now"], "c2ln"), (["H", "m."], "b3Ro"))
    thoughts, message = heard(house, mode)

    heard(house, mode, message, {"role": "user", "content": "And?"})

    kept = block("Hm.", signature="b3Ro")
    assert thoughts == [block(f"I ask {MASK} now", signature=UNSIGNED), kept]
    assert MASK in message["reasoning_content"]
    sent = house.upstream.requests[-1]["messages"][1]
    assert sent["thinking_blocks"] == [kept]
    assert UNSIGNED not in house.upstream.last_body.decode()


def test_a_thought_with_a_value_in_it_is_left_out_whole(house: House):
    """A caller that got it elsewhere sends it: with a mask in it the provider would refuse it."""
    says(house, "whole", (["Hm."], "b3Ro"))
    thought, kept = block(f"I write to {VALUE}.", signature="c2ln"), block("Hm.", signature="c2ln")

    heard(house, "whole", {"role": "assistant", "content": "Done.", "thinking_blocks": [thought, kept]})

    assert house.upstream.requests[-1]["messages"][1]["thinking_blocks"] == [kept]
    assert VALUE not in house.upstream.last_body.decode()


@settings(max_examples=15)
@given(st.lists(st.integers(1, 40), max_size=5))
def test_however_a_thought_is_cut_the_same_is_released(house: House, cuts: list[int]):
    text = f"Ask {VALUE} or nobody."
    marks = sorted({0, *(at for at in cuts if at < len(text)), len(text)})
    says(house, "stream", ([text[a:b] for a, b in pairwise(marks)], "c2ln"))

    thoughts, _ = heard(house, "stream")

    assert thoughts == [block(f"Ask {MASK} or nobody.", signature=UNSIGNED)]
