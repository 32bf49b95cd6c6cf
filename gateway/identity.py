"""Who is behind a request: a person whom the identity provider vouches for with a signed token (JWT, RFC 7519).

An application passes its user's token on in a header. What is in it, name and groups, wins over what the application
says itself, and policies read it as `user.end_user`, `user.groups` and `user.verified`.
"""

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gateway.domain.digests import digest
from gateway.domain.errors import Unauthenticated
from gateway.domain.principals import Principal
from gateway.jwks import KeySet

if TYPE_CHECKING:
    from jwt import PyJWK

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that only the identity provider can make: with a shared secret whoever checks could sign, too."""

REMEMBERED = 4_096
"""Tokens that are not checked again while they are valid."""

LONGEST = 16_384
"""Characters of a token."""

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a token speaks of."""

    name: str
    groups: tuple[str, ...]
    until: float
    """Unix time at which the token ends."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token must say to count here, and where in it that stands."""

    issuer: str
    audience: str
    algorithms: Sequence[str] = ("RS256", "ES256")
    user: str = "sub"
    """Claim that names the person. A dot leads into an object: `realm_access.name`."""
    groups: str = "groups"
    leeway: float = 30.0
    """Seconds by which clocks may differ."""


@dataclass(frozen=True, slots=True)
class Identities:
    """Verifies the tokens of end users."""

    keys: KeySet
    claims: Claims
    header: str = "x-lineward-user-token"
    required: frozenset[str] = frozenset()
    """Applications that may ask nothing without a token."""
    _known: "OrderedDict[str, Person]" = field(default_factory=OrderedDict, init=False, repr=False)

    async def verified(self, headers: Headers, principal: Principal) -> Principal:
        """Return *principal* on behalf of the person whose token is among *headers*, or as it is if there is none.

        Raises `Unauthenticated` for a token that does not count, and when there is none where one is required;
        `IdentityUnavailable` when it cannot be checked.
        """
        token = self._token(headers)
        if not token:
            if principal.application in self.required:
                raise Unauthenticated(
                    f"The application {principal.application!r} asks on behalf of people only: send the user's token "
                    f"in the header {self.header}.",
                    code="missing_user_token",
                )
            return principal
        person = await self._person(token)
        return replace(principal, end_user=person.name, groups=person.groups, verified=True)

    def _token(self, headers: Headers) -> str:
        wanted = self.header.lower().encode()
        given = [value for name, value in headers if name == wanted]
        if len(given) > 1:
            raise _invalid(f"comes more than once; send one header {self.header}")
        text = given[0].decode("latin-1").strip() if given else ""
        return text[7:].strip() if text[:7].lower() == "bearer " else text

    async def _person(self, token: str) -> Person:
        key = digest(token)
        known = self._known.get(key)
        if known is not None and known.until + self.claims.leeway > time.time():
            self._known.move_to_end(key)
            return known
        person = self._read(await self._checked(token))
        self._known[key] = person
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return person

    async def _checked(self, token: str) -> Mapping[str, Any]:
        """Return the claims of *token*, which counts here."""
        import jwt  # takes time to load, and most gateways have no identity provider

        if len(token) > LONGEST:
            raise _invalid(f"is longer than {LONGEST} characters")
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise _invalid("is no JSON Web Token") from None
        algorithm, kid = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in self.claims.algorithms:
            raise _invalid(f"is not signed with one of {', '.join(self.claims.algorithms)}")
        if not isinstance(kid, str | None):
            raise _invalid("names a key that is no name")
        keys = await self.keys.keys(kid, algorithm)
        if not keys:
            raise _invalid("is signed with a key that the identity provider does not have")
        failure: Unauthenticated | None = None
        for key in keys:
            try:
                return self._decoded(token, key, algorithm)
            except Unauthenticated as exc:
                failure = failure or exc
        raise failure or _invalid("does not count")

    def _decoded(self, token: str, key: "PyJWK", algorithm: str) -> Mapping[str, Any]:
        import jwt

        claims = self.claims
        try:
            return jwt.decode(
                token, key, algorithms=[algorithm], audience=claims.audience, issuer=claims.issuer,
                leeway=claims.leeway, options={"require": ["exp", "iss", "aud"]},
            )  # fmt: skip
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("The user's token has expired; get a new one.", code="expired_user_token") from None
        except jwt.ImmatureSignatureError:
            raise _invalid("is not valid yet") from None
        except jwt.InvalidAudienceError:
            raise _invalid(f"is not meant for {claims.audience!r}") from None
        except jwt.InvalidIssuerError:
            raise _invalid(f"was not issued by {claims.issuer!r}") from None
        except jwt.MissingRequiredClaimError as exc:
            raise _invalid(f"does not say {exc.claim!r}") from None
        except (jwt.PyJWTError, ValueError, TypeError):
            raise _invalid("has a signature that is not the identity provider's") from None

    def _read(self, said: Mapping[str, Any]) -> Person:
        name, groups = _claim(said, self.claims.user), _claim(said, self.claims.groups)
        if not isinstance(name, str) or not name:
            raise _invalid(f"names nobody in {self.claims.user!r}")
        if groups is None:
            groups = []
        elif isinstance(groups, str):
            groups = [groups]
        if not isinstance(groups, list) or not all(isinstance(group, str) for group in groups):
            raise _invalid(f"has in {self.claims.groups!r} something else than a list of names")
        return Person(name, tuple(sorted(set(groups))), float(said["exp"]))


def _claim(said: Mapping[str, Any], name: str) -> object:
    """Return the claim *name* of what is *said*; a name as it stands comes before one that leads into objects."""
    if name in said:
        return said[name]
    found: object = said
    for step in name.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _invalid(why: str) -> Unauthenticated:
    return Unauthenticated(f"The user's token {why}.", code="invalid_user_token")
