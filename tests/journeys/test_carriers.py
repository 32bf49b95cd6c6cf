"""Nothing unjudged reaches a model: a value in any carrier of any endpoint is found, named and masked."""

import base64
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.journeys.carriers import VALUE, Carrier, chat
from tests.journeys.house import House
from tests.journeys.upstream import Whole, completion, streamed

CARRIERS = list(chat())


def post(house: House, body: dict, mode: str, path: str = "/v1/chat/completions"):
    house.upstream.says = [Whole(completion("ok")) if mode == "whole" else streamed("ok")]
    return house.http.post(path, json={**body, "stream": mode == "stream"})


def unpacked(body: str) -> str:
    """Return *body* with what stands in it in base64."""
    return re.sub(r"base64,([A-Za-z0-9+/=]+)", lambda file: base64.b64decode(file[1]).decode("latin-1"), body)


@pytest.mark.parametrize("carrier", CARRIERS, ids=str)
def test_a_value_in_any_carrier_is_masked_there_and_the_record_names_the_place(
    house: House, carrier: Carrier, mode: str
):
    reply = post(house, carrier.body, mode, carrier.path)

    assert reply.status_code == 200, reply.text
    sent = unpacked(json.dumps(house.upstream.requests[0]))
    assert VALUE not in sent
    assert "<EMAIL_ADDRESS>" in sent
    findings = house.record(reply.headers["x-lineward-response-id"])["findings"]
    assert {(found["entity"], found["place"]) for found in findings} == {("EMAIL_ADDRESS", carrier.place)}


SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
LEAVES = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def planted(tree, path: list[int], as_key: bool):
    """Return *tree* with the secret put somewhere into it, as a value or a key."""
    if not path or not isinstance(tree, dict | list) or not tree:
        if isinstance(tree, dict):
            return {**tree, **({SECRET: 1} if as_key else {"k": f"so {SECRET}"})}
        return [tree, {SECRET: 1} if as_key else f"so {SECRET}"]
    if isinstance(tree, list):
        at = path[0] % len(tree)
        return [*tree[:at], planted(tree[at], path[1:], as_key), *tree[at + 1 :]]
    at = list(tree)[path[0] % len(tree)]
    return {**tree, at: planted(tree[at], path[1:], as_key)}


@settings(max_examples=60)
@given(TREES, st.lists(st.integers(0, 5), max_size=4), st.booleans(), st.sampled_from(["novel", "metadata", "tools"]))
def test_a_secret_anywhere_in_a_body_never_leaves(house: House, tree, path: list[int], as_key: bool, field: str):
    house.upstream.requests.clear()

    reply = post(
        house,
        {"model": "gpt", "messages": [{"role": "user", "content": "x"}], field: planted(tree, path, as_key)},
        "whole",
    )

    assert reply.status_code == 403, reply.text
    assert SECRET not in reply.text
    assert house.upstream.requests == []


@settings(max_examples=60)
@given(
    st.dictionaries(st.text(min_size=1, max_size=6).filter(lambda key: not key.startswith("stream")), TREES, max_size=4)
)
def test_a_clean_body_leaves_as_it_came(house: House, fields: dict):
    house.upstream.requests.clear()
    clean = {"messages": [{"role": "user", "content": "x"}], "novel": fields}

    reply = post(house, {"model": "gpt", **clean}, "whole")

    assert reply.status_code == 200, reply.text
    assert house.upstream.requests[0] == {"model": "gpt", **clean, "stream": False}
