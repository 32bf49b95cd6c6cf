"""Which policies decided since when, and what they said, from the log's own entries about it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, literal_column, select

from gateway.domain.digests import Digest
from gateway.domain.records import Activation
from gateway.domain.runs import PolicyActivated
from gateway.stores.compression import compressor
from gateway.stores.connecting import Row
from gateway.stores.decoding import decode
from gateway.stores.packing import unpack_id, unpack_time
from gateway.stores.queries import EVENT
from gateway.stores.questions import NEWEST, Questions, place
from gateway.stores.statements import table
from gateway.stores.tables import EventRow

PAGE = 50


class SQLActivations:
    """Answers from the store that *questions* asks. Every method raises `LineageUnavailable`."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    def last(self) -> Activation | None:
        """Return the newest activation; `None` if there was none yet."""
        return next(self._newest_first(), None)

    def history(self, *, limit: int, cursor: str = "") -> tuple[Sequence[Activation], str]:
        """Return one page of activations, newest first, and the next page's cursor.

        Raises `BadRequest` for a cursor that no page gave.
        """
        found = self._page(place(cursor), limit + 1)
        return found[:limit], str(found[limit - 1].index) if len(found) > limit else ""

    def files(self, digest: Digest) -> Mapping[str, str] | None:
        """Return the policy files of the set *digest*; `None` if no activation holds them."""
        return next((one.files for one in self._newest_first() if one.digest == digest and one.files), None)

    def matching(self, prefix: str) -> Sequence[Digest]:
        """Return the digests of sets whose files are known and that begin with *prefix*, each once."""
        known = (one.digest for one in self._newest_first() if one.files)
        return [*dict.fromkeys(digest for digest in known if digest.startswith(prefix))]

    def _newest_first(self) -> Iterator[Activation]:
        before = NEWEST
        while page := self._page(before, PAGE):
            yield from page
            before = page[-1].index

    def _page(self, before: int, limit: int) -> Sequence[Activation]:
        with self._questions.asking() as ask:
            return [_activation(row) for row in ask(activations, before=before, limit=limit)]


def activations(tenant: bool) -> Select[Any]:
    """The `limit` newest entries before `before` that say which policies decide."""
    # In so many words, as the index has it: of a parameter the database would not know that it means those entries.
    found = select(EVENT.idx, EVENT.id, EVENT.at, EVENT.detail).select_from(table(EventRow))
    found = found.where(EVENT.type == literal_column("'policy'"), EVENT.idx < bindparam("before"))
    return found.order_by(EVENT.idx.desc()).limit(bindparam("limit"))


def _activation(row: Row) -> Activation:
    index, name, at, detail = row
    body = decode("policy", compressor().unpack(detail))
    if not isinstance(body, PolicyActivated):
        raise ValueError("the detail is not that of an activation")
    return Activation(index, unpack_id(name), unpack_time(at), body.digest, body.rules, body.origin, body.files)
