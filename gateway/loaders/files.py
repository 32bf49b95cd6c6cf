"""Documents out of files and folders on disk."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Protocol, runtime_checkable

from gateway.domain.documents import Document, Source
from gateway.domain.errors import BadRequest
from gateway.interfaces import Loader
from gateway.loaders.limits import LIMITS


@runtime_checkable
class Streaming(Protocol):
    """A loader that needs no more of a file at a time than one entry."""

    def read(self, file: IO[bytes], source: Source, name: str) -> Iterator[Document | BadRequest]:
        """Yield the documents in *file*, and for each entry that cannot be read the error that says so."""


def documents(path: Path, loaders: Sequence[Loader], source: Source | None = None) -> Iterator[Document | BadRequest]:
    """Yield the documents in the file *path*, or in all files below the folder *path*, in alphabetical order.

    A document is named by its path within the folder. Without a *source* the folder is the source, by its absolute
    path as OpenLineage names files. A file that no loader reads or that cannot be read comes as the error that says
    so, and the others still come. Hidden files and folders are left out, and so are symbolic links: what they lead to
    was not named. Raises `BadRequest` when there is nothing at *path*.
    """
    root = path.resolve()
    if not root.exists():
        raise BadRequest(f"There is no file or folder {path}.", code="no_such_file")
    folder = root if root.is_dir() else root.parent
    source = source or Source("file", folder.as_posix())
    for file in _files(root) if root.is_dir() else [root]:
        yield from _of_file(file, file.relative_to(folder).as_posix(), loaders, source)


def _files(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry.is_symlink():
            continue
        if entry.is_dir():
            yield from _files(entry)
        elif entry.is_file():
            yield entry


def _of_file(path: Path, name: str, loaders: Sequence[Loader], source: Source) -> Iterator[Document | BadRequest]:
    loader = next((loader for loader in loaders if path.suffix.lower() in loader.suffixes), None)
    if loader is None:
        known = ", ".join(sorted(suffix for loader in loaders for suffix in loader.suffixes))
        yield BadRequest(f"{name} has no format that is read here; read are {known}.", code="unknown_format")
        return
    try:
        if isinstance(loader, Streaming):
            with path.open("rb") as file:
                yield from loader.read(file, source, name)
        elif path.stat().st_size > LIMITS.bytes:
            yield BadRequest(f"{name} is larger than {LIMITS.bytes} bytes.", code="file_too_large")
        else:
            yield from loader.load(path.read_bytes(), source, name)
    except BadRequest as exc:
        yield exc
    except OSError as exc:
        yield BadRequest(f"{name} cannot be read: {exc.strerror}.", code="unreadable_file")
