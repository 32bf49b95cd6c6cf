"""Erasing somebody everywhere: in the record, and in all that was derived from it or kept beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from gateway.domain.documents import Source
from gateway.domain.erasures import Erasure
from gateway.domain.principals import Principal
from gateway.stores.erasing import Eraser, Traces
from gateway.stores.scrubbing import scrub


class Recognition(Protocol):
    """What recognises registered documents."""

    def forget(self, tenant: str, source: Source, document: str) -> int:
        """Recognise *document* no more. Raises `LineageUnavailable`."""


class Keeps(Protocol):
    """What keeps something of conversations."""

    def forget_person(self, tenant: str, end_user: str) -> int:
        """Remove the conversations of *end_user* and return how many. Raises `GuardUnavailable`."""


class Index(Protocol):
    """What responses are found by."""

    def forget(self, responses: Sequence[str]) -> int:
        """Find *responses* no more. Raises `LineageUnavailable`."""


@dataclass(frozen=True, slots=True)
class Erasing:
    """Erases by *eraser* in the record, then elsewhere, and at last from the files of the databases at *urls*."""

    eraser: Eraser
    recognition: Recognition
    conversations: Sequence[Keeps]
    indexes: Sequence[Index]
    urls: Sequence[str]

    def subject(self, by: Principal, end_user: str, *, dry_run: bool = False, rebuild: bool = False) -> Erasure:
        """Erase the person *end_user* of *by*'s tenant; with *dry_run* only tell what that would be.

        Everything may be repeated: what one erasure was kept from doing, the next one does. With *rebuild* the files
        are written anew. Raises `HoldsIt`, `LineageUnavailable`, `GuardUnavailable`.
        """
        would, traces = self.eraser.subject(by, end_user, dry_run=True)
        if dry_run:
            return would
        for one in self.conversations:
            one.forget_person(by.tenant, end_user)
        for named in traces.documents:  # afterwards nobody knows their names
            self.recognition.forget(by.tenant, named.source, named.document)
        erasure, traces = self.eraser.subject(by, end_user)
        return self._elsewhere(by.tenant, erasure, traces, rebuild=rebuild)

    def document(self, by: Principal, name: str, *, dry_run: bool = False, rebuild: bool = False) -> Erasure:
        """Erase the texts of the document *name* of *by*'s tenant. Raises the same."""
        erasure, traces = self.eraser.document(by, name, dry_run=dry_run)
        return erasure if dry_run else self._elsewhere(by.tenant, erasure, traces, rebuild=rebuild)

    def close(self) -> None:
        """Close what was opened to erase."""
        self.eraser.close()

    def _elsewhere(self, tenant: str, erasure: Erasure, traces: Traces, *, rebuild: bool) -> Erasure:
        for named in traces.documents:
            self.recognition.forget(tenant, named.source, named.document)
        for index in self.indexes:
            index.forget(traces.responses)
        rebuilt = [scrub(url, rebuild=rebuild) for url in self.urls]
        return replace(erasure, rebuilt=any(rebuilt))
