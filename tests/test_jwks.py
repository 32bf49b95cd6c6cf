import asyncio
import json
from pathlib import Path

import pytest

from gateway import jwks
from gateway.domain.errors import IdentityUnavailable
from gateway.jwks import KeySet
from tests.identities import KeyServer, Signer, key_set, written

ANN, BOB = Signer("one"), Signer("two", "RS256")


async def ids(keys: KeySet, kid: str | None, algorithm: str = "ES256") -> list[str | None]:
    return [key.key_id for key in await keys.keys(kid, algorithm)]


async def test_keys_are_found_by_id_and_algorithm_and_without_an_id_by_algorithm_alone(tmp_path: Path):
    keys = KeySet(str(written(tmp_path, ANN, BOB)))

    assert await ids(keys, "one") == ["one"]
    assert await ids(keys, "one", "RS256") == []
    assert await ids(keys, None, "RS256") == ["two"]
    assert await ids(keys, None, "PS256") == ["two"]


async def test_a_key_set_at_a_url_is_read_once_for_many_who_ask_at_once():
    with KeyServer(ANN) as server:
        keys = KeySet(server.url)

        found = await asyncio.gather(*(ids(keys, "one") for _ in range(20)))

    assert found == [["one"]] * 20
    assert server.asked == 1


async def test_an_unknown_key_is_looked_for_again_but_not_each_time(monkeypatch: pytest.MonkeyPatch):
    with KeyServer(ANN) as server:
        keys = KeySet(server.url)
        await ids(keys, "one")
        server.body = key_set(ANN, BOB)

        early = await ids(keys, "two", "RS256")
        monkeypatch.setattr(jwks, "COOLDOWN", 0.0)
        late = await ids(keys, "two", "RS256")
        monkeypatch.setattr(jwks, "COOLDOWN", 30.0)
        for stranger in range(50):
            await ids(keys, f"stranger-{stranger}")

    assert (early, late) == ([], ["two"])
    assert server.asked == 2


async def test_keys_that_cannot_be_read_again_are_used_on_for_a_while(monkeypatch: pytest.MonkeyPatch):
    with KeyServer(ANN) as server:
        keys = KeySet(server.url, refresh=0.0)
        await ids(keys, "one")
        server.status = 500

        assert await ids(keys, "one") == ["one"]
        monkeypatch.setattr(jwks, "KEPT", 0.0)
        with pytest.raises(IdentityUnavailable, match="cannot be read"):
            await ids(keys, "one")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"keys": []}', b'{"keys": [{"kty": "EC", "use": "enc"}]}', b'{"keys": 1}', b" " * 1_000_001]
)
async def test_what_is_no_key_set_gives_no_keys(body: bytes):
    with KeyServer() as server:
        server.body = body

        with pytest.raises(IdentityUnavailable):
            await KeySet(server.url).keys("one", "ES256")


async def test_a_key_that_nobody_can_read_is_passed_over(tmp_path: Path):
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [{"kty": "EC", "kid": "one"}, {"kid": "one"}, ANN.jwk]}))

    assert len(await KeySet(str(path)).keys("one", "ES256")) == 1


async def test_a_service_that_is_not_there_is_told(tmp_path: Path):
    for place in ("http://127.0.0.1:9/jwks", str(tmp_path / "none.json")):
        with pytest.raises(IdentityUnavailable):
            await KeySet(place).keys("one", "ES256")
