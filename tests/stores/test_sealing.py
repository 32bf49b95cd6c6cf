import base64
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import ConfigurationError, GuardUnavailable
from gateway.domain.scopes import Scope
from gateway.stores.sealing import Keyring

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
RING = Keyring({"one": KEY})
SCOPE = Scope("acme", "bot", "ada", "c-1")
FIELDS = ("tenant", "application", "end_user", "conversation")

names = st.text(max_size=8)
scopes = st.builds(Scope, names, names, names, names)


@given(scopes, names, st.binary())
def test_what_is_sealed_opens_again(scope, name, value):
    assert RING.open("one", scope, name, RING.seal(scope, name, value)) == value


@given(scopes, scopes, names, names)
def test_what_is_sealed_opens_in_no_other_place(scope, other, name, another):
    sealed = RING.seal(scope, name, b"Ada")

    if (scope, name) == (other, another):
        assert RING.open("one", other, another, sealed) == b"Ada"
    else:
        with pytest.raises(GuardUnavailable):
            RING.open("one", other, another, sealed)


@pytest.mark.parametrize("field", FIELDS)
def test_each_part_of_a_scope_has_a_key_of_its_own(field):
    assert replace(SCOPE, **{field: "x"}).digest != SCOPE.digest


def test_parts_of_a_scope_cannot_be_shifted():
    shifted = {Scope(*parts).digest for parts in product(("", "a", "aa"), repeat=4)}

    assert len(shifted) == 3**4


@pytest.mark.parametrize("place", [0, 11, 12, 20, -1])
def test_an_altered_seal_does_not_open(place):
    sealed = bytearray(RING.seal(SCOPE, "PERSON_1", b"Ada Lovelace"))
    sealed[place] ^= 1

    with pytest.raises(GuardUnavailable, match="altered"):
        RING.open("one", SCOPE, "PERSON_1", bytes(sealed))


def test_the_same_value_is_never_sealed_alike():
    assert RING.seal(SCOPE, "PERSON_1", b"Ada") != RING.seal(SCOPE, "PERSON_1", b"Ada")
    assert b"Ada" not in RING.seal(SCOPE, "PERSON_1", b"Ada")


def test_a_new_key_seals_while_the_old_one_still_opens():
    sealed = RING.seal(SCOPE, "PERSON_1", b"Ada")
    both = Keyring({"two": OTHER, "one": KEY})

    assert both.open("one", SCOPE, "PERSON_1", sealed) == b"Ada"
    assert both.current == "two"
    assert both.open("two", SCOPE, "PERSON_1", both.seal(SCOPE, "PERSON_1", b"Ada")) == b"Ada"


def test_what_a_removed_key_has_sealed_is_gone():
    sealed = RING.seal(SCOPE, "PERSON_1", b"Ada")

    assert Keyring({"two": OTHER}).open("one", SCOPE, "PERSON_1", sealed) is None


def test_a_key_under_another_id_does_not_open():
    sealed = RING.seal(SCOPE, "PERSON_1", b"Ada")

    with pytest.raises(GuardUnavailable):
        Keyring({"two": KEY}).open("two", SCOPE, "PERSON_1", sealed)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_keys_are_read_as_base64(encode):
    key = b"\xfb\xff" * 16

    assert Keyring.parse({"one": f"{encode(key).decode()}\n"}).keys == {"one": key}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "needs a key"),
        ({"one": "secret words!"}, "'one' is not base64"),
        ({"one": "c2VjcmV0"}, "'one' has 6 bytes"),
    ],
)
def test_another_key_is_refused_without_being_told(keys, message):
    with pytest.raises(ConfigurationError, match=message) as refused:
        Keyring.parse(keys)

    assert "secret" not in str(refused.value)
    assert "c2VjcmV0" not in str(refused.value)
