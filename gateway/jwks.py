"""The public keys of an identity provider (JSON Web Key Set, RFC 7517), from a file or a URL.

They are read when the first token comes, again when they are older than a while, and when a token names a key that is
not among them: so keys can be exchanged at any time. The last at most every `COOLDOWN` seconds, whatever strangers put
into their tokens. Keys that cannot be read again are used on, for `KEPT` seconds at most.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import orjson
from yarl import URL

from gateway.domain.errors import IdentityUnavailable
from gateway.domain.json import Object

if TYPE_CHECKING:
    from jwt import PyJWK

COOLDOWN = 30.0
"""Seconds between two looks for a key that nobody knows, and between two failures to read the keys."""

KEPT = 24 * 3600.0
"""Seconds for which keys are used that cannot be read again."""

LONGEST = 1_000_000
"""Bytes of a key set."""

_NEVER = float("-inf")


@dataclass(eq=False)
class KeySet:
    """The keys at *place*, a path or an `http(s)://` URL; nothing else is connected to."""

    place: str
    refresh: float = 600.0
    """Seconds after which they are read again."""
    timeout: float = 5.0
    _keys: Sequence[Object] = ()
    _read: float = _NEVER
    _tried: float = _NEVER
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def keys(self, kid: str | None, algorithm: str) -> "Sequence[PyJWK]":
        """Return the keys for *algorithm* of the id *kid*, or of any id for a token that names none.

        Raises `IdentityUnavailable` when no keys can be had.
        """
        if time.monotonic() - self._read > self.refresh:
            await self._renew()
        found = self._of(kid, algorithm)
        if not found and time.monotonic() - max(self._tried, self._read) > COOLDOWN:
            await self._renew()
            found = self._of(kid, algorithm)
        if time.monotonic() - self._read > KEPT:
            raise IdentityUnavailable("The keys of the identity provider cannot be read, so no user can be verified.")
        return found

    def _of(self, kid: str | None, algorithm: str) -> "Sequence[PyJWK]":
        meant = [key for key in self._keys if kid is None or key.get("kid") == kid]
        return [found for key in meant if (found := _key(key, algorithm))]

    async def _renew(self) -> None:
        asked = time.monotonic()
        async with self._reading:
            if self._read > asked or asked - self._tried < COOLDOWN:
                return  # somebody else just has, or just failed to
            self._tried = asked
            try:
                self._keys = _parsed(await self._bytes())
            except (OSError, TimeoutError, aiohttp.ClientError, ValueError):
                return
            self._read, self._tried = time.monotonic(), _NEVER

    async def _bytes(self) -> bytes:
        if not self.place.startswith(("http://", "https://")):
            return await asyncio.to_thread(Path(self.place).read_bytes)
        async with (
            asyncio.timeout(self.timeout),
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False) as session,
            session.get(URL(self.place), allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise ValueError(f"status {response.status}")
            data = await response.content.read(LONGEST + 1)
            while len(data) <= LONGEST and (more := await response.content.read(LONGEST)):
                data += more
            if len(data) > LONGEST:
                raise ValueError("too long")
            return data


def _parsed(data: bytes) -> Sequence[Object]:
    """Return the keys in *data* that are there to check signatures; raises `ValueError` when there is none."""
    read = orjson.loads(data)
    listed = read.get("keys") if isinstance(read, dict) else None
    listed = listed if isinstance(listed, list) else []
    keys = [key for key in listed if isinstance(key, dict) and key.get("use") in (None, "sig")]
    if not keys:
        raise ValueError("no key set")
    return keys


def _key(data: Object, algorithm: str) -> "PyJWK | None":
    """Return the key in *data*, if it is one for *algorithm*."""
    if data.get("alg") not in (None, algorithm):
        return None
    import jwt  # takes time to load, and most gateways have no identity provider

    try:
        return jwt.PyJWK.from_dict(data, algorithm)
    except (jwt.PyJWTError, ValueError):  # one that this library cannot read is none for its tokens
        return None
