"""Policies come into force whole or not at all, while requests go on.

Files are read again when they have changed and then stayed as they are for a moment, so that a copy or a checkout under
way is not taken for a set. What is not in order (checking.py), or asks for what this gateway cannot do, changes
nothing: the running set goes on deciding, and the reason is told. A request is judged by one set, the one that was in
force when it began. Each worker process reads for itself; the log has one entry for a change, whichever worker was
first, with the files as they were.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from gateway.domain.digests import Digest, digest
from gateway.domain.errors import ConfigurationError, GatewayError
from gateway.domain.records import Activation
from gateway.domain.runs import PolicyActivated, RunEvent, RunState
from gateway.policy.checking import ready
from gateway.policy.engine import PolicySet
from gateway.policy.loading import SUFFIXES, texts

log = logging.getLogger(__name__)

Signature = tuple[tuple[str, int, int, int], ...]
"""Name, time of change, size and number of each policy file."""


class Log(Protocol):
    """Where activations are written down."""

    def append(self, events: Sequence[RunEvent]) -> Awaitable[object]:
        """Hand over *events*; what is returned is done when they are durable. Raises `LineageUnavailable`."""


class Activations(Protocol):
    """What the log knows of earlier ones."""

    def last(self) -> Activation | None:
        """Return the newest activation."""

    def files(self, digest: Digest) -> Mapping[str, str] | None:
        """Return the files of the set *digest*, if an activation holds them."""


@dataclass(slots=True)
class ActivePolicies:
    """The policy set that decides; exchanged whole."""

    current: PolicySet


class PolicyFiles:
    """The policy files at *path*, and the set of them that is in force."""

    def __init__(self, path: Path, *, strict: bool) -> None:
        """Read them and put them in force. Raises `ConfigurationError` when they are not in order."""
        self.path = path
        self.refused = ""
        """Why the files as they are now are not in force; empty while they are."""
        self._strict = strict
        self._seen = signature(path)
        self._contents = texts(path)
        self.active = ActivePolicies(ready(self._contents, strict=strict))

    async def activate(
        self, log: Log, known: Activations, unmet: Callable[[PolicySet], Sequence[str]]
    ) -> tuple[PolicySet, bool]:
        """Put the files as they are now in force; return the set, and whether it is another one than before.

        The log hears of it first. *unmet* tells what a set asks for that this gateway cannot do. Raises
        `ConfigurationError` or `LineageUnavailable`, and then the set that was in force still is.
        """
        try:
            contents = await asyncio.to_thread(self._read)
            policies = await asyncio.to_thread(ready, contents, strict=self._strict)
            if problems := unmet(policies):
                raise ConfigurationError("\n".join(problems))
            changed = policies.digest != self.active.current.digest
            self._contents = contents
            if changed:
                await self.announce(log, known, policies)
                self.active.current = policies
        except (ConfigurationError, GatewayError) as exc:
            self.refused = str(exc)
            raise
        self.refused = ""
        return self.active.current, changed

    def _read(self) -> dict[str, str]:
        """Return the files. Raises `ConfigurationError` for those that somebody is writing at the moment."""
        before = signature(self.path)
        contents = texts(self.path)
        if signature(self.path) != before:
            raise ConfigurationError(f"{self.path}: The files were changed while they were read.")
        self._seen = before
        return contents

    async def announce(self, log: Log, known: Activations, policies: PolicySet) -> None:
        """Write down that *policies* decide from now on, unless that is what was written down last."""
        last, holds = await asyncio.to_thread(lambda: (known.last(), known.files(policies.digest) is not None))
        if last is not None and last.digest == policies.digest:
            return
        files = {} if holds else {Path(name).name: text for name, text in self._contents.items()}
        body = PolicyActivated(policies.digest, tuple(rule.id for rule in policies.rules), str(self.path), files)
        # Workers that see the same change make the same event of it, which the log takes once.
        name = _name(last.id if last else "", policies.digest)
        await log.append([RunEvent(name, RunState.COMPLETE, body, "", name)])

    async def watch(self, activate: Callable[[], Awaitable[object]], every: float) -> None:
        """Look at the files *every* so many seconds, until cancelled, and *activate* them once they have changed."""
        before = self._seen
        while True:
            await asyncio.sleep(every)
            now = await asyncio.to_thread(signature, self.path)
            if now != self._seen and now == before:
                self._seen = now  # what is not in order now is told once, and looked at again when it changes
                try:
                    await activate()
                except (ConfigurationError, GatewayError) as exc:
                    log.error("policies in %s are not activated, those before stay: %s", self.path, exc)
                except Exception:
                    log.exception("policies in %s are not activated, those before stay", self.path)
            before = now


def signature(path: Path) -> Signature:
    """Return what tells that the policy files at *path* have changed; of files that cannot be seen, nothing."""
    try:
        files = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES) if path.is_dir() else [path]
        seen = [(file.name, file.stat()) for file in files]
    except OSError:
        return ()
    return tuple((name, stat.st_mtime_ns, stat.st_size, stat.st_ino) for name, stat in seen)


def _name(last: str, policies: Digest) -> str:
    """Return the id of the event that puts *policies* in force after the activation *last*."""
    return str(UUID(digest(f"{last}:{policies}").removeprefix("sha256:")[:32]))
