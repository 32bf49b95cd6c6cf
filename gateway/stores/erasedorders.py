"""Quarantines and legal holds of documents that are erased with somebody: they lose the documents' names, too.

A document stays out of use as long as it is there: its name goes from the catalogue and from the register in one
transaction. Then nothing is left that could be used, and the quarantine is given up by an entry of its own, so that
whoever looks after it sees how it ended. A document under a hold is not erased: what is redacted of holds are those
that were released before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.domain.documents import Source
from gateway.domain.principals import Principal
from gateway.domain.runs import Quarantined
from gateway.stores.additions import short
from gateway.stores.asides import Asked
from gateway.stores.redacting import ERASED, erased_name
from gateway.stores.sought import Named

GIVEN_UP = "It was erased together with the person whose document it was."

_CONTAINED = """SELECT q.namespace, q.source, q.document FROM quarantine q WHERE q.tenant = ? AND q.event IN (
    SELECT MAX(event) FROM quarantine WHERE tenant = ? GROUP BY namespace, source, document) AND q.released = ?"""
_QUARANTINES = "SELECT event FROM quarantine WHERE tenant = ? AND namespace = ? AND source = ? AND document = ?"
_HOLDS = "SELECT event FROM hold WHERE tenant = ? AND kind = 'document' AND target = ?"
_NAMED = "SELECT d.id FROM document d JOIN source s ON s.id = d.source WHERE s.tenant = ? AND d.name = ?"

_QUARANTINE = "UPDATE quarantine SET document = ? WHERE event = ?"
_HOLD = "UPDATE hold SET target = ? WHERE event = ?"


@dataclass(frozen=True, slots=True)
class Orders:
    """The entries about documents that are erased."""

    quarantines: Mapping[int, int]
    """Entry to the number of the document; so with holds."""
    holds: Mapping[int, int]

    @classmethod
    def about(cls, ask: Asked, tenant: str, gone: Mapping[int, Named]) -> "Orders":
        """Return those about the documents *gone* of *tenant*, whatever they are called in the catalogue by now.

        A hold names no source: it stays named as long as another source has a document of that name.
        """
        quarantines, holds = dict[int, int](), dict[int, int]()
        for number, one in gone.items():
            name, place = short(one.document), (short(one.source.namespace), short(one.source.name))
            quarantines |= {int(row[0]): number for row in ask.rows(_QUARANTINES, tenant, *place, name)}
            if {int(row[0]) for row in ask.rows(_NAMED, tenant, name)} <= gone.keys():
                holds |= {int(row[0]): number for row in ask.rows(_HOLDS, tenant, name)}
        return cls(quarantines, holds)

    @property
    def entries(self) -> Mapping[int, int]:
        """All of them."""
        return {**self.quarantines, **self.holds}

    def rename(self, ask: Asked) -> None:
        """Take the documents' names from the rows."""
        ask.run(_QUARANTINE, *((erased_name(number), entry) for entry, number in self.quarantines.items()))
        ask.run(_HOLD, *((erased_name(number), entry) for entry, number in self.holds.items()))


def contained(ask: Asked, tenant: str) -> list[Named]:
    """Return the documents of *tenant* that are out of use."""
    rows = ask.rows(_CONTAINED, tenant, tenant, False)
    return [Named(Source(namespace, name), document) for namespace, name, document in rows]


def contained_of(ask: Asked, tenant: str, documents: Iterable[Named]) -> list[str]:
    """Return the names of those of *documents* that are out of use."""
    there = {(one.source.namespace, one.source.name, one.document) for one in contained(ask, tenant)}
    named = ((one, (one.source.namespace, one.source.name, one.document)) for one in documents)
    return [one.document for one, parts in named if tuple(map(short, parts)) in there]


def given_up(ask: Asked, by: Principal) -> Quarantined | None:
    """Return what gives up the quarantine of a document of *by*'s tenant that was erased; `None` if there is none."""
    for one in contained(ask, by.tenant):
        if one.document.startswith(ERASED):
            return Quarantined(one.source, one.document, GIVEN_UP, released=True, principal=by)
    return None
