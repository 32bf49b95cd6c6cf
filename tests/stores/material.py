"""Events as a gateway would record them, for every test of stores."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from gateway.domain.decisions import Decision, Effect, Mode, RuleHit, Target
from gateway.domain.digests import digest, new_id
from gateway.domain.documents import Chunk, ChunkState, Document, How, IngestedDocument, Source
from gateway.domain.facts import Facts
from gateway.domain.findings import Where
from gateway.domain.principals import Principal, Role
from gateway.domain.runs import (
    Attempt,
    Breached,
    BreachedChunk,
    Edge,
    Ingestion,
    Intent,
    LineageReported,
    Noted,
    Outcome,
    PolicyActivated,
    RunEvent,
    RunState,
    Segment,
    Traced,
    Usage,
)

POLICY = digest("the policies")
KB = Source("file", "kb")
LABELS = Facts(classification="internal", purposes=("support", "sales"), expires_at=datetime(2030, 1, 1, tzinfo=UTC))
OPENAI = Facts(provider="openai", model="gpt-4o-mini", region="us", self_hosted=False, zero_retention=True)
AZURE = Facts(provider="azure", model="gpt-4o-mini", region="eu", self_hosted=False, zero_retention=True)
ALLOW = Decision(Target.CHUNK, Effect.ALLOW, (), POLICY)
DROP = Decision(
    Target.CHUNK,
    Effect.DROP_CHUNK,
    (
        RuleHit(
            rule="stays-in-house",
            effect=Effect.DROP_CHUNK,
            owner="sec@acme.example",
            reason="file/kb is confidential; openai is outside",
            values=(("chunk.classification", "confidential"), ("dest.self_hosted", False)),
        ),
        RuleHit("watch", Effect.FLAG, Mode.SHADOW, reason="seen"),
    ),
    POLICY,
)
MASK = Decision(Target.FINDING, Effect.MASK, (RuleHit("pii", Effect.MASK, reason="EMAIL_ADDRESS in prompt"),), POLICY)
FOUND = Noted("EMAIL_ADDRESS", Where.PROMPT, "messages[1].content", 3, 19, 1.0, "patterns", "mask", "pii", "user")


def chunk(document="page-1.md", ordinal=0, text="", *, source=KB, how=How.RECOGNISED, **more):
    """One piece of a document; unless told otherwise its text tells which."""
    text = text or f"Piece {ordinal} of {document}: what we grant, and to whom."
    given = {"title": document.upper(), "url": f"https://kb.example/{document}", "labels": LABELS, **more}
    given.setdefault("version", digest(f"the text of {document}"))
    return Chunk(source=source, document=document, ordinal=ordinal, text=text, how=how, **given)


def edges(*chunks, state=ChunkState.SENT, decision=ALLOW):
    """Edges from *chunks*, ranked as they come."""
    return tuple(
        Edge(replace(one, rank=rank, score=round(1 / (rank + 1), 4)), state, decision)
        for rank, one in enumerate(chunks, start=1)
    )


def intent(*used, application="support-bot", end_user="u-1", tenant="acme", question="May I, u-1, ask?", **more):
    """An intent that *used* some edges."""
    principal = Principal(
        application=application,
        tenant=tenant,
        roles=frozenset({Role.APP}),
        purposes=("support", "sales"),
        models=("gpt-4o-mini",),
        collections=("kb",),
        purpose="support",
        end_user=end_user,
        groups=("staff",),
    )
    given = {
        "provider": "openai",
        "region": "us",
        "stream": True,
        "request": digest(f"the request of {end_user}"),
        "edges": used,
        "findings": (FOUND,),
        "decisions": (MASK,),
        "manifest": (Segment("user", "messages[1].content", 0, len(question), digest(question)),),
        "policy": POLICY,
        "content": {digest(question): question},
        "question": digest(question),
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        "fallbacks": ("azure",),
        "destinations": (OPENAI, AZURE),
        **more,
    }
    return Intent(principal, "gpt-4o-mini", **given)


def outcome(answer="You may.", **more):
    """An outcome that released *answer*."""
    given = {
        "decision": "masked",
        "released": digest(answer),
        "provider": "openai",
        "model": "gpt-4o-mini-2024-07-18",
        "attempts": (Attempt("openai", "gpt-4o-mini", "answered"),),
        "finish_reasons": ("stop",),
        "usage": Usage(1200, 30),
        "findings": (replace(FOUND, where=Where.RESPONSE, place="choices[0].message.content", carrier="answer"),),
        "content": {digest(answer): answer},
        "first_delta_ms": 312.5,
        "total_ms": 1800.25,
        **more,
    }
    return Outcome(**given)


def started(body=None, *, run=None, tenant="acme"):
    """The START of a run."""
    return RunEvent(run or new_id(), RunState.START, body or intent(*edges(chunk())), tenant)


def ended(start, body=None, state=RunState.COMPLETE):
    """The end of the run that *start* began."""
    return RunEvent(start.run, state, body or outcome(), start.tenant)


def run(*used, **more):
    """START and COMPLETE of one run that *used* some edges."""
    start = started(intent(*(used or edges(chunk())), **more), tenant=more.get("tenant", "acme"))
    return start, ended(start)


def document(name="page-1.md", text="The first text.", *, source=KB, labels=LABELS, title="Page"):
    """A version of a document."""
    return Document(source, name, text, digest(text), title, f"https://kb.example/{name}", labels)


def entering(one, *texts, outcome="added"):
    """What becomes of the document *one* with chunks of *texts*; without any, of its whole text."""
    chunks = tuple(
        Chunk(one.source, one.id, one.version, at, text, How.RETRIEVED, title=one.title, url=one.url, labels=one.labels)
        for at, text in enumerate(texts or (one.text,))
    )
    return IngestedDocument(one, chunks, outcome)


def ingested(*entries, tenant="acme", **more):
    """One ingest run of *entries*."""
    principal = Principal("indexer", tenant, frozenset({Role.ADMIN}))
    return RunEvent(new_id(), RunState.COMPLETE, Ingestion(principal, "kb", entries, **more), tenant)


def told(start, *later, **more):
    """Spans told later of *later* chunks that fed the run that *start* began."""
    traced = edges(*later, state=ChunkState.RETRIEVED, **more)
    return RunEvent(start.run, RunState.COMPLETE, Traced(traced, POLICY), start.tenant)


def breached(*chunks, tenant="globex", response=None, late=False):
    """Chunks of *tenant* turned up in a request of another one."""
    names = tuple(
        BreachedChunk(one.source, one.document, one.version, one.ordinal, one.digest, 0.75, 300) for one in chunks
    )
    return RunEvent(new_id(), RunState.COMPLETE, Breached(response or new_id(), names, late), tenant)


def activated():
    """A policy set was put in charge."""
    return RunEvent(new_id(), RunState.COMPLETE, PolicyActivated(POLICY, ("pii", "watch"), "policies/"), "")


def faults(ledger):
    """What verification finds wrong."""
    return [step for step in ledger.verify() if not isinstance(step, int)]


def reported(event, *, tenant="acme"):
    """The entry of the log for the OpenLineage *event*."""
    return RunEvent(new_id(), RunState.COMPLETE, LineageReported("etl", json.dumps(event)), tenant)
