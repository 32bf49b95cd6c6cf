import hmac
import time
import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detectors.patterns import ENTITIES as PERSONAL
from gateway.detectors.patterns import PatternDetector
from gateway.detectors.secrets import ENTITIES as SECRET
from gateway.detectors.secrets import SecretDetector
from gateway.hashing import Hashing

HASHING = Hashing(b"k" * 32)
ANY = st.text(st.characters())


@given(ANY, ANY)
def test_the_same_value_has_the_same_token_and_another_value_another(value: str, other: str):
    token = HASHING.token("acme", "PERSON", value)

    assert token == Hashing(b"k" * 32).token("acme", "PERSON", value)
    assert (token == HASHING.token("acme", "PERSON", other)) == (value == other)


def test_tenants_and_keys_share_no_tokens():
    tokens = {
        hashing.token(tenant, "PERSON", "Ada Lovelace")
        for hashing in (HASHING, Hashing(b"l" * 32))
        for tenant in ("acme", "rival", "")
    }

    assert len(tokens) == 6


def test_a_tenants_name_cannot_be_continued_by_a_value():
    assert HASHING.token("a", "X", "bc")[-17:] != HASHING.token("ab", "X", "c")[-17:]


def test_a_token_names_the_entity_and_shows_neither_value_nor_key():
    own = hmac.new(b"k" * 32, b"lineward hash v1\0acme", "sha256").digest()

    token = HASHING.token("acme", "EMAIL_ADDRESS", "ada@example.com")

    assert token == f"<EMAIL_ADDRESS#{hmac.new(own, b'ada@example.com', 'sha256').hexdigest()[:16]}>"
    assert "kkk" not in repr(HASHING)


@pytest.mark.parametrize("entity", sorted(PERSONAL | SECRET))
@pytest.mark.parametrize(
    "words", ["mail {} now", "password: {}", "my api key {} and", '"token": "{}"', "{}, {}", "secret={}"]
)
async def test_a_token_that_comes_back_in_a_history_is_no_finding_itself(entity: str, words: str):
    texts = [words.replace("{}", HASHING.token("acme", entity, str(number))) for number in range(20)]

    found = [*await PatternDetector().find(texts), *await SecretDetector().find(texts)]

    assert not any(found)


def test_a_token_costs_microseconds():
    seconds = min(
        timeit.repeat(lambda: HASHING.token("acme", "PERSON", "Ada Lovelace"), timer=time.process_time, number=1000)
    )

    assert seconds / 1000 < 50e-6
