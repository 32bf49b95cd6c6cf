"""What policies are asked, and what they answer (XACML's words: decision, obligation)."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from gateway.domain.digests import Digest
from gateway.domain.facts import NONE, Facts, Value


class Target(StrEnum):
    """What a rule speaks about; each is a border of the journey."""

    INGEST = "ingest"
    REQUEST = "request"
    CHUNK = "chunk"
    PROMPT = "prompt"
    FINDING = "finding"
    RESPONSE = "response"
    TOOL_CALL = "tool_call"


class Effect(StrEnum):
    """What a rule does to a use, most restrictive first: the order in which effects win."""

    DENY = "deny"
    QUARANTINE = "quarantine"
    DROP_CHUNK = "drop_chunk"
    ROUTE = "route"
    MASK = "mask"
    PSEUDONYMISE = "pseudonymise"
    HASH = "hash"
    FENCE = "fence"
    CITE = "cite"
    FLAG = "flag"
    ALLOW = "allow"

    @property
    def severity(self) -> int:
        """Rank among effects, 0 the most restrictive."""
        return _SEVERITY[self]


_SEVERITY = {effect: rank for rank, effect in enumerate(Effect)}

REFUSING = frozenset({Effect.DENY, Effect.QUARANTINE, Effect.DROP_CHUNK})
"""Effects under which the subject is not used."""

HIDING = frozenset({Effect.MASK, Effect.PSEUDONYMISE, Effect.HASH})
"""Effects that take a finding's value out of the text."""


class Mode(StrEnum):
    """Whether a rule acts (`enforce`), is only recorded (`shadow`), or sleeps (`off`)."""

    ENFORCE = "enforce"
    SHADOW = "shadow"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Use:
    """One question to the policies: may this *subject* be used by this *user* at this *destination*?"""

    target: Target
    subject: Facts = NONE
    """Attributes of what `target` names; a rule reads them as `chunk.…`, `finding.…`, `prompt.…` …"""
    user: Facts = NONE
    """`application, tenant, end_user, groups, purpose, roles` of the caller."""
    dest: Facts = NONE
    """`provider, model, region, self_hosted, zero_retention, trains_on_data` of where it would go."""


@dataclass(frozen=True, slots=True)
class RuleHit:
    """One rule that applied to a use."""

    rule: str
    effect: Effect
    mode: Mode = Mode.ENFORCE
    owner: str | None = None
    reason: str = ""
    """The rule's explanation, filled with the values that it read; no content."""
    values: tuple[tuple[str, Value], ...] = ()
    """The attributes that the rule read, by full name, such as `("chunk.classification", "confidential")`."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one Use: the most restrictive enforced effect, and every rule that spoke."""

    target: Target
    effect: Effect
    hits: tuple[RuleHit, ...] = ()
    """Enforced and shadow hits, most restrictive first, ties by rule id."""
    policy: Digest = ""
    """Digest of the policy set that decided."""
    enforced: tuple[RuleHit, ...] = field(default=(), compare=False)
    """The hits that act; filled in from `hits`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "enforced", tuple(hit for hit in self.hits if hit.mode is Mode.ENFORCE))

    def beside(self, other: "Decision") -> "Decision":
        """Return this decision with the rules that spoke in *other*, which restricts no more, among its hits."""
        hits = dict.fromkeys((*self.hits, *other.hits))
        return replace(self, hits=tuple(sorted(hits, key=lambda hit: (hit.effect.severity, hit.rule))))

    @property
    def winner(self) -> RuleHit | None:
        """The rule that gave the effect, or `None` when nothing restricts the use."""
        return self.enforced[0] if self.enforced else None

    @property
    def allowed(self) -> bool:
        """Whether the subject may be used at all, perhaps with obligations."""
        return self.effect not in REFUSING

    def undone(self, effect: Effect) -> "Decision":
        """Return the same where what rules with *effect* ask for cannot be done: they spoke, as rules in shadow do."""
        if not any(hit.effect is effect for hit in self.enforced):
            return self
        hits = tuple(replace(hit, mode=Mode.SHADOW) if hit.effect is effect else hit for hit in self.hits)
        rest = next((hit.effect for hit in hits if hit.mode is Mode.ENFORCE), Effect.ALLOW)
        return replace(self, effect=rest, hits=hits)

    @property
    def remedy(self) -> str:
        """What can be done by whoever is refused, in a sentence; empty when nothing is refused."""
        if self.allowed:
            return ""
        owner = next((hit.owner for hit in self.enforced if hit.owner), None)
        ask = f"ask {owner} about the rule" if owner else "ask whoever keeps the policies about the rule"
        return f"{_REMEDIES[self.target]}, or {ask}."

    def without(self, effect: Effect) -> "Decision":
        """Return what is left when what rules with *effect* ask for is done: the next effect, and all other rules."""
        hits = tuple(hit for hit in self.hits if hit.effect is not effect or hit.mode is not Mode.ENFORCE)
        rest = next((hit.effect for hit in hits if hit.mode is Mode.ENFORCE), Effect.ALLOW)
        return replace(self, effect=rest, hits=hits)


_REMEDIES = {
    Target.INGEST: "Correct the document's labels if they are wrong",
    Target.REQUEST: "Ask for another model or purpose that your key allows",
    Target.CHUNK: "Ask without this document (in a new conversation if an earlier answer brings it along), or ask a "
    "model that it may go to",
    Target.PROMPT: "Take out of the prompt what the rule names, or ask a model that it may go to",
    Target.FINDING: "Take what was found out of the text",
    Target.RESPONSE: "Ask for something else, or without the documents that the rule names",
    Target.TOOL_CALL: "Ask without the documents that the rule names, or without this tool",
}
