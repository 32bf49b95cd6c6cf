"""The journey of one request, from the caller's words to the record of what left.

It reads from top to bottom as the procedure that an auditor would ask for. The intent is written when everything about
the prompt has been decided and before a provider hears of it, so that it names every chunk, decision and finding: a
crash later loses none of them.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Protocol

from gateway.answers import AnswerBorder
from gateway.attributing import attribution
from gateway.border import Border, Material
from gateway.calling import call_by_call
from gateway.citing import cite
from gateway.crediting import credit
from gateway.domain.chat import ChatRequest, Cites, Delta
from gateway.domain.decisions import Effect
from gateway.domain.documents import Chunk, ChunkState, How
from gateway.domain.errors import Forbidden, GatewayError, NotFound, PolicyViolation, ProviderFailed, ProviderRefused
from gateway.domain.facts import Facts
from gateway.domain.findings import Finding
from gateway.domain.json import Object, Path
from gateway.domain.principals import Principal
from gateway.domain.quarantines import Quarantine, Quarantines
from gateway.domain.runs import RunEvent, RunState
from gateway.domain.scopes import Scope
from gateway.embedding import attempt, embeddable, embedding, is_inside
from gateway.fencing import nonce_of
from gateway.filesearching import tell_search
from gateway.hashing import Hashing
from gateway.interfaces import Retriever
from gateway.lineage.recorder import Content, Head, Notes, Recorder
from gateway.lineage.writer import Writer
from gateway.obligations import Obligations, in_annotations, wants_json
from gateway.policy.engine import PolicySet
from gateway.pseudonyms import Entry, Pseudonyms
from gateway.recognition.disagreements import Disagreement, Notice
from gateway.restoring import restore, restored, sparing
from gateway.routing import Crossing, Destination, Route, Routes, Routing
from gateway.streaming import guard
from gateway.turns import UNCHAINED, Chains
from gateway.unpacking import Unpacked, Unpacker

RETRYABLE = frozenset({404, 408, 409, 429})
"""A provider's own refusals after which another provider may still answer."""


class Policies(Protocol):
    """The policy set that decides now; it may change between two requests, never within one."""

    @property
    def current(self) -> PolicySet:
        """Return the active set."""


class Vault(Protocol):
    """Keeps the tokens of conversations."""

    def entries(self, scope: Scope) -> Sequence[Entry]:
        """Return the tokens of *scope*. Raises `GuardUnavailable`."""

    def keep(self, scope: Scope, entries: Sequence[Entry]) -> None:
        """Keep *entries* of *scope* as well, and all of it for another lifetime. Raises `GuardUnavailable`."""


class Guard(Protocol):
    """Detection, remembering texts that come again."""

    def under(self, policies: PolicySet) -> "Looking":
        """Return the same under *policies*, whatever is activated meanwhile."""


class Looking(Protocol):
    """Detection for one request, under the policies that it began with."""

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each text, remembered by content."""

    @property
    def answering(self) -> "Answering":
        """What finds in answers, as far as policies speak of them."""


class Answering(Protocol):
    """Detection in the pieces of an answer, which do not come again."""

    @property
    def by_sentence(self) -> bool:
        """Whether it needs whole sentences."""

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each text."""


class Remembers(Protocol):
    """Remembers what later requests are recognised by."""

    async def declared(self, chunks: Sequence[Chunk], tenant: str) -> None:
        """Let *chunks* of *tenant* be recognised from soon on."""

    async def answered(self, run: str, tenant: str, texts: Sequence[str]) -> None:
        """Let each of *texts*, which *run* has answered to *tenant*, be known again from now on."""


class Travels(Protocol):
    """Knows what other systems tagged upstream of chunks."""

    async def labelled(self, chunks: Sequence[Chunk], tenant: str, unlabelled: str | None) -> Sequence[Chunk]:
        """Return *chunks* with the labels that travelled to them, which only tighten. Raises `ContextUnavailable`.

        *unlabelled* is the classification of what has none.
        """


class Notices(Protocol):
    """Tells where a request and what it declares disagree."""

    async def notices(self, request: ChatRequest, tenant: str, declared: Sequence[Chunk]) -> Sequence[Notice]:
        """Return the disagreements. Raises `ContextUnavailable`."""


