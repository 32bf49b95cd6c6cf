"""What a rule can read of one use: typed values by full name, and why others cannot be read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

from gateway.domain.facts import Facts, Value
from gateway.policy.attributes import HEIRS, Attribute, Schema
from gateway.policy.values import typed


class Unreadable(Exception):
    """A rule reads what is not there, or not of its type; the message is a sentence for people, without the value."""

    def __init__(self, attribute: str, sentence: str) -> None:
        super().__init__(sentence)
        self.attribute = attribute


@dataclass(frozen=True, slots=True)
class Reading:
    """The attributes of one use that are there and of their type."""

    values: dict[str, Value]
    """By full name, such as `chunk.source`."""
    wrong: dict[str, str] = field(default_factory=dict)
    """Attributes that are there but cannot be read, and the sentence that says why."""

    def problem(self, attribute: Attribute) -> str | None:
        """Return why *attribute*, which is not among the values, cannot do without one; `None` if it is optional."""
        if attribute.required or self.wrong:
            missing = f"{attribute.name} is missing." if attribute.required else None
            return self.wrong.get(attribute.name, missing)
        return None


class Reader:
    """Reads facts by a schema; remembers what it read, since users and destinations recur.

    A value left out is taken from *defaults*, by full name.
    """

    def __init__(self, schema: Schema, defaults: Mapping[str, Value], size: int = 8192) -> None:
        self._schema = schema
        self._defaults = defaults
        self._labels: dict[str, dict[str, tuple[Attribute, Callable[[Value], Value | None]]]] = {}
        for name, attribute in schema.attributes.items():
            namespace, _, label = name.partition(".")
            self._labels.setdefault(namespace, {})[label] = attribute, typed(attribute)
        self._read = lru_cache(maxsize=size)(self._typed)

    def reading(self, subject: str, about: Facts, user: Facts, dest: Facts) -> Reading:
        """Return what can be read of a use of the *subject* (such as `chunk`) that these facts are about."""
        a, b, c = self._read(subject, about), self._read("user", user), self._read("dest", dest)
        return Reading({**a.values, **b.values, **c.values}, {**a.wrong, **b.wrong, **c.wrong})

    def about(self, namespace: str, facts: Facts) -> Reading:
        """Return what can be read of *facts* alone, which rules read as *namespace*."""
        return self._read(namespace, facts)

    def _typed(self, namespace: str, facts: Facts) -> Reading:
        labels = self._labels[namespace]
        reading = Reading({}, {})
        for label in facts:
            if label in labels:
                attribute, read = labels[label]
                value = read(facts[label])
                if value is None:
                    reading.wrong[attribute.name] = f"{attribute.name} is not {attribute.sentence}."
                else:
                    reading.values[attribute.name] = value
        if namespace in HEIRS:
            self._inherit(namespace, facts, reading.values)
        for name, value in self._defaults.items():
            if name.startswith(f"{namespace}.") and name not in reading.wrong:
                reading.values.setdefault(name, value)
        return reading

    def _inherit(self, namespace: str, facts: Facts, values: dict[str, Value]) -> None:
        """Put the join of the labels of all chunks that fed a prompt or an answer among its *values*."""
        unlabelled = self._defaults.get("chunk.classification", "")
        labels = cast("tuple[str, ...]", facts.get("classifications", ()))
        joins = {
            f"{namespace}.classification": self._schema.highest(label or unlabelled for label in labels),
            f"{namespace}.trust": self._schema.least_trusted(cast("tuple[str, ...]", facts.get("origins", ()))),
        }
        values |= {n: join for n, join in joins.items() if join is not None and n in self._schema.attributes}
