"""Replay: the recorded prompt, byte for byte, asked once more.

The policies of today judge it as any other request: what has been quarantined or forbidden since stays out, and then
the prompt is no longer the same, which the difference shows. The new response has a record of its own that names the
one it replays, under the key of whoever replays: nobody else was told anything by it.

That the answers differ proves nothing, and that they are equal proves little. Hosted models are not deterministic, not
even at temperature 0 with a seed: batching, hardware and silent updates change single tokens, and one study saw 80
distinct completions in 1,000 such calls. So texts are shown side by side and never compared for equality; whether a
document caused a claim is for repeated runs with and without it to tell.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Protocol

from gateway.dialects.fields import Arrival
from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, ChunkState, How, Source
from gateway.domain.errors import BadRequest, GatewayError
from gateway.domain.json import JSON, Object
from gateway.domain.principals import Principal
from gateway.domain.records import ContextEntry, ResponseRecord
from gateway.investigation import Investigation
from gateway.lineage.differences import Difference
from gateway.lineage.prompts import Prompt
from gateway.lineage.recorder import Head

_STOOD = frozenset({ChunkState.SENT, ChunkState.MASKED, ChunkState.ATTRIBUTED})


class NotKept(GatewayError):
    """A piece of the prompt was never kept, is no longer, or is not what left."""

    status = 409
    code = "prompt_not_kept"
    type = "invalid_request_error"


class Speech(Protocol):
    """An API's way to read a body."""

    def parse(self, body: JSON, arrival: Arrival) -> ChatRequest:
        """Return the request in *body*."""


class Answers(Protocol):
    """What answers requests: the pipeline."""

    def run(self, request: ChatRequest, principal: Principal) -> AsyncGenerator[Head | Delta, None]:
        """Yield a `Head`, then the answer."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a replay."""

    replays: str
    response: str
    """The new response, whose record says that it replays the other one."""
    difference: Difference
    """The recorded response on the left, the new one on the right."""


@dataclass(frozen=True, slots=True)
class Replaying:
    """Asks recorded prompts again."""

    investigation: Investigation
    pipeline: Answers
    speeches: Mapping[str, Speech]
    """By the name of the dialect that a record has."""

    async def replay(self, id: str, by: Principal, tenant: str | None, model: str = "") -> Replayed:
        """Ask the prompt of response *id* again, in the name of *by*, of the same *model* unless another is named.

        Raises `NotFound`, `NotKept` when the prompt cannot be put together, and whatever a request may end with.
        """
        record = await asyncio.to_thread(self.investigation.response, id, tenant)
        prompt = await asyncio.to_thread(self.investigation.prompt, id, tenant)
        request = self._request(record, prompt, model)
        who = replace(by, tenant=record.tenant, purposes=(record.purpose,) if record.purpose else by.purposes)
        response = ""
        async with aclosing(self.pipeline.run(request, who)) as answer:
            async for part in answer:
                if isinstance(part, Head):
                    response = part.response_id
        difference = await asyncio.to_thread(self.investigation.difference, id, response, record.tenant)
        return Replayed(id, response, difference)

    def _request(self, record: ResponseRecord, prompt: Prompt, model: str) -> ChatRequest:
        speech = self.speeches.get(record.dialect)
        if speech is None:
            told = f"asked by {record.dialect!r}" if record.dialect else "recorded by a release that kept no shapes"
            raise BadRequest(f"The response {record.id} cannot be replayed: it was {told}.", code="not_replayable")
        if prompt.body is None:
            lost = len(prompt.missing)
            raise NotKept(
                f"The prompt of {record.id} cannot be put together again: "
                + (f"{lost} of its pieces are not kept." if lost else "its shape is not kept.")
            )
        body: Object = {**prompt.body, "model": model or record.model}
        body.pop("previous_response_id", None)  # what it stood for is in the body already
        request = speech.parse(body, Arrival(digest=digest(f"replay of {record.id}")))
        return replace(request, replays=record.id, end_user="", context=tuple(_standing(record.context, prompt)))


def _standing(context: Sequence[ContextEntry], prompt: Prompt) -> list[Chunk]:
    """Return the documents that stood in the prompt, as ones that stand there: so they are judged by their names."""
    texts = {piece.segment.chunk: piece.text for text in prompt.texts for piece in text.pieces if piece.segment.chunk}
    return [
        Chunk(
            source=_source(entry.source),
            document=entry.document,
            version=entry.version,
            ordinal=entry.ordinal,
            text=texts.get(entry.chunk) or "",
            how=How.DECLARED,
            digest=entry.chunk,
            title=entry.title,
            url=entry.url,
            labels=entry.labels,
        )
        for entry in context
        if entry.state in _STOOD and texts.get(entry.chunk)
    ]


def _source(name: str) -> Source:
    if "://" in name:
        return Source.parse(name)
    namespace, _, rest = name.partition("/")
    return Source(namespace, rest)
