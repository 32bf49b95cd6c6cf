import pytest

from gateway.dialects.chat import CHAT
from gateway.fields import Fields
from gateway.providers.openai import OpenAIProvider
from gateway.registry import configure
from tests.providers.played import Played, asking, said, whole


async def test_it_is_asked_with_a_bearer_token_at_the_path_of_the_dialect(upstream: Played):
    upstream.play = [whole(said("hi"))]
    provider = OpenAIProvider(name="p", base_url=f"{upstream.url}/v1", api_key="sk-1", retries=0)

    (delta,) = [delta async for delta in provider.answer(asking(), "served")]
    await provider.aclose()

    assert delta.raw["choices"][0]["message"]["content"] == "hi"
    assert upstream.paths == [f"/v1{CHAT.path}"]
    assert upstream.headers[0]["Authorization"] == "Bearer sk-1"


@pytest.mark.parametrize(
    ("fields", "spoken"),
    [
        ({}, {"chat.completions", "responses", "embeddings"}),
        ({"dialects": ["chat.completions"]}, {"chat.completions"}),
    ],
)
def test_which_dialects_the_server_speaks_is_configured(fields: dict, spoken: set[str]):
    provider = configure("providers", "openai", Fields({"base_url": "http://127.0.0.1:1/v1", **fields}), name="p")

    assert spoken <= provider.speaks
    assert fields == {} or provider.speaks == spoken
