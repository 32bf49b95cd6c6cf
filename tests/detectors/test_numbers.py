import pytest

from gateway.detectors.numbers import cards, ibans, in_guid, luhn, social_security_numbers


def found(text: str) -> list[tuple[str, str]]:
    return [
        (finding.entity, text[finding.start : finding.end])
        for family in (cards, ibans, social_security_numbers)
        for finding in family(text)
    ]


def test_the_luhn_check_digit_is_the_last() -> None:
    assert luhn("4111111111111111")
    assert not luhn("4111111111111112")


@pytest.mark.parametrize("digit", range(16))
def test_a_card_with_one_wrong_digit_is_none(digit: int) -> None:
    number = "4111111111111111"
    wrong = number[:digit] + str((int(number[digit]) + 1) % 10) + number[digit + 1 :]

    assert found(wrong) == []


def test_a_card_ends_where_its_check_digit_is_right() -> None:
    assert found("4111 1111 1111 1111 123") == [("CREDIT_CARD", "4111 1111 1111 1111")]
    assert found("1234 4111 1111 1111 1111") == [("CREDIT_CARD", "4111 1111 1111 1111")]


def test_a_grouped_card_is_surer_than_bare_digits() -> None:
    (grouped,), (bare,) = cards("4111 1111 1111 1111"), cards("4111111111111111")

    assert grouped.score == 1.0
    assert bare.score < 1.0


@pytest.mark.parametrize("text", ["a4111111111111111", "4111111111111111f", "0.4111111111111111", "4111111111111111.5"])
def test_digits_that_belong_to_something_longer_are_no_card(text: str) -> None:
    assert found(text) == []


def test_a_guid_is_one_from_its_first_to_its_last_digit() -> None:
    text = "id 12345678-1234-4111-1111-111111111111."

    assert in_guid(text, 12, 16)
    assert in_guid(text, 27, 39)
    assert not in_guid(text, 0, 2)


@pytest.mark.parametrize("text", ["DE89 3704 0044 0532 0130 01", "DE89 3704 0044 0532 0130", "XX89370400440532013000"])
def test_an_iban_has_its_country_s_length_and_a_right_checksum(text: str) -> None:
    assert found(text) == []


def test_words_in_capitals_after_an_iban_are_not_part_of_it() -> None:
    assert found("GB82 WEST 1234 5698 7654 32 PAYS BILLS") == [("IBAN_CODE", "GB82 WEST 1234 5698 7654 32")]


@pytest.mark.parametrize("number", ["000-12-3456", "666-12-3456", "123-00-4567", "123-45-0000"])
def test_numbers_that_were_never_issued_are_no_social_security_numbers(number: str) -> None:
    assert found(f"SSN {number}") == []


@pytest.mark.parametrize("text", ["123-45-6789-0", "1-123-45-6789", "123-45-67890", "12 123 45 6789", "123 45 6789 12"])
def test_part_of_a_longer_number_is_no_social_security_number(text: str) -> None:
    assert found(text) == []


def test_nine_bare_digits_need_a_word_before_them() -> None:
    assert found("my ssn, as you asked: 123456789") == [("US_SSN", "123456789")]
    assert found("assn 123456789") == []
    assert found("123456789 is my SSN") == []


def test_a_taxpayers_number_counts_where_it_is_written_as_one() -> None:
    (one,) = social_security_numbers("his number is 912-34-5678")

    assert (one.entity, one.score) == ("US_SSN", 0.6)
