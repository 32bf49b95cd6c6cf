from gateway.dialects.guardrail import PROMPT
from gateway.providers.returned import ReturnedProvider


async def test_what_is_left_comes_back():
    request = PROMPT.parse({"input_type": "request", "texts": ["a"], "request_data": {}})

    answer = [delta.raw async for delta in ReturnedProvider().answer(request, "m")]

    assert answer == [{"texts": ["a"]}]


def test_nothing_is_known_of_where_it_goes():
    facts = ReturnedProvider().facts

    assert (facts["self_hosted"], facts["zero_retention"], facts["trains_on_data"]) == (False, False, True)
    assert "region" not in facts
    assert ReturnedProvider().speaks == {"litellm_guardrail"}
