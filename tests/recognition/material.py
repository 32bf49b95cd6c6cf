"""Texts and chunks for tests of recognition."""

from random import Random

from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, How, Source

KB = Source("file", "kb")
_SYLLABLES = [consonant + vowel for consonant in "bdklmnr" for vowel in "aeiou"]


def prose(seed, words=120):
    """Return a text of so many invented words that no other seed gives, in sentences."""
    random = Random(seed)
    made = ["".join(random.choices(_SYLLABLES, k=random.randint(2, 4))) for _ in range(words)]
    lines = [" ".join(made[at : at + 12]).capitalize() + "." for at in range(0, words, 12)]
    return "\n".join(lines)


def chunk(text, document="page.md", ordinal=0, **more):
    """Return a registered piece of a document."""
    given = {"source": KB, "version": digest(text), "how": How.RETRIEVED, **more}
    return Chunk(document=document, ordinal=ordinal, text=text, **given)
