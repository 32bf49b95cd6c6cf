import json

import pytest

from gateway.domain.runs import Attempt, Intent, Outcome
from gateway.stores.decoding import decode
from gateway.stores.encoding import encode
from tests.stores.material import MASK, chunk, edges, intent, outcome


def test_fields_of_a_later_release_are_passed_over():
    detail = json.loads(encode(intent(*edges(chunk()))))
    detail["weather"] = {"today": [1, 2]}
    detail["edges"][0]["mood"] = "good"
    detail["principal"]["shoe_size"] = 44
    detail["decisions"][0]["hits"][0]["weight"] = 0.5
    body = decode("intent", json.dumps(detail).encode())

    assert isinstance(body, Intent)
    assert body.edges[0].chunk.document == "page-1.md"
    assert body.decisions == (MASK,)


def test_fields_of_an_earlier_release_may_be_absent():
    body = decode("outcome", b'{"decision":"allow","attempts":[["openai","gpt-4o","failed"]]}')

    assert body == Outcome("allow", attempts=(Attempt("openai", "gpt-4o", "failed"),))


@pytest.mark.parametrize(
    ("type", "detail"),
    [
        ("intent", b"{}"),
        ("intent", b"[]"),
        ("intent", b"7"),
        ("intent", b"not JSON"),
        ("intent", b"\xff"),
        ("intent", encode(outcome())),
        ("outcome", b'{"decision":"allow","judged":[3]}'),
        ("outcome", b'{"decision":"allow","findings":[{"where":"moon"}]}'),
        ("ingest", encode(outcome())),
        ("dance", b"{}"),
    ],
)
def test_what_is_no_such_detail_is_refused(type, detail):
    with pytest.raises(ValueError):
        decode(type, detail)
