"""Who is calling: keys are known by their SHA-256 alone."""

import hashlib
import hmac
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from starlette.types import Scope

from gateway.domain.errors import Forbidden, Unauthenticated
from gateway.domain.principals import Principal, Role

KEY_HEADERS = (b"x-api-key", b"api-key")
"""Where Anthropic's and Azure's clients put the key; OpenAI's use `Authorization: Bearer`."""


class Keys:
    """The keys that open the door, each as the hash of a key and the principal that it belongs to."""

    def __init__(self, principals: Mapping[str, Principal]) -> None:
        self._known = [(bytes.fromhex(sha256), principal) for sha256, principal in principals.items()]
        self._principals = self._known

    def keep(self, standing: AbstractSet[str]) -> None:
        """Let those keys alone open the door from now on whose SHA-256 is in *standing*; no others than ever."""
        self._principals = [one for one in self._known if one[0].hex() in standing]

    def authenticate(self, scope: Scope) -> Principal:
        """Return the principal whose key the request in *scope* carries.

        Every known hash is compared, each in constant time: how long it takes tells nothing about the keys.
        Raises `Unauthenticated`.
        """
        presented = _key(scope)
        if not presented:
            raise Unauthenticated(
                "No API key was given. Send it as 'Authorization: Bearer KEY'.", code="missing_api_key"
            )
        hashed = hashlib.sha256(presented).digest()
        found = None
        for known, principal in self._principals:
            if hmac.compare_digest(known, hashed):
                found = principal
        if found is None:
            raise Unauthenticated("The API key is not known to this gateway.")
        return found

    def authorise(self, scope: Scope, *roles: Role) -> Principal:
        """Return the caller if it has one of *roles* or is an admin; raises `Unauthenticated` or `Forbidden`."""
        principal = self.authenticate(scope)
        if not principal.roles & {*roles, Role.ADMIN}:
            wanted = " or ".join(roles)
            raise Forbidden(f"This needs a key with the role {wanted}; {principal.application!r} has none of them.")
        return principal


def _key(scope: Scope) -> bytes:
    fallback = b""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, key = value.partition(b" ")
            if scheme.lower() == b"bearer":
                return bytes(key.strip())
        elif name in KEY_HEADERS:
            fallback = value.strip()
    return fallback
