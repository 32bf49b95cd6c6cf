import jsonschema
import pytest

from gateway.api import schemas

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
GOOD = [
    (schemas.CHAT, {"model": "m", "messages": [{"role": "user", "content": "x"}], "documents": ["x", {"text": "y"}]}),
    (schemas.COMPLETIONS, {"model": "m", "prompt": [1, 2]}),
    (schemas.EMBEDDINGS, {"model": "m", "input": ["a", "b"], "novel": 1}),
    (schemas.MODERATIONS, {"input": [PICTURE]}),
    (schemas.RERANK, {"model": "m", "query": "q", "documents": ["x", {"text": "y", "labels": {"a": 1}}]}),
    (schemas.SEARCH, {"query": ["a"], "max_num_results": 50}),
    (schemas.GUARDRAIL, {"input_type": "response", "texts": ["a"]}),
    (schemas.ERROR, {"error": {"message": "m", "type": "t", "param": None, "code": "c"}}),
]
BAD = [
    (schemas.CHAT, {"model": "m", "messages": []}),
    (schemas.COMPLETIONS, {"model": "m", "prompt": []}),
    (schemas.EMBEDDINGS, {"model": "", "input": "a"}),
    (schemas.RERANK, {"model": "m", "query": "q", "documents": [{"id": 1}]}),
    (schemas.SEARCH, {"query": 1}),
    (schemas.GUARDRAIL, {"input_type": "both"}),
]


@pytest.mark.parametrize(("schema", "body"), GOOD)
def test_what_an_endpoint_takes_fits_its_schema(schema: dict, body: dict):
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(body)) == []


@pytest.mark.parametrize(("schema", "body"), BAD)
def test_what_an_endpoint_refuses_does_not(schema: dict, body: dict):
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(body))
