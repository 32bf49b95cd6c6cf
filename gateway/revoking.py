"""Keys that are taken back: `revoked: true` in the configuration file, which running gateways heed within a second.

Each worker process looks at the file that it was started with. A key whose application was marked there, or taken out,
opens nothing from then on; one that was put in is known at the next start only. The file is edited as text, so that
every comment stays, and put in its place as a whole after it was read back.
"""

import asyncio
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from gateway.domain.errors import ConfigurationError, NotFound
from gateway.domain.json import JSON, Object
from gateway.fields import nearest
from gateway.yamlfile import parse

log = logging.getLogger(__name__)

LOOK = 0.4
"""Seconds between two looks at the file."""

HEEDED = 2 * LOOK + 0.2
"""Seconds after which a gateway heeds a change: one look sees it, the next one that it stayed, and both take time."""

_MARK = "revoked"


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The configuration file at *path*, as far as it says whose keys count."""

    path: Path
    environ: Mapping[str, str] = field(repr=False)
    """What references in it are filled in from."""

    def standing(self) -> frozenset[str]:
        """Return the SHA-256 of every key that counts. Raises `ConfigurationError` when the file does not tell."""
        text = self._text()
        file, problems = parse(text, str(self.path), self.environ)
        wrong = [one for one in problems if one.path[:1] == ("applications",)]
        listed = file.root.get("applications")
        if wrong:
            raise file.error(wrong)
        if not isinstance(listed, list):
            raise ConfigurationError(f"{self.path}: applications: must be a list")
        return frozenset(
            str(one.get("key_sha256")).lower()
            for one in listed
            if isinstance(one, dict) and one.get(_MARK, False) is False
        )

    async def watch(self, keep: Callable[[AbstractSet[str]], None], every: float = LOOK) -> None:
        """Tell *keep* which keys count whenever the file has changed and then stayed as it is, until cancelled.

        What cannot be read takes no key back; that is told once.
        """
        seen: tuple[int, ...] | None = None  # it may have changed since the gateway was built
        before = seen
        while True:
            now = await asyncio.to_thread(self._signature)
            if now == before and now != seen:
                seen = now
                try:
                    keep(await asyncio.to_thread(self.standing))
                except ConfigurationError as exc:
                    log.error("which keys are revoked cannot be read, those known so far count: %s", exc)
            before = now
            await asyncio.sleep(every)

    def revoke(self, name: str) -> bool:
        """Mark the key of the application *name* as revoked; return whether it was not yet.

        Raises `NotFound` for an application that is not there, `ConfigurationError` when the file cannot be edited.
        """
        before = self._text()
        marked = revoked(before, name, str(self.path))
        if marked == before:
            return False
        _put(self.path.resolve(), marked)
        return True

    def _text(self) -> str:
        try:
            return self.path.read_bytes().decode()
        except OSError as exc:
            raise ConfigurationError(f"{self.path}: the configuration cannot be read: {exc.strerror}") from None
        except UnicodeDecodeError:
            raise ConfigurationError(f"{self.path}: the configuration is not UTF-8 text") from None

    def _signature(self) -> tuple[int, ...]:
        """Return what tells that the file has changed; of one that cannot be seen, nothing."""
        try:
            seen = self.path.stat()
        except OSError:
            return ()
        return seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size, seen.st_ino


def revoked(text: str, name: str, file: str) -> str:
    """Return the configuration *text* of *file* with the application *name* marked, and otherwise as it was.

    Raises `NotFound` without such an application, `ConfigurationError` when the mark cannot be set there.
    """
    before, _ = parse(text, file, {})
    position = _position(before.root, name)
    edited = _marked(text, position)
    if not _reads(edited, _with_mark(before.root, position)):
        raise ConfigurationError(
            f"{before.where(('applications', position))}: the mark cannot be set here without changing more than it: "
            f"write `{_MARK}: true` beside the key_sha256 of {name!r} yourself"
        )
    return edited


def _position(root: Object, name: str) -> int:
    listed = root.get("applications")
    names = [one.get("name") if isinstance(one, dict) else None for one in (listed if isinstance(listed, list) else [])]
    if name not in names:
        near = nearest(name, [known for known in names if isinstance(known, str)])
        raise NotFound(f"There is no application {name!r} in the configuration{near}.", code="application_not_found")
    return names.index(name)


def _marked(text: str, position: int) -> str:
    """Return *text* with the mark in the application at *position*, as a line of its own or between its braces."""
    root = yaml.compose(text, yaml.SafeLoader)
    sections = root.value if root else ()
    item = next(value.value[position] for key, value in sections if key.value == "applications")
    places = {key.value: (key, value) for key, value in item.value}
    if _MARK in places:
        told = places[_MARK][1]
        return text[: told.start_mark.index] + "true" + text[told.end_mark.index :]
    first = places.get("key_sha256", places["name"])[0].start_mark
    end = ", " if item.flow_style else _line_end(text) + " " * first.column
    return f"{text[: first.index]}{_MARK}: true{end}{text[first.index :]}"


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _reads(text: str, meant: Object) -> bool:
    with suppress(ConfigurationError):
        return parse(text, "", {})[0].root == meant
    return False


def _with_mark(root: Object, position: int) -> Object:
    """Return *root* with the application at *position* marked and nothing else changed."""
    listed = root["applications"]
    items: list[JSON] = list(listed) if isinstance(listed, list) else []
    item = items[position]
    items[position] = {**(item if isinstance(item, dict) else {}), _MARK: True}
    return {**root, "applications": items}


def _put(path: Path, text: str) -> None:
    """Put *text* in the place of the file *path*, whole or not at all, with its owner and permissions.

    Raises `ConfigurationError`, and then the file is as it was.
    """
    fresh = ""
    try:
        before = path.stat()
        handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        shutil.copystat(path, fresh)
        os.utime(fresh)
        os.chown(fresh, before.st_uid, before.st_gid)
        os.replace(fresh, path)  # noqa: PTH105 - the pair reads as what it does
    except OSError as exc:
        if fresh:
            with suppress(OSError):
                os.unlink(fresh)  # noqa: PTH108
        raise ConfigurationError(
            f"{path}: the file cannot be replaced: {exc.strerror}; write `{_MARK}: true` beside the key_sha256 yourself"
        ) from None
