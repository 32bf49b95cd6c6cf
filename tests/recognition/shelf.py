"""A library in memory, for tests of recognition."""

import zlib

import numpy as np

from gateway.recognition.recogniser import Changes
from gateway.recognition.results import Passage, Registered
from gateway.recognition.weighing import LEAST
from gateway.recognition.words import read


class Shelf:
    """A `Library` that forgets everything with the process."""

    def __init__(self):
        self.log = []
        self.numbers = {}
        self.kept = {}
        self.asked = 0

    def register(self, chunks, tenant):
        changed = 0
        for chunk in chunks:
            words = read(chunk.text)
            if words.weight(0, len(words)) < LEAST:
                continue
            number = self.numbers.setdefault(words.data, len(self.numbers))
            kept = self.kept.setdefault(number, [])
            if any((tenant, chunk) == (one.tenant, one.chunk) for one in kept):
                continue
            kept.insert(0, Registered(tenant, chunk))
            self.log.append((number, zlib.crc32(chunk.document.encode()), words, False))
            changed += 1
        return changed

    def forget(self, tenant, source, document, version=None):
        gone = 0
        for number, kept in self.kept.items():
            left = [one for one in kept if not _is(one, tenant, source, document, version)]
            gone += len(kept) - len(left)
            if left != kept:
                self.kept[number] = left
                self.log.append((number, 0, read(""), True))
        return gone

    def changes(self, after):
        page = self.log[after : after + 100]
        new = [entry for entry in page if not entry[3]]
        return Changes(
            sequence=after + len(page),
            passages=np.array([entry[0] for entry in new], np.int64),
            kin=np.array([entry[1] for entry in new], np.uint32),
            words=np.concatenate([entry[2].hashes for entry in new] or [np.empty(0, np.uint32)]),
            lengths=np.array([len(entry[2]) for entry in new], np.int64),
            touched=frozenset(entry[0] for entry in page),
            gone=any(entry[3] for entry in page),
            more=after + len(page) < len(self.log),
        )

    def passages(self, numbers):
        self.asked += 1
        words = {number: data for data, number in self.numbers.items()}
        return {one: Passage(words[one], tuple(self.kept[one])) for one in numbers if self.kept[one]}


def _is(one, tenant, source, document, version):
    chunk = one.chunk
    same = (one.tenant, chunk.source, chunk.document) == (tenant, source, document)
    return same and version in (None, chunk.version)