class Joins(Protocol):
    """Adds to a response what spans tell of its context after its intent was recorded."""

    def recorded(self, tenant: str, trace_id: str) -> None:
        """See to it that what spans have told of the trace meanwhile is added; returns at once."""


class Watches(Protocol):
    """Tells other tenants that texts of theirs turned up."""

    async def watch(self, request: ChatRequest, chunks: Sequence[Chunk], tenant: str, response: str) -> None:
        """Record which texts of other tenants stand in *request* of *tenant*. Raises `LineageUnavailable`."""


class Contains(Protocol):
    """Knows which documents are out of use."""

    async def marked(self, chunks: Sequence[Chunk], tenant: str, request: ChatRequest) -> Sequence[Chunk]:
        """Return *chunks* of *request*, those out of use marked `contained`. Raises `ContextUnavailable`."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Answers requests, yielding only what may be released and recording why."""

    policies: Policies
    retrievers: Sequence[Retriever]
    detector: Guard
    routes: Routes
    writer: Writer
    content: Mapping[str, Content]
    """What the store may keep of each application's texts."""
    unpacker: Unpacker
    vault: Vault | None = None
    """Without one tokens are known for the length of their request."""
    guards: Mapping[str, Guard] = field(default_factory=dict)
    """For the languages of an application, by its name; all others have `detector`."""
    hashing: Hashing | None = None
    """Without one a value that is to be hashed is masked."""
    chains: Chains = UNCHAINED
    """What requests may go on from."""
    memory: Remembers | None = None
    """Without one nothing that a caller declares, and no answer, is recognised later."""
    recognised: Notices | None = None
    """Without one nobody looks for what a request does not declare."""
    travels: Travels | None = None
    """Without one a chunk has only its own labels."""
    embedder: Facts | None = None
    """What policies read as `dest.…` of a question that a collection is searched for; without one none is."""
    isolation: Watches | None = None
    """Without one no other tenant learns that a text of its own was refused to a caller."""
    joins: Joins | None = None
    """Without one spans that come late are not joined to the record."""
    containment: Contains | None = None
    """Without one a document that is out of use can be used all the same."""
    quarantines: Quarantines | None = None
    """Without one a chunk that a rule quarantines is dropped, and its document can be used by the next request."""

    async def run(self, request: ChatRequest, principal: Principal) -> AsyncGenerator[Head | Delta, None]:
        """Yield a `Head`, then the answer to *request*.

        Nothing is yielded before the first text that may be released, so a refusal or failure until then is an
        exception: `PolicyViolation`, `GuardUnavailable`, `LineageUnavailable`, `ProviderFailed` or another
        `GatewayError`, its `response_id` naming the record.
        """
        principal = _acting(request, principal)
        turn = await self.chains.turn(request, principal)
        request = turn.request
        content = self.content.get(principal.application, Content.MASKED)
        policies = self.policies.current
        async with Recorder(self.writer, request, principal, content, policies.digest) as run:
            # (1) Where could it go? May this caller ask at all?
            route = self._route(request, principal)
            run.bound_for([destination.facts for destination in route])
            unpacked = await self.unpacker.unpack(request)
            request = unpacked.request
            pseudonyms = await self._pseudonyms(request, principal)
            border = Border(
                policies, principal.facts, principal.tenant, route[0].facts, run.prompt, pseudonyms, self.hashing,
                nonce=nonce_of(run.id),
                replayed=nonce_of(request.replays),
            )  # fmt: skip
            routing = Routing(request, self.routes, border, run, deque(route))
            routing.open()

            # (2) Which documents feed this prompt, and what stands in the texts?
            unpacked = replace(unpacked, request=await self._searching(request, principal, border, run))
            material = await self._material(unpacked, principal, policies)
            if self.isolation:
                await self.isolation.watch(request, material.chunks, principal.tenant, run.id)
            pseudonyms.reserve(part for chunk in material.chunks for part in (chunk.text, chunk.heading))

            # (3) Which of them may be used, and where may this prompt go?
            try:
                crossing = routing.cross(material)
            except GatewayError:
                run.retrieved(material.chunks)
                raise
            finally:
                await self._quarantine(run, principal)
                if self.memory:  # what is recognised later is described as the record describes it
                    declared = _declared([edge.chunk for edge in run.prompt.edges])
                    await self.memory.declared(declared, principal.tenant)
            destination, prompt = crossing.destination, crossing.prompt
            run.bound_for([one.facts for one in (destination, *crossing.rest)])

            await self._keep(pseudonyms, request, principal)

            # (4) The intent is on disk before the provider is called.
            fallbacks = tuple(other.provider.name for other in crossing.rest)
            await run.admit(destination.provider.name, destination.region, prompt, fallbacks)
            if self.joins:
                self.joins.recorded(principal.tenant, request.trace_id)

            # (5) Ask, and release only what has been judged, with the caller's own values in it again.
            asking = Asking(routing, crossing.border, material, crossing, run)
            answering, dialect = self._guard(principal, policies).answering, request.dialect
            answer_border = AnswerBorder(lambda: asking.border, _fed(run), run.answer)
            said = asking.deltas()
            if answer_border.hears_calls:
                said = call_by_call(said, dialect=dialect, judge=answer_border.call)
            judged = guard(
                said,
                dialect=dialect,
                find=sparing(answering.find, pseudonyms),
                judge=answer_border.finding,
                note=run.answer.found,
                write=asking.write,
                by_sentence=answering.by_sentence,
            )
            if answer_border.reads_findings:
                judged = answer_border.whole(judged)
            told = restore(judged, pseudonyms, dialect=dialect, note=run.release)

            # (6) Name its documents, as the caller expects it and as their licences ask.
            owing = await Obligations.of(run, crossing.border, self._guard(principal, policies).find)
            beside = bool(owing) and in_annotations(request)
            cites = request.cites | ({Cites.ANNOTATIONS} if beside else frozenset())
            if cites:
                sources, owed = _sources(prompt, pseudonyms), owing.chunks if beside else tuple
                told = cite(told, dialect=dialect, sources=sources, cites=cites, owed=owed)
            if owing and not beside:
                as_json = wants_json(request)
                told = credit(told, dialect=dialect, owed=owing.owed, note=run.add, as_json=as_json)
            if Cites.SEARCH in cites:
                found = [chunk for chunk in _sources(prompt, pseudonyms) if chunk.how is How.RETRIEVED]
                told = tell_search(told, id=run.id, query=request.question, found=found, cites=cites)
            head: Head | None = None
            try:
                async with aclosing(turn.remembered(told, run.id)) as answer:
                    async for delta in answer:
                        if head is None:
                            head = Head(run, _attribution(run, material, pseudonyms))
                            yield head
                        yield delta
            finally:  # what was released of an answer that broke off can come back, too
                await self._remember(run, principal, pseudonyms)

    async def _quarantine(self, run: Recorder, principal: Principal) -> None:
        """Take the documents out of use whose chunks a rule has quarantined, also when the request is refused.

        That is as the record tells it: not for destinations that were passed over (routing.py).
        """
        if self.quarantines is not None:
            for ordered in _quarantined(run, principal.tenant):
                await self.quarantines.quarantine(ordered)

    async def _remember(self, run: Recorder, principal: Principal, pseudonyms: Pseudonyms) -> None:
        """Let the answer be known again if a document fed it: then its labels come with it into later turns."""
        if self.memory and any(edge.state is not ChunkState.DROPPED for edge in run.prompt.edges):
            texts = [restored(text, pseudonyms) for text in dict.fromkeys((*run.said, *run.judged))]
            await self.memory.answered(run.id, principal.tenant, texts)

    async def _searching(
        self, request: ChatRequest, principal: Principal, border: Border, run: Recorder
    ) -> ChatRequest:
        """Return *request* with what its searches may look for, which is recorded before it leaves the house.

        Raises `PolicyViolation` when policies keep its question from whoever embeds it.
        """
        embedder = self.embedder
        if not request.searches or embedder is None or not (question := request.question).strip():
            return request
        (findings,) = await self._guard(principal, border.policies).find([question])
        border = replace(border, dest=embedder, notes=Notes())
        try:
            asked = embeddable(border, question, findings)
        except PolicyViolation:
            run.prompt = border.notes
            run.bound_for([embedder])
            raise
        if not is_inside(embedder):
            body = embedding(principal, border, asked)
            await self.writer.append([RunEvent(run.id, RunState.COMPLETE, body, principal.tenant)])
        if asked != question or not is_inside(embedder):
            run.attempts.append(attempt(border))
        return request if asked == question else request.looking_for(asked)

    def _guard(self, principal: Principal, policies: PolicySet) -> Looking:
        return self.guards.get(principal.application, self.detector).under(policies)

    def _route(self, request: ChatRequest, principal: Principal) -> Route:
        model = request.model
        route = self.routes.models.get(model)
        if route is None:
            raise NotFound(f"The model {model!r} is not configured here; GET /v1/models lists those that are.",
                           param="model", code="model_not_found")  # fmt: skip
        if "*" not in principal.models and model not in principal.models:
            raise Forbidden(f"The application {principal.application!r} may not use the model {model!r}.",
                            param="model", code="model_not_allowed")  # fmt: skip
        return route

    async def _pseudonyms(self, request: ChatRequest, principal: Principal) -> Pseudonyms:
        """Return the tokens of the conversation that *request* is a turn of, so far."""
        scope = _scope(request, principal)
        kept = await asyncio.to_thread(self.vault.entries, scope) if self.vault and scope else ()
        own = (text.value for text in request.texts if text.kind != "binary" and text.sealed is None)
        return Pseudonyms(own, kept)

    async def _keep(self, pseudonyms: Pseudonyms, request: ChatRequest, principal: Principal) -> None:
        """Let the conversation live on, with the tokens that this turn has added."""
        scope = _scope(request, principal)
        if self.vault and scope:
            await asyncio.to_thread(self.vault.keep, scope, pseudonyms.entries)

    async def _retrieve(self, request: ChatRequest, principal: Principal, policies: PolicySet) -> list[Chunk]:
        """Return the chunks that every configured way has learnt, each once, ranked."""
        found: dict[tuple[str, str, str, Path], Chunk] = {}
        for retriever in self.retrievers:
            for chunk in await retriever.retrieve(request, principal):
                at = chunk.path if chunk.in_place else ()  # what stands in two places must go from both
                found.setdefault((str(chunk.source), chunk.document, chunk.digest, at), chunk)
        ranked: Sequence[Chunk] = [chunk.ranked(rank) for rank, chunk in enumerate(found.values(), 1)]
        if self.travels is not None:
            unlabelled = policies.defaults.unlabelled
            ranked = await self.travels.labelled(ranked, principal.tenant, unlabelled)
        if self.containment is not None:
            ranked = await self.containment.marked(ranked, principal.tenant, request)
        return [*ranked]

    async def _material(self, unpacked: Unpacked, principal: Principal, policies: PolicySet) -> Material:
        request = unpacked.request
        chunks = await self._retrieve(request, principal, policies)
        texts = request.texts
        scanned = ["" if text.kind == "binary" else text.value for text in texts]
        # What stands in the request already is scanned with its text.
        brought = [chunk if chunk.is_brought else None for chunk in chunks]
        around = (
            [chunk.text if chunk else "" for chunk in brought],
            [chunk.heading if chunk else "" for chunk in brought],
        )
        findings = await self._guard(principal, policies).find([*scanned, *around[0], *around[1]])
        noticed = await self._noticed(request, principal)
        for text, found in zip(texts, findings, strict=False):
            found += [*filter(None, [unpacked.unscanned.get(text.path)]), *noticed.pop(text.path, ())]
        inside, above = len(texts), len(texts) + len(chunks)
        absent = [finding for found in noticed.values() for finding in found]
        return Material(request, texts, findings[:inside], chunks, findings[inside:above], findings[above:], absent)

    async def _noticed(self, request: ChatRequest, principal: Principal) -> dict[Path, list[Finding]]:
        """Return where the texts of *request* and what it declares disagree; what is nowhere, under no path."""
        found: dict[Path, list[Finding]] = {}
        if self.recognised:
            for notice in await self.recognised.notices(request, principal.tenant, request.context):
                if notice.what is Disagreement.UNDECLARED and not request.context:
                    continue  # who declares nothing of his texts has not left anything out
                for start, end in notice.spans or ((0, 0),):
                    finding = Finding(notice.what.upper(), start, end, 1.0, "recognition")
                    found.setdefault(notice.path, []).append(finding)
        return found


