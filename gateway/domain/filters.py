"""What of a collection a search is to find: comparisons with what is known of each chunk; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from gateway.domain.facts import Value


class Comparison(StrEnum):
    """How an attribute of a chunk is compared; the first eight are OpenAI's."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    IN = "in"
    NIN = "nin"
    LACKS = "lacks"
    """Whether a list has none of the values."""


ORDERING = frozenset({Comparison.GT, Comparison.GTE, Comparison.LT, Comparison.LTE})

NEGATIVE = frozenset({Comparison.NE, Comparison.NIN, Comparison.LACKS})
"""Comparisons that hold for a chunk without the attribute; all others do not."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One attribute, and what it is compared with."""

    key: str
    """A label, or `document`, `source`, `title`, `url`, `version`."""
    comparison: Comparison
    values: tuple[Value, ...]
    """All of one type; more than one only for `in`, `nin` and `lacks`."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of at least two filters."""

    filters: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of at least two filters."""

    filters: tuple["Filter", ...]


Filter: TypeAlias = Compared | AllOf | AnyOf


def all_of(filters: Sequence[Filter | None]) -> Filter | None:
    """Return what all of *filters* let through; `None` lets everything through."""
    given = tuple(one for one in filters if one is not None)
    if len(given) > 1:
        return AllOf(given)
    return given[0] if given else None


def any_of(filters: Sequence[Filter]) -> Filter:
    """Return what at least one of *filters*, of which there is one, lets through."""
    return AnyOf(tuple(filters)) if len(filters) > 1 else filters[0]
