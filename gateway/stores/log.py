"""The log as proofs are made of it: nodes, leaves, checkpoints and keys, on connections that only read."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from gateway.domain.errors import LineageUnavailable
from gateway.domain.records import TreeHead
from gateway.lineage.checkpoints import Checkpoint
from gateway.lineage.disclosing import Entry
from gateway.lineage.merkle import HASH_SIZE, Node, root
from gateway.lineage.notes import Note, VerifierKey
from gateway.stores import leaves, queries
from gateway.stores.compression import compressor
from gateway.stores.connecting import Row, parsed
from gateway.stores.erasures import Erasures
from gateway.stores.masters import Masters, default_masters
from gateway.stores.nodes import GROUP, LOW, node
from gateway.stores.packing import pack_id
from gateway.stores.pool import Readers
from gateway.stores.queries import Asking, Queries
from gateway.stores.statements import Statements
from gateway.stores.texts import Texts


class SQLLog:
    """The log at *url*; *origin* names it as long as no key does."""

    def __init__(self, url: str, origin: str, masters: Masters | None = None, beside: Readers | None = None) -> None:
        address = parsed(url)
        self._masters = masters or default_masters(address)
        self.origin = origin
        self._queries = Queries(Statements(address))
        self._readers = Readers(address, beside=beside)

    def head(self) -> TreeHead:
        """Return what the log is now."""
        with self._asking() as ask:
            size, root, _ = _state(ask)
        return TreeHead(size, root)

    def keys(self) -> Sequence[VerifierKey]:
        """Return the keys that ever signed, the first one first."""
        with self._asking() as ask:
            return [VerifierKey.parse(key) for _, key in ask(leaves.keys)]

    def signing(self) -> Sequence[str]:
        """Return the keys that may sign now; nothing for a log that is not signed."""
        with self._asking() as ask:
            return [key for key in _state(ask)[2].split("\n") if key]

    def checkpoint(self, size: int | None = None) -> Note:
        """Return the newest checkpoint, or the first one of at least *size* entries.

        A note without signature, of the log as it is, if the log is not signed.
        """
        with self._asking() as ask:
            rows = ask(leaves.newest) if size is None else ask(leaves.covering, size=size)
            if not rows:
                head_size, root, _ = _state(ask)
                return Checkpoint(self.origin, TreeHead(head_size, root)).note()
            keys = [VerifierKey.parse(key) for _, key in ask(leaves.keys)]
        return _note(rows[0], keys)

    def nodes(self, wanted: Sequence[Node]) -> Mapping[Node, bytes]:
        """Return the hash of each node that is *wanted*. See `Nodes.nodes`."""
        with self._asking() as ask:
            return _large(ask, [one for one in wanted if one.level >= LOW]) | _small(
                ask, [one for one in wanted if one.level < LOW]
            )

    def places(self, id: str, tenant: str | None) -> Sequence[int]:
        """Return where the events of response *id* of *tenant* stand; nothing if it has none."""
        with self._asking(tenant) as ask:
            rows = ask(leaves.places, id=pack_id(id))
            told = ask(queries.told, seq=rows[0][0]) if rows else ()
        return [place for place in (*rows[0][:2], *(row[0] for row in told)) if place is not None] if rows else []

    def leaf(self, index: int) -> bytes:
        """Return the leaf at *index*. Raises `LineageUnavailable` if it is not there."""
        with self._asking() as ask:
            rows = ask(leaves.leaves, first=index, limit=1)
        if not rows or rows[0][0] != index or rows[0][2] is None:
            raise LineageUnavailable(f"the leaf of entry {index} of the lineage log is missing")
        return compressor().unpack(rows[0][2])

    def entry(self, index: int) -> Entry:
        """Return the entry at *index* with all that opens its commitments."""
        with self._asking() as ask:
            rows = ask(leaves.entry, index=index)
            if not rows or rows[0][4] is None:
                raise LineageUnavailable(f"entry {index} of the lineage log is missing")
            kind, detail, catalogue, secret, leaf = rows[0]
            unpack = compressor().unpack
            opened = b"" if catalogue is None else unpack(catalogue)
            return Entry(index, kind, unpack(leaf), unpack(detail), opened, secret)

    def texts(self, digests: Sequence[str], tenant: str) -> Mapping[str, str]:
        """Return those texts of *tenant* that are kept, by digest."""
        with self._asking() as ask:
            texts = Texts(ask, self._masters)
            found = ((digest, texts.text(tenant, digest)) for digest in digests)
            return {digest: text for digest, text in found if text is not None}

    def anchored(self) -> Sequence[tuple[int, str, TreeHead]]:
        """Return the anchors that the log tells of: their entry, where they are, and what the log was."""
        with self._asking() as ask:
            return [(event, url, TreeHead(size, root)) for event, url, size, root in ask(leaves.anchors)]

    def erasures(self) -> Mapping[int, int]:
        """Return how many entries were redacted, by the entry that tells of it."""
        with self._asking() as ask:
            found = Erasures()
            found.learn(ask)
        return found.counts

    def stirred(self, since: int) -> bool:
        """Return whether anything but an anchor was appended from entry *since* on."""
        with self._asking() as ask:
            return bool(ask(leaves.activity, first=since))

    def close(self) -> None:
        """Close the connections."""
        self._readers.close()

    @contextmanager
    def _asking(self, tenant: str | None = None) -> Iterator[Asking]:
        with self._readers.borrow() as connection:
            try:
                yield Asking(self._queries, connection.cursor(), tenant)
            except ValueError as exc:
                raise LineageUnavailable("what the lineage log holds is damaged; `lineward verify` tells more") from exc


def _state(ask: Asking) -> Row:
    """Return size, root and signing keys of the tree, which stand in one row of every store."""
    rows = ask(leaves.tree)
    if not rows:
        raise LineageUnavailable("the state of the Merkle tree is missing from the store; `lineward verify` tells more")
    return rows[0]


def _note(row: Row, keys: Sequence[VerifierKey]) -> Note:
    size, _, root, name, signature = row
    key = next((key for key in keys if key.id == name), None)
    if key is None:
        raise LineageUnavailable(f"the checkpoint of {size} entries was signed with a key that the log does not know")
    return Checkpoint(key.name, TreeHead(size, root)).note(key, signature)


def _large(ask: Asking, wanted: Sequence[Node]) -> dict[Node, bytes]:
    """Return the hashes of nodes that are stored."""
    found: dict[int, bytes] = {}
    last = sorted({one.last for one in wanted})
    for start in range(0, len(last), leaves.AT_ONCE):
        part = last[start : start + leaves.AT_ONCE]
        part += part[-1:] * (leaves.AT_ONCE - len(part))
        found.update(ask(leaves.some, **dict(zip(leaves.PLACES, part, strict=True))))
    return {one: _whole(node(bytes(found.get(one.last, b"")), one.level), one) for one in wanted}


def _small(ask: Asking, wanted: Sequence[Node]) -> dict[Node, bytes]:
    """Return the hashes of nodes that follow from the few leaves below them."""
    hashes: dict[int, bytes | None] = {}
    for group in sorted({one.last >> LOW for one in wanted}):
        rows = ask(leaves.leaves, first=group << LOW, limit=GROUP)
        hashes |= {row[0]: leaves.hashed(row) for row in rows}
    found = {}
    for one in wanted:
        below = [hashes.get(index) or b"" for index in range(one.index << one.level, one.last + 1)]
        found[one] = root([_whole(hashed, one) for hashed in below])
    return found


def _whole(hashed: bytes, node: Node) -> bytes:
    if len(hashed) < HASH_SIZE:
        raise LineageUnavailable(
            f"the Merkle tree has lost the hashes of leaf {node.last}; `lineward verify` tells more"
        )
    return hashed
