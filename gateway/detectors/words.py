"""Words that are findings wherever they stand: code names, customers, whatever a company wants to keep for itself."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from gateway.detectors.views import view
from gateway.domain.digests import digest
from gateway.domain.errors import ConfigurationError
from gateway.domain.findings import Finding

DETECTOR = "words"

_WIDE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""Letters of scripts that put no spaces between words."""
_MARKS = "\u0300-\u036f"
_TOKEN = re.compile(rf"(?:[^\W_{_WIDE}]|(?<=\w)[{_MARKS}])+|\S")
"""A word; of scripts without spaces, a letter; or a sign."""
_PLAIN_TOKEN = re.compile(r"[0-9A-Za-z]+|\S")
"""The same in ASCII, faster."""
_ENTITY = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


@dataclass(frozen=True)
class WordDetector:
    """Finds listed words and phrases, whole words only, whatever space or line break is between those of a phrase.

    A text is read once, however many words are listed. Raises `ConfigurationError` when there is nothing to find.
    """

    entity: str
    """What they are findings of: `CODE_NAME`."""
    words: tuple[str, ...] = ()
    file: Path | None = None
    """UTF-8 text with more of them, one a line; lines that begin with `#` and a space are comments."""
    ignore_case: bool = True

    name: ClassVar[str] = "words-1"
    _phrases: tuple[tuple[str, ...], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not _ENTITY.fullmatch(self.entity):
            raise ConfigurationError(f"entity: {self.entity!r} is no name such as CODE_NAME")
        phrases = {tuple(self._tokens(view(words).text)): None for words in (*self.words, *self._listed())}
        object.__setattr__(self, "_phrases", tuple(phrase for phrase in phrases if phrase))
        if not self._phrases:
            raise ConfigurationError(f"{self.name}: there are no words in 'words' or 'file', so nothing to look for")

    @property
    def entities(self) -> frozenset[str]:
        """What it can find now."""
        return frozenset({self.entity})

    @property
    def reads_phrases(self) -> bool:
        """Whether something on its list has several words."""
        return any(len(phrase) > 1 for phrase in self._phrases)

    @cached_property
    def version(self) -> str:
        """Its name, what it finds, and a digest of the list."""
        listed = digest(repr((sorted(self._phrases), self.ignore_case)))
        return f"{self.name}:{self.entity}:{listed[7:19]}"

    async def prepare(self) -> None:
        """Nothing is to be loaded."""

    async def aclose(self) -> None:
        """Nothing is open."""

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each text, in the order of *texts*."""
        return [self._find(text) for text in texts]

    def _find(self, text: str) -> list[Finding]:
        seen = view(text)
        tokens = self._tokens(seen.text)
        if self._first.isdisjoint(tokens):
            return []
        return seen.located(self._occurrences(seen.text, tokens))

    def _occurrences(self, text: str, tokens: Sequence[str]) -> Iterator[Finding]:
        """Yield the longest phrase at each of the *tokens* of *text* that begins one."""
        spans: list[tuple[int, int]] | None = None
        for at, token in enumerate(tokens):
            count = self._longest(tokens, at) if token in self._first else 0
            if count:
                spans = spans or [match.span() for match in _TOKEN.finditer(text)]
                yield Finding(self.entity, spans[at][0], spans[at + count - 1][1], 1.0, DETECTOR)

    def _longest(self, tokens: Sequence[str], at: int) -> int:
        """Return how many tokens the longest phrase has that begins at token *at*; 0 for none."""
        node, longest = self._tree, 0
        for count, token in enumerate(tokens[at : at + self._most], 1):
            following = node.next.get(token)
            if following is None:
                break
            node = following
            longest = count if node.ends else longest
        return longest

    def _tokens(self, text: str) -> list[str]:
        """Return the tokens of *text* as they are compared."""
        if text.isascii():
            return _PLAIN_TOKEN.findall(text.lower() if self.ignore_case else text)
        tokens = [unicodedata.normalize("NFC", token) for token in _TOKEN.findall(text)]
        return [token.casefold() for token in tokens] if self.ignore_case else tokens

    def _listed(self) -> Iterable[str]:
        if self.file is None:
            return []
        try:
            lines = self.file.read_text("utf-8-sig").splitlines()
        except OSError as exc:
            raise ConfigurationError(f"file: {str(self.file)!r} cannot be read: {exc.strerror}") from None
        except UnicodeDecodeError:
            raise ConfigurationError(f"file: {str(self.file)!r} is not UTF-8 text") from None
        return [line for line in lines if not line.startswith("# ")]

    @cached_property
    def _tree(self) -> "_Node":
        root = _Node()
        for phrase in self._phrases:
            node = root
            for token in phrase:
                node = node.next.setdefault(token, _Node())
            node.ends = True
        return root

    @cached_property
    def _first(self) -> frozenset[str]:
        return frozenset(phrase[0] for phrase in self._phrases)

    @cached_property
    def _most(self) -> int:
        return max(map(len, self._phrases))


@dataclass(slots=True)
class _Node:
    """The tokens that may follow in a phrase."""

    next: dict[str, "_Node"] = field(default_factory=dict)
    ends: bool = False
    """Whether a phrase is over here."""
