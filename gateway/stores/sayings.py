"""What entries of the log said: the texts alone, many at a time, so that few responses are read that are not meant."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from gateway.domain.digests import Digest
from gateway.recognition.likeness import Wanted
from gateway.stores import wishes
from gateway.stores.compression import compressor
from gateway.stores.decoding import decode_said
from gateway.stores.indexing import LONGEST
from gateway.stores.queries import Asking
from gateway.stores.texts import Texts
from gateway.stores.wishes import AT_ONCE, PLACES


@dataclass(frozen=True, slots=True)
class Sayings:
    """What is asked or answered in responses of a *shape* with these *values*, as far as it is kept."""

    ask: Asking
    texts: Texts
    shape: wishes.Shape
    values: Mapping[str, object]

    def having(self, wanted: Wanted, entries: Iterable[int]) -> Iterator[int]:
        """Yield those of *entries* that say *wanted* as it is, in their order."""
        for part in self.some(entries):
            yield from (part[at][0] for at in wanted.among([text for _, text in part]))

    def some(self, entries: Iterable[int]) -> Iterator[Sequence[tuple[int, str]]]:
        """Yield *entries* with their texts, some at a time and in their order; those that are kept, and wanted."""
        said, left = wishes.questions(self.shape).said, iter(entries)
        while part := [*islice(left, AT_ONCE)]:
            padded = part + part[-1:] * (AT_ONCE - len(part))
            rows = self.ask(said, **dict(zip(PLACES, padded, strict=True)), **self.values)
            unpack = compressor().unpack
            named = {int(row[0]): (row[2], decode_said(row[1], unpack(row[3]))[0]) for row in rows}
            texts = self._texts([*named.values()])
            yield [(entry, texts[named[entry]]) for entry in part if entry in named and named[entry] in texts]

    def _texts(self, names: Sequence[tuple[str, Digest]]) -> Mapping[tuple[str, Digest], str]:
        found: dict[tuple[str, Digest], str] = {}
        for tenant in dict.fromkeys(tenant for tenant, _ in names):
            digests = dict.fromkeys(digest for owner, digest in names if owner == tenant and digest)
            texts = self.texts.texts(tenant, [*digests])
            found |= {(tenant, digest): text[:LONGEST] for digest, text in texts.items()}
        return found
