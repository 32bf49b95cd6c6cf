"""What an answer owes to the documents that were sent for it: rules whose effect is `cite` say so."""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from gateway.border import Border
from gateway.crediting import Credit
from gateway.domain.chat import ChatRequest, Cites
from gateway.domain.decisions import HIDING, REFUSING, Decision, Effect, Target
from gateway.domain.documents import Chunk, ChunkState
from gateway.domain.findings import Finding, Where, rewritten
from gateway.domain.json import JSON, Object
from gateway.domain.runs import Edge
from gateway.lineage.recorder import Recorder
from gateway.redaction import at_least, mask, settled

Find = Callable[[Sequence[str]], Awaitable[list[list[Finding]]]]
"""Finds in each of the texts, remembering what comes again."""

_SENT = frozenset({ChunkState.SENT, ChunkState.MASKED})


class Obligations:
    """The documents that one answer has to name, and what may be told of them."""

    def __init__(self, run: Recorder, credits: Sequence[tuple[Edge, Credit]]) -> None:
        self._run = run
        self._credits = credits

    @classmethod
    async def of(cls, run: Recorder, border: Border, find: Find) -> "Obligations":
        """Return what the answer of *run*, for which the *border* was crossed, may come to owe.

        Titles and addresses are judged like the documents' texts, and like the answer: what would be hidden there is
        masked here. Raises `GuardUnavailable`.
        """
        doings = border.policies.doings
        of_all = (Target.RESPONSE, Effect.CITE) in doings
        if not of_all and (Target.CHUNK, Effect.CITE) not in doings:
            return cls(run, ())
        edges = [edge for edge in run.prompt.edges if edge.state in _SENT and (of_all or _owes(edge.decision))]
        texts = [text for edge in edges for text in (edge.chunk.heading, edge.chunk.url or "")]
        found = iter(await find(texts) if texts else ())
        return cls(run, [(edge, _credit(edge, border, next(found), next(found))) for edge in edges])

    def owed(self) -> list[Credit]:
        """Return what is to be told now, and take down that it is."""
        decided = (*self._run.prompt.decisions, *self._run.answer.decisions)
        of_all = any(_owes(decision) for decision in decided if decision.target is Target.RESPONSE)
        owed = [(edge, credit) for edge, credit in self._credits if of_all or _owes(edge.decision)]
        self._run.cited |= {(str(edge.chunk.source), edge.chunk.document): str(credit) for edge, credit in owed}
        return [credit for _, credit in owed]

    def chunks(self) -> list[Chunk]:
        """Return the documents that are owed credit now with nothing but what may be told, and take down that it is."""
        owed = {*self.owed()}
        return [credit.cited(edge.chunk) for edge, credit in self._of_documents() if credit in owed]

    def _of_documents(self) -> Iterable[tuple[Edge, Credit]]:
        """Return what may be told, once of each document."""
        return {(edge.chunk.source, edge.chunk.document): (edge, credit) for edge, credit in self._credits}.values()

    def __bool__(self) -> bool:
        """Return whether anything may be owed."""
        return bool(self._credits)


def in_annotations(request: ChatRequest) -> bool:
    """Return whether the answer to *request* names its documents beside its text: where the caller expects that.

    That is so too where the text has to be JSON and there is another place for names.
    """
    return request.dialect.annotates and (Cites.ANNOTATIONS in request.cites or wants_json(request))


def wants_json(request: ChatRequest) -> bool:
    """Return whether *request* asks for an answer in JSON, in any dialect's way.

    OpenAI's `response_format` and `text.format`, Anthropic's `output_config.format` and the `output_format` before it,
    vLLM's `guided_json` and `structured_outputs.json`.
    """
    raw = request.raw
    forms = (raw.get("response_format"), raw.get("output_format"), *(_in(raw, name, "format") for name in _HOLDERS))
    asked = any(isinstance(form, dict) and form.get("type") in ("json_object", "json_schema") for form in forms)
    return asked or bool(raw.get("guided_json") or _in(raw, "structured_outputs", "json"))


_HOLDERS = ("text", "output_config")


def _in(raw: Object, name: str, key: str) -> JSON:
    inner = raw.get(name)
    return inner.get(key) if isinstance(inner, dict) else None


def _owes(decision: Decision) -> bool:
    return any(hit.effect is Effect.CITE for hit in decision.enforced)


def _credit(edge: Edge, border: Border, in_title: Sequence[Finding], in_url: Sequence[Finding]) -> Credit:
    chunk = edge.chunk

    def decide(finding: Finding) -> Decision:
        places = ((Where.CHUNK, "chunk"), (Where.RESPONSE, "answer"))
        decisions = [border.finding(finding, where, carrier) for where, carrier in places]
        return at_least(min(decisions, key=lambda one: one.effect.severity), edge.decision)

    hidden = [one for one, decision in settled(in_title, decide) if decision.effect in HIDING | REFUSING]
    url = (
        "" if any(decision.effect in HIDING | REFUSING for _, decision in settled(in_url, decide)) else chunk.url or ""
    )
    return Credit.of(rewritten(chunk.heading, hidden, mask), str(chunk.labels.get("license", "")), url)
