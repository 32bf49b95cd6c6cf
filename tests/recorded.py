"""Recorded responses, as a store would give them, for tests of what decides about them again."""

from datetime import UTC, datetime

from gateway.domain.decisions import Decision, Effect, Target
from gateway.domain.digests import new_id
from gateway.domain.documents import Chunk, ChunkState, How, Source
from gateway.domain.facts import Facts
from gateway.domain.findings import Where
from gateway.domain.principals import Principal
from gateway.domain.records import Recorded
from gateway.domain.runs import Attempt, Edge, Intent, Noted, Outcome

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
OUTSIDE = Facts(
    provider="openai", model="gpt", region="us", self_hosted=False, zero_retention=True, trains_on_data=False
)
INSIDE = Facts(
    provider="house", model="llama", region="eu", self_hosted=True, zero_retention=True, trains_on_data=False
)


def chunk(document="a.md", how=How.RETRIEVED, path=(), **labels):
    labels.setdefault("classification", "internal")
    return Chunk(Source("kb", "docs"), document, "sha256:v", 0, "", how, "sha256:c", labels=Facts(labels), path=path)


def found(entity="EMAIL_ADDRESS", where=Where.PROMPT, place="messages[0].content", carrier="user"):
    return Noted(entity, where, place, 0, 9, 1.0, "patterns", "allow", None, carrier)


def recorded(
    *chunks, findings=(), answered="openai", decision="allow", destinations=(OUTSIDE,), policy="", at=AT, answer=(),
    tools=(), application="bot", error="", tenant="acme",
):  # fmt: skip
    """A response whose record has these parts; *answer* are the findings in it, *answered* is by whom."""
    allow = Decision(Target.CHUNK, Effect.ALLOW, (), policy)
    intent = Intent(
        Principal(application, tenant, purpose="support", end_user="u-1"),
        "gpt", answered or "openai", "us", False, "sha256:r",
        edges=[Edge(one, ChunkState.SENT, allow) for one in chunks],
        findings=findings, policy=policy, destinations=destinations,
    )  # fmt: skip
    models = {str(one["provider"]): str(one["model"]) for one in destinations}
    attempts = [Attempt(answered, models.get(answered, "gpt"), "answered")] if answered else []
    outcome = Outcome(
        decision, error, released="sha256:a" if answered else None, provider=answered, attempts=attempts,
        findings=answer, tool_calls=tools,
    )  # fmt: skip
    return Recorded(new_id(), at, tenant, intent, outcome)