@dataclass(slots=True)
class Asking:
    """One prompt on its way along a route, until a destination answers."""

    routing: Routing
    border: Border
    """The border to the destination that is being asked."""
    material: Material
    crossing: Crossing
    run: Recorder

    async def deltas(self) -> AsyncGenerator[Delta, None]:
        """Yield the answer of the first destination that gives one; after its first delta there is no other.

        A fallback is passed over unless the policies let the very same prompt go there: see `Routing.forbidden`.
        """
        failure: ProviderFailed | None = None
        prompt = self.crossing.prompt
        for destination in (self.crossing.destination, *self.crossing.rest):
            attempt = destination.attempt("answered")
            if failure is not None and not self._turn_to(destination):
                continue
            begun = False
            try:
                async with aclosing(destination.provider.answer(prompt, destination.model)) as deltas:
                    async for delta in deltas:
                        if not begun:
                            begun = True
                            self.run.attempts.append(attempt)
                        yield delta
            except ProviderFailed as exc:
                if begun:
                    self.run.attempts.pop()
                self.run.attempts.append(replace(attempt, outcome="failed", reason=exc.message))
                if begun or (isinstance(exc, ProviderRefused) and exc.status not in RETRYABLE):
                    raise
                failure = exc
            else:
                return
        raise failure or ProviderFailed("No provider is configured for this model.")

    def write(self, finding: Finding, effect: Effect, value: str) -> str:
        """Return what stands for a *value* that is hidden in the answer."""
        return self.border.answered(finding, effect, value)

    def _turn_to(self, destination: Destination) -> bool:
        """Return whether the prompt may go to *destination* as it is, and judge for it then on; note it if not."""
        border = self.routing.forbidden(destination, self.material, self.crossing.prompt)
        if isinstance(border, Border):
            self.border = border
            return True
        decision = border.decision if isinstance(border, PolicyViolation) else None
        self.run.attempts.append(destination.attempt("forbidden", border.message, decision))
        return False


