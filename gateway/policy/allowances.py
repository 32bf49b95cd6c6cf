"""What a policy set allows by name: values such as the company's own switchboard, which are then no findings.

Reviewed like rules, and in force before any rule is asked. What only contains such a value, or is found to be something
else as well, stays a finding.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.domain.json import Object
from gateway.policy.nodes import At, Block, Listing
from gateway.policy.patterns import PatternError, compiled

KEYS = ("entities", "owner", "values", "patterns", "ignore_case", "explain")

Allows = Callable[[str, str], bool]
"""Returns whether a finding of that entity and value is allowed by name."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """Values that are no findings of some entities."""

    at: At = field(compare=False)
    """Where it stands."""
    entities: frozenset[str]
    values: frozenset[str] = frozenset()
    """Values as they stand in texts, character by character."""
    patterns: tuple[str, ...] = ()
    """What whole values may look like, in RE2's syntax."""
    ignore_case: bool = False
    owner: str | None = None
    explain: str = ""
    """Why these values identify nobody who needs protection."""

    @property
    def canonical(self) -> Object:
        """Everything about it that matters, alike for all ways to write the same."""
        return {
            "entities": [*sorted(self.entities)],
            "values": [*sorted(self.values)],
            "patterns": [*sorted(self.patterns)],
            "ignore_case": self.ignore_case,
            "owner": self.owner,
            "explain": self.explain,
        }

    @property
    def matcher(self) -> Callable[[str], bool]:
        """The function that tells whether a value is one of these. Raises `PatternError`."""
        patterns = [compiled(pattern, ignore_case=self.ignore_case) for pattern in self.patterns]
        if not self.ignore_case:
            return lambda value: value in self.values or any(matches(value) for matches in patterns)
        folded = {value.casefold() for value in self.values}
        return lambda value: value.casefold() in folded or any(matches(value) for matches in patterns)

    @property
    def is_boundless(self) -> bool:
        """Whether a pattern of it takes anything, and so stands for `detect nothing of these entities`."""
        return any(all(map(compiled(pattern, ignore_case=False), _ODD)) for pattern in self.patterns)


_ODD = ("x", "0 Z", "\u00e9#7@")
"""Values that have nothing in common."""


def allowance(block: Block) -> Allowance:
    """Return what *block*, an item of `allow` in a policy file, says. Raises `ConfigurationError`."""
    block.only(KEYS, "an item of 'allow'")
    entities, values, patterns = (_texts(block, key) for key in ("entities", "values", "patterns"))
    if not entities:
        block.at.fail("An item of 'allow' needs 'entities': the findings that its values are not.")
    if not (values or patterns):
        block.at.fail("An item of 'allow' needs 'values' or 'patterns'.")
    ignore_case = block.scalar("ignore_case")
    found = Allowance(
        at=block.at,
        entities=frozenset(entities),
        values=frozenset(values),
        patterns=patterns,
        ignore_case=ignore_case is not None and ignore_case.one_of(("true", "false"), "choice") == "true",
        owner=block.text("owner") or None,
        explain=block.text("explain"),
    )
    try:
        _ = found.matcher
    except PatternError as error:
        block.keys["patterns"].fail(str(error))
    return found


def allows(allowances: Sequence[Allowance]) -> Allows:
    """Return the function that tells whether one of *allowances* names a value."""
    matchers: dict[str, list[Callable[[str], bool]]] = {}
    for one in allowances:
        matcher = one.matcher
        for entity in one.entities:
            matchers.setdefault(entity, []).append(matcher)
    known: Mapping[str, Sequence[Callable[[str], bool]]] = matchers
    return lambda entity, value: entity in known and any(matches(value) for matches in known[entity])


def _texts(block: Block, key: str) -> tuple[str, ...]:
    node = block.entries.get(key)
    if node is None:
        return ()
    if not isinstance(node, Listing):
        node.at.fail(f"{key!r} must be a list.")
    for item in node.scalars:
        if not item.text:
            item.at.fail(f"An item of {key!r} is empty.")
    return tuple(item.text for item in node.scalars)
