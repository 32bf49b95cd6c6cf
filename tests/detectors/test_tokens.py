import pytest

from gateway.detectors.tokens import TOKENS, private_keys
from tests.planted import GITHUB, JWT, PEM


def found(text: str) -> list[tuple[str, str, float]]:
    finders = dict.fromkeys(find for hint, find in TOKENS.items() if hint in text.lower())
    return [(f.entity, text[f.start : f.end], f.score) for find in finders for f in find(text, text.lower())]


def test_the_checksum_of_a_github_token_makes_it_certain() -> None:
    wrong = GITHUB[:-1] + "8"

    assert found(GITHUB) == [("GITHUB_TOKEN", GITHUB, 1.0)]
    assert found(wrong) == [("GITHUB_TOKEN", wrong, 0.6)]


def test_a_json_web_token_has_a_header_that_decodes() -> None:
    header, *rest = JWT.split(".")

    assert found(JWT) == [("JWT", JWT, 1.0)]
    assert found(".".join(["eyJub3Qi", *rest])) == []
    assert found(".".join([header[:-3], *rest])) == []


@pytest.mark.parametrize("text", ["sk-learn-is-a-library-for-machines", "risk-0123456789ABCDEF0123456789", "sk-short1"])
def test_names_made_of_words_are_no_keys(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("text", ["x" + "AKIA" + "A" * 16, "AKIA" + "A" * 17, "AKIA" + "a" * 16])
def test_part_of_a_longer_word_is_no_access_key(text: str) -> None:
    assert found(text) == []


def keys(text: str) -> list[str]:
    return [text[f.start : f.end] for f in private_keys(text, text.lower())]


def test_a_private_key_reaches_from_its_first_to_its_last_line() -> None:
    assert keys(f"before\n{PEM}\nafter\n{PEM}") == [PEM, PEM]


def test_a_private_key_without_its_end_reaches_to_the_end_of_the_text() -> None:
    cut = PEM[:50]

    assert keys(f"look: {cut}") == [cut]
    assert keys(f"look: {cut}\n and nothing else follows") == [f"{cut}\n and nothing else follows"]


def test_a_private_key_without_its_end_stops_where_a_string_does() -> None:
    cut = PEM[:50].replace("\n", "\\n")

    assert keys(f'{{"key": "{cut}", "name": "x"}}') == [cut]


def test_other_blocks_are_no_private_keys() -> None:
    assert keys("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----") == []
    assert keys("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----") == []
