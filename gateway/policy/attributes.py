"""The attributes that rules may read: their names, types and order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gateway.domain.decisions import Target
from gateway.domain.documents import How
from gateway.domain.facts import Value
from gateway.domain.findings import Where

SUBJECTS: Mapping[Target, str] = {
    Target.INGEST: "document",
    Target.REQUEST: "request",
    Target.CHUNK: "chunk",
    Target.PROMPT: "prompt",
    Target.FINDING: "finding",
    Target.RESPONSE: "response",
    Target.TOOL_CALL: "tool_call",
}
"""What a rule of each target calls the subject of its question."""

TARGETS: Mapping[str, Target] = {subject: target for target, subject in SUBJECTS.items()}

HEIRS = ("prompt", "response", "tool_call", "finding")
"""Subjects that inherit the labels of the chunks that fed them; a finding, those of what it stands in."""

LINK = "LINK"
"""Entity of an absolute link in an answer, whose `finding.category` is `link`."""

NOW = "now"
"""The attribute of no namespace: the minute in which a question is asked."""


class Kind(StrEnum):
    """The type of an attribute, as `schema` in a policy file names it."""

    STRING = "string"
    INT = "int"
    DOUBLE = "double"
    BOOL = "bool"
    TIMESTAMP = "timestamp"
    LIST = "list"
    """A list of strings."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One thing that a rule may read."""

    name: str
    """Full name, such as `chunk.classification`."""
    kind: Kind
    required: bool = False
    """Whether a use without it cannot be judged by a rule that reads it."""
    choices: tuple[str, ...] = ()
    """The values that a string may have, lowest first; any if empty."""
    label: bool = False
    """Whether it comes from a source's labels, so that a policy file may declare it anew."""

    @property
    def sentence(self) -> str:
        """What its value has to be, for people."""
        return f"one of {', '.join(self.choices)}" if self.choices else _SENTENCES[self.kind]


_SENTENCES = {
    Kind.STRING: "a string",
    Kind.INT: "a whole number",
    Kind.DOUBLE: "a number",
    Kind.BOOL: "true or false",
    Kind.TIMESTAMP: "a date or a time with its UTC offset (RFC 3339)",
    Kind.LIST: "a list of strings",
}

CLASSIFICATIONS = ("public", "internal", "confidential", "restricted")
"""Built-in classifications, lowest first."""

TRUST = ("user_upload", "web", "partner", "internal")
"""Built-in origins by how far their text is trusted, least first."""

PREFERENCES = ("allowed", "constrained", "not_allowed")
"""AI-use preferences (CAWG training and data mining assertion 1.1)."""

SECRETS = frozenset(
    {
        "ANTHROPIC_API_KEY",
        "AWS_ACCESS_KEY",
        "AZURE_KEY",
        "CONNECTION_STRING",
        "GCP_API_KEY",
        "GITHUB_TOKEN",
        "HIGH_ENTROPY_SECRET",
        "JWT",
        "OPENAI_API_KEY",
        "PASSWORD",
        "PRIVATE_KEY",
        "SLACK_TOKEN",
        "STRIPE_KEY",
    }
)
"""Entities whose `finding.category` is `secret`; that of a `LINK` is `link`, and every other entity is `pii`."""


def _label(name: str, kind: Kind, *choices: str, required: bool = False) -> Attribute:
    return Attribute(name, kind, required, choices, label=True)


def _given(name: str, kind: Kind, *choices: str) -> Attribute:
    return Attribute(name, kind, True, choices)


def _labels(subject: str) -> tuple[Attribute, ...]:
    """Return the attributes that a source's labels give to a *subject*."""
    return (
        Attribute(f"{subject}.quarantined", Kind.BOOL),
        _label(f"{subject}.classification", Kind.STRING, *CLASSIFICATIONS, required=True),
        _label(f"{subject}.readers", Kind.LIST),
        _label(f"{subject}.denied_readers", Kind.LIST),
        _label(f"{subject}.purposes", Kind.LIST),
        _label(f"{subject}.lawful_basis", Kind.STRING),
        _label(f"{subject}.consent", Kind.BOOL),
        _label(f"{subject}.license", Kind.STRING),
        Attribute(f"{subject}.license_attribution", Kind.BOOL),
        Attribute(f"{subject}.license_noncommercial", Kind.BOOL),
        Attribute(f"{subject}.license_unknown", Kind.BOOL),
        _label(f"{subject}.ai_inference", Kind.STRING, *PREFERENCES),
        _label(f"{subject}.ai_training", Kind.STRING, *PREFERENCES),
        _label(f"{subject}.ai_mining", Kind.STRING, *PREFERENCES),
        _label(f"{subject}.residency", Kind.STRING),
        _label(f"{subject}.expires_at", Kind.TIMESTAMP),
        _label(f"{subject}.embargo_until", Kind.TIMESTAMP),
        _label(f"{subject}.legal_hold", Kind.BOOL),
        _label(f"{subject}.trust", Kind.STRING, *TRUST),
        _label(f"{subject}.quality", Kind.DOUBLE),
        _label(f"{subject}.owner", Kind.STRING),
        _label(f"{subject}.tags", Kind.LIST),
    )


