"""Any server that speaks OpenAI's APIs, or some of them.

Reference: https://platform.openai.com/docs/api-reference
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from gateway.providers.server import Server

Spoken: TypeAlias = Literal[
    "chat.completions", "completions", "responses", "messages", "embeddings", "moderations", "rerank"
]


@dataclass(frozen=True, kw_only=True, eq=False)
class OpenAIProvider(Server):
    """Answers through `POST {base_url}/chat/completions` and its siblings. Times are in seconds."""

    dialects: tuple[Spoken, ...] = (
        "chat.completions",
        "completions",
        "responses",
        "embeddings",
        "moderations",
        "rerank",
    )
    """What the server behind `base_url` speaks: requests of these pass through to it, others are translated or refused.
    Many servers that are compatible with OpenAI's speak only some."""

    @cached_property
    def speaks(self) -> frozenset[str]:
        """Names of the dialects that it is asked in."""
        return frozenset(self.dialects)
