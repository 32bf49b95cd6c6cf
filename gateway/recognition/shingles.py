"""Fingerprints of texts: five words each, hashed to 64 bits, of which a few are chosen.

Which ones are chosen depends on nothing but the words around them (winnowing: Schleimer, Wilkerson and Aiken, SIGMOD
2003): of eight words in a row that a prompt has from a chunk, at least one fingerprint is a chosen one of the chunk.
"""

from typing import NamedTuple

import numpy as np

from gateway.recognition.arrays import U32, U64, Ints, mixed

SIZE = 5
"""Words in a shingle."""

WINDOW = 4
"""Of so many shingles in a row at least one is chosen."""

GUARANTEED = SIZE + WINDOW - 1
"""Words in a row that are never without a chosen fingerprint; a text of fewer has none."""

_FACTORS = np.array([pow(0xD6E8FEB86659FD93, power, 1 << 64) for power in range(1, SIZE + 1)], np.uint64)


class Fingerprints(NamedTuple):
    """Chosen fingerprints, and by position whose they are."""

    hashes: U64
    owners: Ints


def shingles(hashes: U32) -> U64:
    """Return the hash of each five consecutive words, in order; of fewer words there are none."""
    if len(hashes) < SIZE:
        return np.empty(0, np.uint64)
    return mixed(np.correlate(hashes.astype(np.uint64), _FACTORS))


def chosen(hashes: U32, lengths: Ints) -> Fingerprints:
    """Return the chosen fingerprints of texts whose words stand one after the other in *hashes*, *lengths* of each.

    A fingerprint may come several times.
    """
    found = shingles(hashes)
    count = len(found) - WINDOW + 1
    if count < 1:
        return Fingerprints(np.empty(0, np.uint64), np.empty(0, np.int64))
    smallest = found[:count]
    for offset in range(1, WINDOW):
        smallest = np.minimum(smallest, found[offset : offset + count])
    owners = np.repeat(np.arange(len(lengths)), lengths)
    inside = owners[:count] == owners[GUARANTEED - 1 :]
    inside[1:] &= (smallest[1:] != smallest[:-1]) | ~inside[:-1]
    return Fingerprints(smallest[inside], owners[:count][inside])
