import asyncio
import time
from pathlib import Path

import jwt
import pytest

from gateway.domain.errors import Unauthenticated
from gateway.domain.principals import Principal
from gateway.identity import Claims, Identities
from gateway.jwks import KeySet
from tests.identities import AUDIENCE, ISSUER, Signer, written

SIGNER, OTHER, RSA = Signer("one"), Signer("one"), Signer("rsa", "RS256")
BOT = Principal("bot", "acme", end_user="somebody")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("idp"), SIGNER, RSA)


@pytest.fixture
def identities(place: Path) -> Identities:
    return Identities(KeySet(str(place)), Claims(ISSUER, AUDIENCE), required=frozenset({"strict"}))


def header(token: str) -> list[tuple[bytes, bytes]]:
    return [(b"accept", b"*/*"), (b"x-lineward-user-token", token.encode("latin-1"))]


@pytest.mark.parametrize("signer", [SIGNER, RSA])
async def test_a_token_says_who_asks_and_wins_over_the_applications_word(identities: Identities, signer: Signer):
    token = signer.token(groups=["hr", "finance", "hr"])

    who = await identities.verified(header(token), BOT)

    assert (who.end_user, who.groups, who.verified) == ("ann", ("finance", "hr"), True)
    assert who.facts["verified"] is True
    assert who.acting(purpose="p", end_user="mallory").end_user == "ann"


async def test_a_bearer_prefix_and_a_token_without_key_id_are_understood(identities: Identities):
    who = await identities.verified(header(f"Bearer {SIGNER.token(kid=False)}"), BOT)

    assert who.end_user == "ann"


async def test_without_a_token_nobody_is_vouched_for(identities: Identities):
    assert await identities.verified([], BOT) is BOT
    assert BOT.facts["verified"] is False
    with pytest.raises(Unauthenticated, match="'strict' asks on behalf of people only") as caught:
        await identities.verified([], Principal("strict", "acme"))
    assert caught.value.code == "missing_user_token"


def unsigned() -> str:
    return jwt.encode({"sub": "ann", "iss": ISSUER, "aud": AUDIENCE, "exp": time.time() + 60}, None, algorithm="none")


def shared_secret() -> str:
    """The old trick: the public key, taken for the secret of a symmetric signature."""
    return jwt.encode({"sub": "ann"}, "k" * 64, algorithm="HS256", headers={"kid": "one"})


@pytest.mark.parametrize(
    ("token", "why"),
    [
        (SIGNER.token(exp=time.time() - 60), "has expired; get a new one"),
        (SIGNER.token(exp=None), "does not say 'exp'"),
        (SIGNER.token(nbf=time.time() + 3600), "is not valid yet"),
        (SIGNER.token(aud="another"), "is not meant for 'lineward'"),
        (SIGNER.token(aud=None), "does not say 'aud'"),
        (SIGNER.token(iss="https://evil.example"), "was not issued by 'https://idp.example'"),
        (SIGNER.token(iss=None), "does not say 'iss'"),
        (SIGNER.token(sub=""), "names nobody in 'sub'"),
        (SIGNER.token(groups={"a": 1}), "has in 'groups' something else than a list of names"),
        (SIGNER.token(groups=[1]), "has in 'groups' something else than a list of names"),
        (SIGNER.token(header={"kid": "unknown"}), "is signed with a key that the identity provider does not have"),
        (OTHER.token(), "has a signature that is not the identity provider's"),
        (SIGNER.token()[:-6], "has a signature that is not the identity provider's"),
        (unsigned(), "is not signed with one of RS256, ES256"),
        (shared_secret(), "is not signed with one of RS256, ES256"),
        ("no.token", "is no JSON Web Token"),
        ("\xff", "is no JSON Web Token"),
        ("a" * 20_000, "is longer than 16384 characters"),
    ],
)  # fmt: skip
async def test_a_token_that_does_not_count_is_refused_with_the_reason_and_never_repeated(
    identities: Identities, token: str, why: str
):
    with pytest.raises(Unauthenticated) as caught:
        await identities.verified(header(token), BOT)

    assert why in caught.value.message
    assert caught.value.status == 401
    assert caught.value.code == ("expired_user_token" if "expired" in why else "invalid_user_token")
    assert token[:40] not in caught.value.message


async def test_two_tokens_are_none(identities: Identities):
    with pytest.raises(Unauthenticated, match="comes more than once"):
        await identities.verified(header(SIGNER.token()) * 2, BOT)


async def test_claims_may_stand_elsewhere(place: Path):
    claims = Claims(ISSUER, AUDIENCE, user="email", groups="realm_access.roles")
    identities = Identities(KeySet(str(place)), claims)

    who = await identities.verified(header(SIGNER.token(email="a@b.io", realm_access={"roles": ["hr"]})), BOT)
    none = await identities.verified(header(SIGNER.token(email="a@b.io")), BOT)
    one = await identities.verified(header(SIGNER.token(**{"email": "a@b.io", "realm_access.roles": "hr"})), BOT)

    assert (who.end_user, who.groups) == ("a@b.io", ("hr",))
    assert (none.groups, one.groups) == ((), ("hr",))


async def test_a_token_that_was_checked_counts_until_it_ends(place: Path):
    keys = KeySet(str(place))
    identities = Identities(keys, Claims(ISSUER, AUDIENCE, leeway=0.0))
    token = SIGNER.token(exp=time.time() + 1.2)
    await identities.verified(header(token), BOT)
    keys.place, keys._keys = "/nowhere", ()

    assert (await identities.verified(header(token), BOT)).end_user == "ann"
    await asyncio.sleep(1.3)
    with pytest.raises(Unauthenticated):
        await identities.verified(header(token), BOT)