def _declared(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Return those of *chunks* that the caller declared, with their texts."""
    return [chunk for chunk in chunks if chunk.how is How.DECLARED and chunk.text]


def _quarantined(run: Recorder, tenant: str) -> Sequence[Quarantine]:
    """Return what the decisions about the chunks of *run* order of their documents, each document once."""
    ordered: dict[tuple[str, str], Quarantine] = {}
    for edge in run.prompt.edges:
        winner, chunk = edge.decision.winner, edge.chunk
        if winner and winner.effect is Effect.QUARANTINE:
            ordered[str(chunk.source), chunk.document] = Quarantine(
                tenant, chunk.source, chunk.document, winner.reason, winner.rule, winner.owner, run.id
            )
    return [*ordered.values()]


def _attribution(run: Recorder, material: Material, pseudonyms: Pseudonyms) -> Callable[[], Object] | None:
    """Return what works out the attribution of the answer of *run*, made of *material*, if its caller asked for it."""
    if "attribution" not in run.request.include:
        return None
    texts = material.request.texts
    return lambda: attribution(run.channels, run.prompt.edges, texts, lambda text: restored(text, pseudonyms))


def _fed(run: Recorder) -> list[Chunk]:
    """Return the chunks that feed the answer of *run*, also those that are only known to have taken part."""
    return [edge.chunk for edge in run.prompt.edges if edge.state is not ChunkState.DROPPED]


def _sources(prompt: ChatRequest, pseudonyms: Pseudonyms) -> list[Chunk]:
    """Return the documents that were put into *prompt*, by their numbers, as the caller may read them."""
    brought = [item.chunk for item in prompt.placed if item.chunk.is_brought]
    return [
        replace(chunk, text=restored(chunk.text, pseudonyms)) if chunk.masked and pseudonyms else chunk
        for chunk in brought
    ]


def _scope(request: ChatRequest, principal: Principal) -> Scope | None:
    """Return whose values the tokens of *request* stand for; `None` when it names no conversation."""
    if not request.conversation:
        return None
    return Scope(principal.tenant, principal.application, principal.end_user, request.conversation)


def _acting(request: ChatRequest, principal: Principal) -> Principal:
    """Return *principal* for the purpose that *request* names; it may narrow the key's purposes, not widen them."""
    if request.purpose and request.purpose not in principal.purposes:
        raise Forbidden(
            f"The key of {principal.application!r} does not allow the purpose {request.purpose!r}.",
            param="lineward.purpose",
            code="purpose_not_allowed",
        )
    return principal.acting(purpose=request.purpose or principal.purpose, end_user=request.end_user)
