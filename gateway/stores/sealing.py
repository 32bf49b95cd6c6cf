"""Values sealed with AES-256-GCM (NIST SP 800-38D) under keys that belong to one scope each (HKDF, RFC 5869).

Each seal is bound to its scope and its name: a sealed value that is moved to another row, conversation or tenant does
not open. Keys have ids, so that a new one can seal while old ones still open.
"""

import base64
import binascii
import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.domain.errors import ConfigurationError, GuardUnavailable
from gateway.domain.scopes import Scope, joined

_NONCE = 12
_CONTEXT = b"lineward vault v1"


@dataclass(frozen=True, slots=True)
class Keyring:
    """Master keys of 32 bytes by id. The first one seals, all of them open; what a removed one has sealed is gone."""

    keys: Mapping[str, bytes]

    @classmethod
    def parse(cls, keys: Mapping[str, str]) -> "Keyring":
        """Return the ring of *keys*, each 32 bytes in base64, as `openssl rand -base64 32` prints them.

        Raises `ConfigurationError`, which names the key's id and never the key.
        """
        if not keys:
            raise ConfigurationError("the vault needs a key: 32 random bytes in base64")
        return cls({name: _read(name, text) for name, text in keys.items()})

    @property
    def current(self) -> str:
        """Id of the key that seals."""
        return next(iter(self.keys))

    def seal(self, scope: Scope, name: str, value: bytes) -> bytes:
        """Return *value* sealed with the current key."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher(self.current, scope).encrypt(nonce, value, _bound(self.current, scope, name))

    def open(self, key: str, scope: Scope, name: str, sealed: bytes) -> bytes | None:
        """Return the value that the *key* of that id has *sealed* in *scope* under *name*; `None` without that key.

        Raises `GuardUnavailable` for what was altered, or sealed for another place.
        """
        if key not in self.keys:
            return None
        try:
            return self._cipher(key, scope).decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound(key, scope, name))
        except (InvalidTag, ValueError):
            raise GuardUnavailable(
                "A value in the vault was altered or moved; nothing of this conversation can be restored."
            ) from None

    def owners(self, tenant: str, end_user: str) -> list[bytes]:
        """Return the names under which *end_user* is known: that of the current key, then those of the others."""
        who = joined(tenant, end_user)
        return [hmac.digest(_derived(key, b"owners"), who, "sha256")[:16] for key in self.keys.values()]

    def _cipher(self, key: str, scope: Scope) -> AESGCM:
        return AESGCM(_derived(self.keys[key], scope.digest))


def _read(id: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error:
        raise ConfigurationError(f"the vault's key {id!r} is not base64") from None
    if len(key) != 32:
        raise ConfigurationError(f"the vault's key {id!r} has {len(key)} bytes, not 32")
    return key


@lru_cache(maxsize=256)
def _derived(master: bytes, scope: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=_CONTEXT + scope).derive(master)


def _bound(key: str, scope: Scope, name: str) -> bytes:
    parts: Sequence[str] = (key, scope.tenant, scope.application, scope.end_user, scope.conversation, name)
    return _CONTEXT + joined(*parts)