def _context(subject: str) -> tuple[Attribute, ...]:
    """Return the attributes that chunks hand on to the *subject* that they fed: the join of their labels."""
    return (
        _given(f"{subject}.chunks", Kind.INT),
        _label(f"{subject}.classification", Kind.STRING, *CLASSIFICATIONS),
        _label(f"{subject}.trust", Kind.STRING, *TRUST),
        Attribute(f"{subject}.purposes", Kind.LIST),
        Attribute(f"{subject}.readers", Kind.LIST),
        Attribute(f"{subject}.denied_readers", Kind.LIST),
        Attribute(f"{subject}.residencies", Kind.LIST),
    )


_BUILT_IN = (
    Attribute(NOW, Kind.TIMESTAMP, True),
    _given("chunk.source", Kind.STRING),
    _given("chunk.document", Kind.STRING),
    _given("chunk.how", Kind.STRING, *How),
    _given("chunk.tenant", Kind.STRING),
    *_labels("chunk"),
    _given("document.source", Kind.STRING),
    _given("document.id", Kind.STRING),
    _given("document.tenant", Kind.STRING),
    *_labels("document"),
    _given("finding.entity", Kind.STRING),
    _given("finding.category", Kind.STRING, "pii", "secret", "link"),
    _given("finding.score", Kind.DOUBLE),
    _given("finding.where", Kind.STRING, *Where),
    _given("finding.detector", Kind.STRING),
    Attribute("finding.carrier", Kind.STRING),
    Attribute("finding.host", Kind.STRING),
    _label("finding.classification", Kind.STRING, *CLASSIFICATIONS),
    _label("finding.trust", Kind.STRING, *TRUST),
    _given("request.model", Kind.STRING),
    _given("request.stream", Kind.BOOL),
    _given("prompt.entities", Kind.LIST),
    *_context("prompt"),
    _given("response.entities", Kind.LIST),
    *_context("response"),
    _given("tool_call.name", Kind.STRING),
    *_context("tool_call"),
    _given("user.application", Kind.STRING),
    _given("user.tenant", Kind.STRING),
    _given("user.end_user", Kind.STRING),
    _given("user.groups", Kind.LIST),
    _given("user.verified", Kind.BOOL),
    _given("user.purpose", Kind.STRING),
    _given("user.commercial", Kind.BOOL),
    _given("user.roles", Kind.LIST),
    _given("dest.provider", Kind.STRING),
    _given("dest.model", Kind.STRING),
    _given("dest.region", Kind.STRING),
    _given("dest.self_hosted", Kind.BOOL),
    _given("dest.zero_retention", Kind.BOOL),
    _given("dest.trains_on_data", Kind.BOOL),
)


@dataclass(frozen=True, slots=True)
class Schema:
    """Every attribute that the rules of one policy set may read."""

    attributes: Mapping[str, Attribute] = field(default_factory=lambda: {a.name: a for a in _BUILT_IN})

    def visible(self, target: Target) -> dict[str, Attribute]:
        """Return what a rule of *target* may read: its subject, the user, the destination, and `now`."""
        roots = {SUBJECTS[target], "user", "dest", NOW}
        return {name: a for name, a in self.attributes.items() if name.partition(".")[0] in roots}

    def extended(self, declared: Iterable[Attribute]) -> "Schema":
        """Return a schema that also has the *declared* attributes.

        What is declared of a chunk holds for a document on its way in, and an order of `chunk.classification` and
        `chunk.trust` for whatever inherits them. Without an order nothing can inherit.
        """
        attributes = dict(self.attributes)
        for attribute in declared:
            attributes[attribute.name] = attribute
            subject, _, label = attribute.name.partition(".")
            if subject == "chunk":
                attributes[f"document.{label}"] = replace(attribute, name=f"document.{label}")
                for heir in {f"{heir}.{label}" for heir in HEIRS} & attributes.keys():
                    attributes[heir] = replace(attribute, name=heir, required=False)
                    if not attribute.choices:
                        del attributes[heir]
        return Schema(attributes)

    def highest(self, classifications: Iterable[Value]) -> str | None:
        """Return the highest of *classifications*; one that is not known counts as the highest there is."""
        choices = self.attributes["chunk.classification"].choices
        ranks = [choices.index(str(value)) if value in choices else len(choices) - 1 for value in classifications]
        return choices[max(ranks)] if ranks else None

    def least_trusted(self, origins: Iterable[Value]) -> str | None:
        """Return the least trusted of *origins*; one that is not known counts as the least there is."""
        choices = self.attributes["chunk.trust"].choices
        ranks = [choices.index(str(value)) if value in choices else 0 for value in origins]
        return choices[min(ranks)] if ranks and choices else None


BUILT_IN = Schema()
