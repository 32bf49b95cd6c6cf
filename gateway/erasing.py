"""Erasing somebody everywhere: in the record, and in all that was derived from it or kept beside it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from gateway.domain.documents import Source
from gateway.domain.erasures import Erasure
from gateway.domain.principals import Principal
from gateway.retaining import Chunks, Index
from gateway.stores.erasedchunks import Touched
from gateway.stores.erasing import Eraser
from gateway.stores.scrubbing import scrub


class Recognition(Protocol):
    """What recognises registered documents."""

    def forget(self, tenant: str, source: Source, document: str) -> int:
        """Recognise *document* no more. Raises `LineageUnavailable`."""


class Keeps(Protocol):
    """What keeps something of conversations."""

    def forget_person(self, tenant: str, end_user: str) -> int:
        """Remove the conversations of *end_user* and return how many. Raises `GuardUnavailable`."""


@dataclass(frozen=True, slots=True)
class Erasing:
    """Erases by *eraser* in the record, then elsewhere, and at last from the files of the databases at *urls*."""

    eraser: Eraser
    recognition: Recognition
    conversations: Sequence[Keeps]
    index: Index
    chunks: Chunks
    urls: Sequence[str]

    def subject(self, by: Principal, end_user: str, *, dry_run: bool = False, rebuild: bool = False) -> Erasure:
        """Erase the person *end_user* of *by*'s tenant; with *dry_run* only tell what that would be.

        Everything may be repeated: what one erasure was kept from doing, be it by a crash, the next one does. With
        *rebuild* the files are written anew. Raises `HoldsIt`, `LineageUnavailable`, `GuardUnavailable`.
        """
        would, _ = self.eraser.subject(by, end_user, dry_run=True)
        if dry_run:
            return would
        for one in self.conversations:
            one.forget_person(by.tenant, end_user)
        recognition, touched = self.recognition, Touched()
        erasure, _ = self.eraser.subject(
            by,
            end_user,
            forget=lambda named: recognition.forget(by.tenant, named.source, named.document),
            touched=touched,
        )
        return self._elsewhere(erasure, touched, rebuild=rebuild)

    def document(self, by: Principal, name: str, *, dry_run: bool = False, rebuild: bool = False) -> Erasure:
        """Erase the texts of the document *name* of *by*'s tenant. Raises the same."""
        touched = Touched()
        erasure, documents = self.eraser.document(by, name, dry_run=dry_run, touched=touched)
        if dry_run:
            return erasure
        for named in documents:
            self.recognition.forget(by.tenant, named.source, named.document)
        return self._elsewhere(erasure, touched, rebuild=rebuild)

    def finish(self) -> bool:
        """Do what an erasure that broke off was kept from doing outside the record; return whether there was anything.

        Raises `LineageUnavailable`.
        """
        if not self.index.due():
            return False
        self.index.remove(lambda: self._clean(None))
        return True

    def close(self) -> None:
        """Close what was opened to erase."""
        self.eraser.close()
        self.index.close()

    def _elsewhere(self, erasure: Erasure, touched: Touched, *, rebuild: bool) -> Erasure:
        rebuilt: list[bool] = []

        def clean() -> None:
            # What others erased, who broke off or are not done yet, is followed with it, and nobody says what that was.
            alone = self.index.behind() == touched.entries
            rebuilt.append(self._clean(touched.chunks if alone else None, rebuild=rebuild))

        self.index.remove(clean)
        if not rebuilt:  # there was nothing to remove
            clean()
        return replace(erasure, rebuilt=any(rebuilt))

    def _clean(self, chunks: Collection[int] | None, *, rebuild: bool = False) -> bool:
        """Remove what is left of *chunks*, or of all, and in files; return whether one was written anew."""
        self.chunks.forget(chunks)
        rebuilt = [scrub(url, rebuild=rebuild) for url in self.urls]
        return any(rebuilt)
