"""Erases a person or a document from the store, in short transactions each of which the log tells of.

The person is a *subject*: an application's name for its user, within one tenant and whatever application they used.
Gone are then their key and with it every text; their name; all digests of their texts; and the documents that nobody
but they ever declared, or only others who were erased: those go with the last of them. Everything else stays, and
answers as before: their responses count on, as nobody's. Of a document the texts go with its key; its name and its
digests stay, so that it is still known who was fed by it.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from gateway.domain.digests import new_id
from gateway.domain.erasures import Erasure, HoldsIt
from gateway.domain.principals import Principal
from gateway.domain.runs import Erased, Quarantined, RunEvent, RunState
from gateway.stores.asides import Asked
from gateway.stores.documented import Catalogued
from gateway.stores.erasedchunks import Touched
from gateway.stores.masters import Masters
from gateway.stores.packing import plain
from gateway.stores.personal import Person
from gateway.stores.prints import forget_prints
from gateway.stores.sought import Named
from gateway.stores.sql import SQLStore

REST = 0.02
"""Seconds between two transactions at least, in which others write; else as long as the last one took."""


class Eraser:
    """Erases through *store*, whose texts *masters* open.

    However much there is to erase, whoever else writes waits for one short transaction: of a person with 50,000
    responses among 100,000, in SQLite, the median took 60 ms and the longest 0.5 s, all together 2.5 minutes; appends
    beside it took 11 ms, 1 % of them more than 0.2 s. Between two transactions the record is whole, and what was broken
    off is finished by doing the same again.
    """

    def __init__(self, store: SQLStore, masters: Masters) -> None:
        self._store = store
        self._masters = masters

    def subject(
        self,
        by: Principal,
        end_user: str,
        *,
        dry_run: bool = False,
        forget: Callable[[Named], object] = lambda one: one,
        touched: Touched | None = None,
    ) -> tuple[Erasure, Sequence[Named]]:
        """Erase the person *end_user* of *by*'s tenant; with *dry_run* only tell what that would be.

        Returns the documents that go with them, too. Nobody knows their names afterwards: each is handed to *forget*
        before; *touched* is told what was done. Several people, and the same, may be erased at once. Raises `HoldsIt`
        when a legal hold lies on them, on a response or on a document of theirs, or while they are being answered;
        `LineageUnavailable`. What was erased until then is told of.
        """
        salt = os.urandom(32)
        person = Person(by, plain(end_user), self._masters, salt)
        if not person.name:
            return Erasure("subject"), ()
        survey = self._store.look(person.survey)
        documents = [*survey.documents.values()]
        if dry_run:
            return survey.told, documents
        forget_prints(self._store, by.tenant, person.name)
        for one in documents:
            forget(one)
        self._store.look(lambda ask: person.begin(ask, survey))

        def between() -> None:
            if person.waits:
                for one in self._store.look(person.late):
                    forget(one)
                    documents.append(one)

        done = Erasure("subject", given_up=survey.told.given_up)
        done = self._run(person, salt, done, touched or Touched(), between)
        return replace(done, documents=[one.document for one in documents]), documents

    def document(
        self, by: Principal, name: str, *, dry_run: bool = False, touched: Touched | None = None
    ) -> tuple[Erasure, Sequence[Named]]:
        """Erase the texts of the document *name*, of whatever source, of *by*'s tenant. Raises the same."""
        salt = os.urandom(32)
        document = Catalogued(by, name, self._masters, salt)
        survey = self._store.look(document.survey)
        if dry_run:
            return survey, document.named
        done = Erasure("document", documents=survey.documents)
        return self._run(document, salt, done, touched or Touched()), document.named

    def close(self) -> None:
        """Close the connection to the store."""
        self._store.close()

    def _run(
        self,
        work: Person | Catalogued,
        salt: bytes,
        done: Erasure,
        touched: Touched,
        between: Callable[[], None] = lambda: None,
    ) -> Erasure:
        run = new_id()
        while work.more:
            told: list[tuple[Erasure, object]] = []

            def change(ask: Asked, told: list[tuple[Erasure, object]] = told) -> RunEvent | None:
                part, body = work.step(ask)
                told.append((part, body))
                return None if body is None else _event(run, body, work.by.tenant)

            began = time.monotonic()
            try:
                between()
                index = self._store.amend(change)
            except HoldsIt as exc:
                if done.index is None:
                    raise
                raise HoldsIt(exc.message.replace("Nothing was", "Not everything was", 1), code=exc.code) from exc
            ((part, body),) = told
            if isinstance(body, Erased):
                touched.entries += 1
                done = replace(
                    done, responses=done.responses + part.responses, entries=done.entries + part.entries,
                    texts=done.texts + part.texts, index=index, opening=salt.hex(),
                )  # fmt: skip
            if work.more:
                time.sleep(max(REST, time.monotonic() - began))
        touched.chunks |= work.chunks
        self._masters.forget()
        return done


def _event(run: str, body: Erased | Quarantined, tenant: str) -> RunEvent:
    return RunEvent(run, RunState.COMPLETE, body, tenant)
