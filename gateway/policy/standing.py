"""What holds without any rule and cannot be configured away: tenants are apart, and quarantine is quarantine."""

from collections.abc import Callable, Mapping

from gateway.domain.decisions import Effect, RuleHit, Target
from gateway.policy.readings import Reading

TENANT_ISOLATION = "tenant-isolation"
QUARANTINE = "quarantine"
NO_POLICY = "no-policy"
RESERVED = frozenset({TENANT_ISOLATION, QUARANTINE, NO_POLICY})
"""Rule ids that no file may use."""

Judge = Callable[[Reading], RuleHit | None]


def _isolation(attribute: str) -> Judge:
    def judge(reading: Reading) -> RuleHit | None:
        owner, user = reading.values.get(attribute), reading.values.get("user.tenant")
        if attribute not in reading.wrong and (owner is None or owner == user):
            return None
        read = ((attribute, owner), ("user.tenant", user))
        # Neither the document nor its tenant is named: the caller must not learn that it exists.
        return RuleHit(
            TENANT_ISOLATION,
            Effect.DENY,
            reason="A text of another tenant may not be used.",
            values=tuple((name, value) for name, value in read if value is not None),
        )

    return judge


def _quarantine(attribute: str, effect: Effect) -> Judge:
    def judge(reading: Reading) -> RuleHit | None:
        value = reading.values.get(attribute)
        if attribute in reading.wrong:
            return RuleHit(QUARANTINE, effect, reason=reading.wrong[attribute])
        if not value:
            return None
        return RuleHit(QUARANTINE, effect, reason="The document is quarantined.", values=((attribute, value),))

    return judge


STANDING: dict[Target, tuple[Judge, ...]] = {
    Target.CHUNK: (_isolation("chunk.tenant"), _quarantine("chunk.quarantined", Effect.DROP_CHUNK)),
    Target.INGEST: (_isolation("document.tenant"), _quarantine("document.quarantined", Effect.QUARANTINE)),
}

STANDING_READS: Mapping[Target, frozenset[str]] = {
    Target.CHUNK: frozenset({"chunk.tenant", "chunk.quarantined", "user.tenant"}),
    Target.INGEST: frozenset({"document.tenant", "document.quarantined", "user.tenant"}),
}
"""Full names of the attributes that they read."""
