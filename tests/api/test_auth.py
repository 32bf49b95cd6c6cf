import hashlib

import pytest

from gateway.api.auth import Keys
from gateway.domain.errors import Forbidden, Unauthenticated
from gateway.domain.principals import Principal, Role

APP = Principal("bot", "acme", frozenset({Role.APP}))
ADMIN = Principal("root", "acme", frozenset({Role.ADMIN}))
KEYS = Keys({hashlib.sha256(key).hexdigest(): who for key, who in ((b"app-key", APP), (b"admin-key", ADMIN))})


def scope(*headers: tuple[bytes, bytes]) -> dict:
    return {"type": "http", "headers": list(headers)}


@pytest.mark.parametrize(
    "header",
    [
        (b"authorization", b"Bearer app-key"),
        (b"authorization", b"bearer  app-key"),
        (b"x-api-key", b"app-key"),
        (b"api-key", b"app-key"),
    ],
)
def test_a_key_is_found_where_openai_anthropic_and_azure_clients_put_it(header):
    assert KEYS.authenticate(scope(header)) is APP


@pytest.mark.parametrize(
    "header", [(b"authorization", b"Bearer nope"), (b"authorization", b"Basic app-key"), (b"x", b"app-key")]
)
def test_anything_else_opens_nothing(header):
    with pytest.raises(Unauthenticated):
        KEYS.authenticate(scope(header))


def test_a_role_is_needed_and_an_admin_has_them_all():
    with pytest.raises(Forbidden) as caught:
        KEYS.authorise(scope((b"authorization", b"Bearer app-key")), Role.RESPONDER)

    assert "responder" in caught.value.message
    assert KEYS.authorise(scope((b"authorization", b"Bearer admin-key")), Role.RESPONDER) is ADMIN


def test_a_key_that_no_longer_stands_opens_nothing_until_it_stands_again():
    app, admin = (scope((b"x-api-key", key)) for key in (b"app-key", b"admin-key"))
    keys = Keys({hashlib.sha256(key).hexdigest(): who for key, who in ((b"app-key", APP), (b"admin-key", ADMIN))})

    keys.keep({hashlib.sha256(b"admin-key").hexdigest()})
    with pytest.raises(Unauthenticated):
        keys.authenticate(app)
    assert keys.authenticate(admin) is ADMIN

    keys.keep({hashlib.sha256(key).hexdigest() for key in (b"app-key", b"a new one")})
    assert keys.authenticate(app) is APP
