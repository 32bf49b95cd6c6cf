import pytest

from gateway.detectors.phones import phones


def found(text: str) -> list[str]:
    return [text[finding.start : finding.end] for finding in phones(text)]


@pytest.mark.parametrize(
    "text",
    [
        "550e8400-e29b-41d4-a716-446655440000",
        "12345678-1234-1234-1234-555123456789",
        "00000000-0555-0123-4567-000000000000",
    ],
)
def test_a_guid_has_no_telephone_number(text: str) -> None:
    """Presidio issue 71."""
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-15 10:30:45.123 [12345] INFO worker-7 started",
        "2024-01-15T10:30:45.123456Z level=info latency=0.001234567 bytes=1048576",
        "01/Feb/2024:10:30:45 +0000 GET /items/1234567890 200 5316",
        "1705312245 1705312245123 1705312245.123456",
        "01.02.2024 10:20, 01-02-2024 11:30",
        "[ 1234.567890] usb 1-1.2: new device 0x1234 0000:00:1f.3",
    ],
)
def test_a_log_line_has_no_telephone_number(text: str) -> None:
    """Presidio issue 944."""
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "SKU-555-123-4567", "#555-123-4567", "$555.123.4567", "/555-123-4567/", "555-123-4567-89", "x555-123-4567",
        "+1 234", "+0 555 123 4567", "+210", "C4 S3 D3 H1", "0001 0002 0003", "0123 4567 8901", "(2023) 1234567",
        "612 345 678", "100 200 3000", "900-1700", "192.168.1.100", "978-3-16-148410-0",
    ],
)  # fmt: skip
def test_other_numbers_are_no_telephone_numbers(text: str) -> None:
    assert found(text) == []


def test_a_north_american_number_ends_after_ten_digits() -> None:
    assert found("call +1 555 123 4567 42 times") == ["+1 555 123 4567"]


def test_the_end_of_a_sentence_ends_a_number() -> None:
    assert found("Dial +49 30 1234567. 12 people wait.") == ["+49 30 1234567"]


@pytest.mark.parametrize(
    "word",
    ["phone", "Tel.:", "Mobile no.", "fax", "call me at", "WhatsApp", "电话：", "Telefonnummer",
     '"phoneNumber": "', "mobile_phone ="],
)  # fmt: skip
def test_a_word_before_it_makes_any_digits_a_telephone_number(word: str) -> None:
    assert found(f"{word} 5551234567") == ["5551234567"]


@pytest.mark.parametrize("text", ["phone 2024-01-15", "cell 10.20.30.40", "tell 5551234567", "hotel 5551234567"])
def test_a_word_before_it_does_not_make_everything_a_telephone_number(text: str) -> None:
    assert found(text) == []
