"""A database for spans, made once and then copied."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from gateway.stores.opening import upgrade
from gateway.stores.spans import SQLSpans


@cache
def _empty() -> Path:
    file = Path(tempfile.mkdtemp(prefix="lineward-spans-")) / "empty.db"
    upgrade(f"sqlite:///{file}")
    return file


def address(folder: Path) -> str:
    """Return the URL of a new database in *folder*."""
    shutil.copy(_empty(), folder / "spans.db")
    return f"sqlite:///{folder}/spans.db"


def spans_in(folder: Path, **more) -> SQLSpans:
    """Return what keeps spans in a new database in *folder*."""
    return SQLSpans(address(folder), **more)
