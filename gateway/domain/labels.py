"""Labels of documents: who may give which, how they are read, and how the catalogue's and a claimant's are joined.

Labels come from the registered source catalogue; whoever hands in a document may only tighten them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import cast

from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest
from gateway.domain.facts import NONE, Facts, Value

LABELS = frozenset(
    {
        "ai_inference",
        "ai_mining",
        "ai_training",
        "classification",
        "consent",
        "denied_readers",
        "embargo_until",
        "expires_at",
        "lawful_basis",
        "legal_hold",
        "license",
        "owner",
        "purposes",
        "quality",
        "readers",
        "residency",
        "tags",
        "trust",
    }
)
"""Names that are labels wherever they stand: the built-in attributes of a document that its author may know."""

RESERVED = frozenset({"document", "how", "id", "quarantined", "source", "tenant"})
"""Attributes that no document may give itself."""

LISTS = frozenset({"denied_readers", "purposes", "readers", "tags"})
"""Labels that are lists, also when only one word stands there."""

TIMES = frozenset({"embargo_until", "expires_at"})
"""Labels that are times, also when they come as text (RFC 3339)."""

ANOTHER_TENANT = "another tenant"
"""Value of the attribute `tenant` of a text that belongs to somebody else, as far as anybody here may know."""

ORDERS: Mapping[str, Sequence[str]] = {
    "classification": ("public", "internal", "confidential", "restricted"),
    "trust": ("internal", "partner", "web", "user_upload"),
    "ai_inference": ("allowed", "constrained", "not_allowed"),
    "ai_training": ("allowed", "constrained", "not_allowed"),
    "ai_mining": ("allowed", "constrained", "not_allowed"),
}
"""Labels whose words are ordered, the loosest first."""


def read_labels(given: Mapping[object, object], at: str, param: str | None = None) -> Facts:
    """Return the labels that *given*, out of YAML or JSON, means; *at* says to people where it stands.

    Raises `BadRequest` naming the label that is reserved or of no type that policies read: a document without its
    labels must not enter.
    """
    return Facts(dict(_read(given, at, param)))


def _read(given: Mapping[object, object], at: str, param: str | None) -> Iterator[tuple[str, Value]]:
    for name, value in given.items():
        key = str(name)
        place = f"{param}.{key}" if param else None
        if key in RESERVED:
            raise BadRequest(f"{at}: a document may not say its own {key!r}.", param=place, code="invalid_label")
        if value is None:
            continue
        read = _value(key, value)
        if read is None:
            raise BadRequest(f"{at}: the label {key!r} must be {_wanted(key)}.", param=place, code="invalid_label")
        yield key, read


def _value(name: str, value: object) -> Value | None:
    """Return *value* in the types that policies read; `None` when there is none for it."""
    if isinstance(value, str) and name in TIMES:
        return _time(value)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if isinstance(value, str):
        return (value,) if name in LISTS else value
    if isinstance(value, int | float) and abs(value) < 2**63:
        return value
    return None


def _time(text: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _wanted(name: str) -> str:
    if name in TIMES:
        return "a date or a time (RFC 3339)"
    return "a string, a number of 64 bits, true, false, a time or a list of strings"


def joined(catalogue: Facts, claimed: Facts, orders: Mapping[str, Sequence[str]] = ORDERS) -> Facts:
    """Return the labels of a text that the *catalogue* knows and somebody *claimed* labels for: never looser than it.

    The higher classification, the lesser trust and the stricter AI preference hold; readers and purposes are those in
    both, denied readers and tags those in either; it expires at the earlier and is embargoed until the later time; one
    hold or quarantine holds, and consent takes both. Of every other label the catalogue's word holds, and what it says
    nothing about is as claimed. A claim of another type than its label has counts for nothing; a word that *orders*
    does not know is stricter than any that it knows.
    """
    result = {**claimed, **catalogue}
    for name in claimed.keys() & catalogue.keys():
        held, said = catalogue[name], claimed[name]
        if held == said:
            continue
        if name in orders:
            result[name] = _stricter(held, said, orders[name])
        elif name in _TIGHTER:
            result[name] = _TIGHTER[name](held, said)
    return Facts(result)


def _stricter(held: Value, said: Value, order: Sequence[str]) -> Value:
    if not isinstance(said, str):
        return held
    return said if _rank(said, order) > _rank(held, order) else held


def _rank(word: Value, order: Sequence[str]) -> int:
    return order.index(word) if isinstance(word, str) and word in order else len(order)


def _both(held: Value, said: Value) -> Value:
    listed, named = _list(held), _list(said)
    return held if listed is None or named is None else tuple(one for one in listed if one in named)


def _either(held: Value, said: Value) -> Value:
    listed, named = _list(held), _list(said)
    return held if listed is None or named is None else tuple(dict.fromkeys((*listed, *named)))


def _list(value: Value) -> tuple[str, ...] | None:
    if isinstance(value, str):
        return (value,)
    return value if isinstance(value, tuple) else None


def _of_times(choose: Callable[[datetime, datetime], datetime]) -> Callable[[Value, Value], Value]:
    def tighter(held: Value, said: Value) -> Value:
        claim = _value("expires_at", said)
        if not isinstance(held, datetime) or not isinstance(claim, datetime):
            return held
        return choose(cast(datetime, _value("expires_at", held)), claim)

    return tighter


def _one_holds(held: Value, said: Value) -> Value:
    return said if isinstance(said, bool) and said else held


def _both_agree(held: Value, said: Value) -> Value:
    return said if isinstance(said, bool) and not said else held


_TIGHTER: Mapping[str, Callable[[Value, Value], Value]] = {
    "readers": _both,
    "purposes": _both,
    "denied_readers": _either,
    "tags": _either,
    "expires_at": _of_times(min),
    "embargo_until": _of_times(max),
    "legal_hold": _one_holds,
    "quarantined": _one_holds,
    "consent": _both_agree,
}


@dataclass(frozen=True, slots=True)
class SourceLabels:
    """What the catalogue says of the documents of each registered source."""

    of_source: Mapping[Source, Facts] = field(default_factory=dict)
    of_namespace: Mapping[str, Facts] = field(default_factory=dict)
    """For all sources of a namespace; a source's own word comes first."""

    def of(self, source: Source) -> Facts:
        """Return the default labels of *source*; nothing for one that is not registered."""
        return self.of_namespace.get(source.namespace, NONE) | self.of_source.get(source, NONE)

    def joined(self, source: Source, claimed: Facts) -> Facts:
        """Return the labels of a document of *source* for which *claimed* was said; see `joined`."""
        defaults = self.of(source) if source in self else NONE
        return joined(defaults, claimed) if defaults else claimed

    def __contains__(self, source: object) -> bool:
        return isinstance(source, Source) and (source in self.of_source or source.namespace in self.of_namespace)


UNREGISTERED = SourceLabels()
"""A catalogue that has registered no source."""
