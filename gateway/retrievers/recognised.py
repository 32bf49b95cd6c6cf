"""Registered chunks that stand in the texts of a request although nobody said so."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from gateway.domain.chat import ChatRequest, Text
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.errors import ContextUnavailable, LineageUnavailable
from gateway.domain.facts import Facts
from gateway.domain.labels import ANOTHER_TENANT
from gateway.domain.principals import Principal
from gateway.recognition.disagreements import LONG, Disagreement, Notice, Prompt, disagreements
from gateway.recognition.proposing import proposed
from gateway.recognition.recogniser import Recogniser
from gateway.recognition.results import NOTHING, Match, Recognition
from gateway.recognition.shingles import shingles
from gateway.recognition.words import hashes

SOMEBODY = Source("lineward", "another-tenant")
"""Source of a chunk of another tenant, as far as anybody here may know."""

BRIEF = 1_000
"""Characters of a text that is looked at on the spot, such as a question: a thread would cost more than the look."""

REMEMBERED = 4_096
"""Brief texts of which is remembered that they hold nothing registered."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A text of a request, and what was recognised in it."""

    text: Text
    recognition: Recognition


@dataclass(frozen=True, slots=True)
class RecognisedRetriever:
    """Looks at every text of a request for chunks that are registered, by their fingerprints.

    What another tenant has registered, and the caller's has not, comes as a nameless chunk whose label `tenant` is not
    the caller's: policies refuse it, and neither caller nor its record learns whose it is. `look` tells.
    """

    recogniser: Recogniser
    refresh: timedelta = timedelta(seconds=1)
    """How soon what other processes register is known here; what this process registers is known at once."""
    unexplained: int = LONG
    """Characters of a stretch of a prompt that needs an explanation; longer than the questions that people ask."""
    explaining: tuple[str, ...] = ("system", "user", "tool")
    """Kinds of texts in which unexplained stretches are looked for."""
    _unknown: "OrderedDict[str, int]" = field(default_factory=OrderedDict, init=False, repr=False, compare=False)
    """Brief texts that hold nothing registered, and how many fingerprints were known when they were looked at."""

    async def retrieve(self, request: ChatRequest, principal: Principal) -> Sequence[Chunk]:
        """Return the recognised chunks, those that stand there most completely first; one of each text that has them.

        `path` and `spans` tell where, `score` how much of the chunk that is; `text` is empty, since it stands there.
        Raises `ContextUnavailable` when what is registered cannot be read.
        """
        looked = await self.look(request, principal.tenant)
        found = [chunk for one in looked for chunk in _chunks(one)]
        return sorted(found, key=lambda chunk: -(chunk.score or 0.0))

    async def look(self, request: ChatRequest, tenant: str) -> Sequence[Looked]:
        """Return what is recognised in each text of *request*, other tenants' chunks by their names among it.

        What a caller declares under a name of its own is looked at like any other text. Raises `ContextUnavailable`.
        """
        texts = [text for text in request.texts if text.kind != "binary"]
        try:
            if not self.recogniser.is_current(self.refresh.total_seconds()):
                await asyncio.to_thread(self.recogniser.catch_up)
            known = [self._at_once(text.value, tenant) for text in texts]
            if None in known:
                # Words may have to be read from disk, and a long text takes a while.
                known = await asyncio.to_thread(self._recognised, texts, tenant)
        except LineageUnavailable as exc:
            raise ContextUnavailable(f"Registered documents cannot be recognised now: {exc.message}.") from exc
        return [Looked(text, found) for text, found in zip(texts, known, strict=True) if found]

    async def notices(self, request: ChatRequest, tenant: str, declared: Sequence[Chunk]) -> Sequence[Notice]:
        """Return where *request* disagrees with *declared*, the chunks that it says stand in its texts already.

        Raises `ContextUnavailable`.
        """
        looked = await self.look(request, tenant)
        texts = {one.text.path: one.text.value for one in looked}
        prompt = Prompt(texts, {one.text.path: one.recognition for one in looked})
        kinds = {one.text.path: one.text.kind for one in looked}
        return [
            notice
            for notice in disagreements(prompt, declared, long=self.unexplained)
            if notice.what is not Disagreement.UNEXPLAINED or kinds[notice.path] in self.explaining
        ]

    def _at_once(self, text: str, tenant: str) -> Recognition | None:
        """Return what is recognised in *text* if that can be known without reading a disk, and soon."""
        known = self.recogniser.remembered(text, tenant)
        if known is not None or len(text) > BRIEF:
            return known
        index = self.recogniser.index
        size = len(index)
        if self._unknown.get(text) != size:
            found = shingles(hashes(text))
            if index.knows(found) and proposed(index, found)[0]:
                return None
            self._unknown[text] = size
            if len(self._unknown) > REMEMBERED:
                self._unknown.popitem(last=False)
        return NOTHING

    def _recognised(self, texts: Sequence[Text], tenant: str) -> list[Recognition | None]:
        return [self.recogniser.recognise(text.value, tenant) for text in texts]


def _chunks(looked: Looked) -> Iterator[Chunk]:
    for match in looked.recognition.matches:
        for chunk in match.chunks:
            yield _placed(chunk, match, looked.text)
    for match in looked.recognition.foreign:
        yield _placed(_nameless(match), match, looked.text)


def _placed(chunk: Chunk, match: Match, text: Text) -> Chunk:
    return replace(
        chunk,
        text="",
        how=How.RECOGNISED,
        path=text.path,
        spans=match.spans,
        score=round(match.coverage, 4),
    )


def _nameless(match: Match) -> Chunk:
    """Return a chunk that says of the one in *match* only that it is somebody else's."""
    return Chunk(
        source=SOMEBODY,
        document="a text of another tenant",
        version="",
        ordinal=0,
        text="",
        how=How.RECOGNISED,
        labels=Facts(tenant=ANOTHER_TENANT),
    )
