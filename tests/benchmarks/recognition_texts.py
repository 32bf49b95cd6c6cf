"""Real texts, and what happens to a text on its way into a prompt."""

import html
import json
import re
import textwrap
import unicodedata
from collections.abc import Callable, Mapping
from importlib.metadata import distributions
from random import Random

from gateway.chunking import chunks
from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, Document, Source

Damage = Callable[[str, Random], str]


def readmes() -> list[Document]:
    """Return the descriptions of the packages that are installed here, by name; those of a few words are left out."""
    found: dict[str, str] = {}
    for distribution in distributions():
        metadata = distribution.metadata
        text = metadata["Description"] or metadata.get_payload()
        if isinstance(text, str) and len(text) > 1_500:
            found[distribution.name] = text
    # Forks repeat what they were forked from.
    forks = {name for name in found if name[-1].isdigit() and name.rstrip("0123456789") in found}
    source = Source("pypi", "readme")
    return [Document(source, name, text, digest(text)) for name, text in sorted(found.items()) if name not in forks]


def pieces(documents: list[Document]) -> list[Chunk]:
    """Return the chunks of *documents*, as an ingest would make them."""
    return [chunk for document in documents for chunk in chunks(document)]


def _typos(text: str, random: Random) -> str:
    def typo(word: str) -> str:
        if random.random() >= 0.05 or len(word) < 2:
            return word
        at = random.randrange(len(word) - 1)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :] + random.choice("xyz")

    return re.sub(r"\w+", lambda match: typo(match[0]), text)


def _fewer(text: str, random: Random) -> str:
    return re.sub(r"\w+\W*", lambda match: "" if random.random() < 0.15 else match[0], text)


def _plain(text: str, _: Random) -> str:
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"[*_`#>|~]+", "", text)


def _markdown(text: str, random: Random) -> str:
    words = [f"**{word}**" if random.random() < 0.1 else word for word in text.split(" ")]
    return "> " + " ".join(words).replace("\n", "\n> ")


def _html(text: str, _: Random) -> str:
    paragraphs = [f'<p class="text">{html.escape(part)}</p>' for part in text.split("\n\n")]
    return "<div>" + "<br/>".join(paragraphs) + "</div>"


def _json(text: str, _: Random) -> str:
    return json.dumps({"results": [{"text": text}]})


def _middle(text: str, _: Random) -> str:
    return text[len(text) // 3 : 2 * len(text) // 3]


def _shuffled(text: str, random: Random) -> str:
    lines = [text[at : at + len(text) // 3 + 1] for at in range(0, len(text), len(text) // 3 + 1)]
    random.shuffle(lines)
    return "\n".join(lines)


DAMAGE: Mapping[str, Damage] = {
    "verbatim": lambda text, _: text,
    "wrapped at 50 characters": lambda text, _: textwrap.fill(text, 50, break_long_words=False),
    "upper case": lambda text, _: text.upper(),
    "decomposed Unicode, zero-width spaces": lambda text, _: unicodedata.normalize("NFKD", text).replace(
        "e", "e\u200b"
    ),
    "Markdown taken away": _plain,
    "Markdown added": _markdown,
    "HTML": _html,
    "inside JSON": _json,
    "only the middle third": _middle,
    "thirds in another order": _shuffled,
    "5 % of the words mistyped": _typos,
    "15 % of the words missing": _fewer,
}
