"""Tokens that stand for values while a prompt is away, `<PERSON_1>`, and what they stand for.

One `Pseudonyms` belongs to one request and is shared with no other, so no answer can be given another caller's values.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

_NO_NAME = re.compile(r"[^A-Z0-9]+")
_LONGEST_NAME = 36
_MOST_WORDS = 7


@dataclass(frozen=True, slots=True)
class Entry:
    """One value and its token's name. Without an entity the name is spent: it may stand for nothing any more."""

    name: str
    """As between the brackets: `PERSON_1`."""
    entity: str
    value: str


class Pseudonyms:
    """The tokens of one request, numbered by entity in the order in which their values are first asked for.

    The same characters of the same entity get the same token, so an unchanged history keeps its tokens from turn to
    turn. Values that differ only in case differ: what comes back must be what was there. A name that stands in the
    caller's own *texts*, in any of the forms in which models write tokens, is nobody's token: it is passed over when
    values are numbered, and never restored.
    """

    __slots__ = ("_counts", "_kept", "_names", "_own", "_texts", "_tokens", "_values", "fragile")

    def __init__(self, texts: Iterable[str] = (), kept: Iterable[Entry] = ()) -> None:
        """Start with the tokens that an earlier turn of the conversation has *kept*."""
        self._texts: list[Iterable[str]] = [texts]
        self._own: str | None = None
        """The caller's texts as `normal` has them, once somebody needs to know."""
        self._names: dict[str, str] = {}
        """Name in tokens of each entity."""
        self._counts: dict[str, int] = {}
        """The last number given to each name."""
        self._tokens: dict[tuple[str, str], str] = {}
        self._values: dict[str, str] = {}
        self._kept: set[str] = set()
        self.fragile = False
        """Whether a value cannot stand in a JSON string as it is."""
        for entry in kept:
            self._keep(entry)

    def __bool__(self) -> bool:
        return bool(self._values)

    def reserve(self, texts: Iterable[str]) -> None:
        """Take *texts* for the caller's own as well, such as his documents; before the first token is asked for."""
        self._texts.append(texts)
        self._own = None
        for (entity, value), name in list(self._tokens.items()):
            if self._is_own(name):
                del self._tokens[entity, value], self._values[name]

    def token(self, entity: str, value: str) -> str:
        """Return the token that stands for *value*, a text that was found to be an *entity*."""
        known = self._tokens.get((entity, value))
        if known is not None:
            return f"<{known}>"
        name = self._names.get(entity) or self._name(entity)
        number = self._counts[name] + 1
        while self._is_own(f"{name}_{number}"):
            number += 1
        self._counts[name] = number
        self._remember(Entry(f"{name}_{number}", entity, value))
        return f"<{name}_{number}>"

    def value(self, name: str) -> str | None:
        """Return what the token of that *name*, as `normal` has it, stands for; `None` for the name of none."""
        return self._values.get(name)

    def may_become(self, beginning: str) -> bool:
        """Return whether a token's name might begin like this, as `normal` has it."""
        for name, count in self._counts.items():
            stem = name + "_"
            if stem.startswith(beginning):
                return True
            number = beginning.removeprefix(stem)
            if number is not beginning and number.isdecimal() and len(number) <= len(str(count)):
                return True
        return False

    @property
    def entries(self) -> list[Entry]:
        """The tokens that were made here, without those that came from an earlier turn."""
        return [Entry(name, entity, value) for (entity, value), name in self._tokens.items() if name not in self._kept]

    @property
    def values(self) -> Mapping[str, str]:
        """Every token's name and value."""
        return self._values

    def _keep(self, entry: Entry) -> None:
        stem, _, number = entry.name.rpartition("_")
        if not stem or not number.isdecimal():
            return
        self._counts[stem] = max(self._counts.get(stem, 0), int(number))
        if entry.entity and self._name(entry.entity) == stem and not self._is_own(entry.name):
            self._kept.add(entry.name)
            self._remember(entry)

    def _remember(self, entry: Entry) -> None:
        self._tokens[entry.entity, entry.value] = entry.name
        self._values[entry.name] = entry.value
        self.fragile = self.fragile or _FRAGILE.search(entry.value) is not None

    def _name(self, entity: str) -> str:
        """Return how tokens call *entity*: capitals, digits and single underscores, a letter first."""
        name = _NO_NAME.sub("_", entity.upper()).strip("_")[:_LONGEST_NAME].rstrip("_")
        name = name if name[:1].isalpha() else f"X{name}"
        name = name if name.count("_") < _MOST_WORDS else name.replace("_", "")
        self._counts.setdefault(name, 0)
        return self._names.setdefault(entity, name)

    def _is_own(self, name: str) -> bool:
        """Return whether the caller's texts hold *name*."""
        if self._own is None:
            self._texts = [[normal("\n".join(chain.from_iterable(self._texts)))]]
            self._own = "".join(self._texts[0])
        return name in self._own


_FRAGILE = re.compile(r'["\\\x00-\x1f]')


def normal(text: str) -> str:
    """Return *text* as token names are compared: capitals, `_` for spaces and hyphens, no backslashes."""
    return text.replace("\\", "").replace(" ", "_").replace("-", "_").upper()
