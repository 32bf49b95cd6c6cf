"""Which function of a translating library answers which dialect, and what of a body it is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.domain.json import JSON, Object
from gateway.providers.parameters import PASSED


@dataclass(frozen=True, slots=True)
class Call:
    """One of litellm's functions."""

    function: str
    passed: frozenset[str]
    """The fields that it documents as arguments of its own."""
    address: str = "api_base"
    """Its argument for the provider's address."""
    fixed: Mapping[str, object] = field(default_factory=dict)
    """What it is always given."""


CALLS: Mapping[str, Call] = {
    "chat.completions": Call(
        "acompletion",
        PASSED,
        "base_url",
        {"_skip_mcp_handler": True},  # else any tool makes it look for servers to call
    ),
    "embeddings": Call("aembedding", frozenset({"dimensions", "encoding_format", "input", "input_type", "user"})),
    "rerank": Call(
        "arerank",
        frozenset(
            {
                "documents",
                "instruction",
                "max_chunks_per_doc",
                "max_tokens_per_doc",
                "query",
                "rank_fields",
                "return_documents",
                "top_n",
            }
        ),
    ),
}


RERANKERS = frozenset(
    {
        "azure_ai",
        "bedrock",
        "cohere",
        "deepinfra",
        "fireworks_ai",
        "hosted_vllm",
        "huggingface",
        "infinity",
        "jina_ai",
        "litellm_proxy",
        "nvidia_nim",
        "together_ai",
        "vertex_ai",
        "voyage",
        "watsonx",
    }
)
"""The providers that litellm can have documents ranked by."""


def speaks(prefix: str) -> frozenset[str]:
    """Return the dialects in which litellm's provider *prefix* is asked.

    Moderations are not among them: litellm asks nobody but OpenAI, and renames what it is told. `openai` speaks them.
    """
    known = frozenset(CALLS)
    return known if prefix.split("/")[0] in RERANKERS else known - {"rerank"}


def shaped(raw: Object) -> Object:
    """Return *raw*, an answer of litellm's without its nulls, with those that the APIs themselves send."""
    choices = raw.get("choices")
    if not isinstance(choices, list):
        return raw
    speaking = False
    for choice in choices:
        if isinstance(choice, dict):
            choice.setdefault("finish_reason", None)
            message: JSON = choice.get("message")
            if isinstance(message, dict):
                message.setdefault("content", None)
            speaking = speaking or bool(choice.get("delta") or message)
    if raw.get("usage") and not speaking:
        raw["choices"] = []  # a stream's last event is about none of them
    return raw
