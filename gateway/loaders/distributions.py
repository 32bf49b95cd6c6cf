"""Documents that every Python installation has: the descriptions (README texts) of its distributions."""

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageMetadata, distributions
from itertools import islice

from gateway.domain.digests import digest
from gateway.domain.documents import Document, Source
from gateway.domain.facts import Facts

HOME_PAGES = ("homepage", "home", "source", "source code", "repository", "documentation")
"""Labels of project URLs that a reader would follow, best first (well-known labels of PyPI's metadata)."""

_ADDRESS = re.compile(r"\s*<[^>]*>|[^\s,]+@[^\s,]+")


def readmes(limit: int | None = None, max_characters: int = 20_000) -> Iterator[Document]:
    """Yield the descriptions of the installed distributions by name, at most *limit* of them.

    Each is cut after *max_characters*. They are published texts of strangers, so they are labelled public and of the
    web; licence and author are what the distribution says.
    """
    found: dict[str, Distribution] = {}
    for distribution in distributions():
        found.setdefault(distribution.name.lower().replace("_", "-"), distribution)
    documents = (_readme(name, found[name].metadata, max_characters) for name in sorted(found))
    yield from islice((document for document in documents if document), limit)


def _readme(name: str, metadata: PackageMetadata, max_characters: int) -> Document | None:
    """Return the description in *metadata* as a document, `None` when it has none."""
    text = _header(metadata, "Description")[:max_characters]
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    if not text or text == "UNKNOWN":
        return None
    labels = {
        "classification": "public",
        "trust": "web",
        "release": metadata["Version"],
        "license": _license(metadata),
        "author": _author(metadata),
    }
    return Document(
        source=Source("python", name),
        id=f"{name}/README",
        text=text,
        version=digest(text),
        title=f"{metadata['Name']} {metadata['Version']}",
        url=_home_page(metadata),
        labels=Facts({key: value for key, value in labels.items() if value}),
    )


def _license(metadata: PackageMetadata) -> str:
    """Return the SPDX expression, else the licence's name as the author gave it."""
    named = _header(metadata, "License-Expression") or _header(metadata, "License")
    if named and len(named) <= 80 and "\n" not in named:
        return named
    classifiers = (line.split(" :: ") for line in metadata.get_all("Classifier") or ())
    return next((parts[-1] for parts in classifiers if parts[0] == "License"), "")


def _author(metadata: PackageMetadata) -> str:
    """Return the author's name; an e-mail address has no business in a label."""
    return _ADDRESS.sub("", _header(metadata, "Author") or _header(metadata, "Author-Email")).strip(' ",')


def _home_page(metadata: PackageMetadata) -> str | None:
    lines = (line.partition(",") for line in metadata.get_all("Project-URL") or ())
    by_label = {label.strip().lower(): url.strip() for label, _, url in lines}
    listed = (by_label[label] for label in HOME_PAGES if label in by_label)
    return _header(metadata, "Home-page") or next(listed, None)


def _header(metadata: PackageMetadata, name: str) -> str:
    """Return the header *name*, empty when there is none."""
    return (metadata[name] if name in metadata else "").strip()  # noqa: SIM401 - it has no get before Python 3.12
