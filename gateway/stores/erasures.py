"""What erasures account for: which entries and texts are rightly not what they were, as the log itself tells."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from gateway.domain.runs import Erased
from gateway.stores.compression import compressor
from gateway.stores.decoding import decode
from gateway.stores.keeping import day
from gateway.stores.packing import pack_time
from gateway.stores.queries import EVENT, Asking
from gateway.stores.statements import table
from gateway.stores.tables import ErasureRow, EventRow


@dataclass(slots=True)
class Erasures:
    """The erasures of a log."""

    entries: dict[int, tuple[int, str]] = field(default_factory=dict)
    """By a redacted entry, the last erasure that redacted it, and what it left."""
    counts: dict[int, int] = field(default_factory=dict)
    """By an erasure's own entry, how many it redacted."""
    _names: dict[tuple[str, str], int] = field(default_factory=dict)
    """By a removed text's name and that of whose it was, the last erasure that removed it."""
    _before: list[tuple[int, int]] = field(default_factory=list)
    """For retention, the entry that tells of it, and the day."""

    def learn(self, ask: Asking) -> None:
        """Learn what the log tells of erasures; what is damaged of it tells nothing."""
        for index, detail in ask(_told):
            try:
                body = decode("erasure", compressor().unpack(bytes(detail)))
            except ValueError:
                continue
            if isinstance(body, Erased):
                self._add(index, body)

    def accounts_for(self, index: int, at: datetime, name: bytes | None, owner: bytes | None) -> bool:
        """Return whether the text *name* that entry *index*, made *at* that time, kept for *owner* is rightly gone."""
        if name is not None and owner is not None:
            # An earlier release did not say whose a text was that it removed.
            told = (self._names.get((name.hex(), whose), -1) for whose in (owner.hex(), ""))
            if max(told) > index:
                return True
        made = day(pack_time(at))
        return any(entry > index and made < before for entry, before in self._before)

    def _add(self, index: int, body: Erased) -> None:
        entries = [(entry, left) for entry, left in body.entries if entry < index]
        self.entries.update((entry, (index, left)) for entry, left in entries)
        self.counts[index] = len(entries)
        self._names.update(((name, body.owner), index) for name in body.names)
        if body.before is not None:
            self._before.append((index, body.before))


def _told(tenant: bool) -> Select[Any]:
    """The entries that tell of erasures, in their order."""
    columns = table(ErasureRow).c
    return (
        select(EVENT.idx, EVENT.detail)
        .join_from(table(ErasureRow), table(EventRow), EVENT.idx == columns.event)
        .order_by(EVENT.idx)
    )
