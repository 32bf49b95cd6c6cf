import pytest

from gateway.detectors.postal import addresses
from gateway.detectors.shapes import shape
from tests.planted import CLEAN


def found(text: str) -> list[tuple[str, str]]:
    return [(finding.entity, text[finding.start : finding.end]) for finding in addresses(shape(text))]


def street(text: str) -> str:
    """Return the first street address in *text*."""
    return next((value for entity, value in found(text) if entity == "STREET_ADDRESS"), "")


@pytest.mark.parametrize(
    "address",
    [
        "221B Baker Street",
        "1600 Pennsylvania Ave",
        "12 5th Avenue",
        "350 Fifth Avenue, New York, NY 10118",
        "742 Evergreen Terrace, Springfield, Oregon 97403-1234",
        "4 Privet Drive\nLittle Whinging\nEngland",
        "1 Infinite Loop, Apt. 5, Cupertino, CA 95014",
        "77 Massachusetts Ave Suite 300",
        "Linzer Strasse 69",
        "Bahnhofstraße 12, 8001 Zürich",
        "rue de la Paix 5",
        "12 rue Sébastopol",
        "Via Archimede 39, Roma, Italy",
        "ul. Długa 8",
        "Keizersgracht 174",
        "Rosenkrantz gate 22",
        "P.O. Box 1234, Dallas, TX 75201",
        "PO Box 99",
        "PSC 1234, Box 567\nAPO AE 09012",
        "Unit 4321 Box 88\nDPO AP 96301",
        "Suite 850",
        "10 Downing Street, London SW1A 2AA",
        "24 Sussex Drive, Ottawa, K1M 1M4, Canada",
    ],
)
def test_an_address_is_found_with_all_its_parts(address: str) -> None:
    assert street(f"They wrote it down as {address}; nobody else did.") == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("She lives at 15 Westbrook.", "15 Westbrook"),
        ("Please send it to 4711 Dunajska 56, thanks.", "4711 Dunajska 56"),
        ("Meet me at the corner of Main Street and Oak Avenue.", "corner of Main Street and Oak Avenue"),
        ("My address is 9 Elm Street. The meeting is later.", "9 Elm Street"),
        ("Ship to Maria Lopez 12 High Street today", "12 High Street"),
        ("I moved to 12 High Street, Springfield.", "12 High Street, Springfield"),
        ("I moved to 12 High Street, John knows.", "12 High Street"),
        ("Meet me at Broadway and 42 Oak Street tonight.", "Broadway and 42 Oak Street"),
        ("It stands on Baker Street today.", "Baker Street"),
        ("Send it to 5 Elm Road Apt. 7 Springfield please", "5 Elm Road Apt. 7 Springfield"),
        ("Ship it: 12 High Street\nThanks", "12 High Street"),
    ],
)
def test_an_address_ends_where_the_sentence_goes_on(text: str, address: str) -> None:
    assert street(text) == address


@pytest.mark.parametrize(
    "text",
    [
        *CLEAN,
        "In Spring 2024 and Summer 2025 we sold 12 Apples.",
        "See Chapter 3 Section 2, Figure 4 and Table 12.",
        "Python 3 and Windows 11 ran on 5 May 2024 for 20 Days.",
        "Version 2 Update 3 fixed 15 Bugs in Release 7.",
        "We sent it to Anna and Bob, and on Event Stream there is an Access Point.",
        "He finished in 5 minutes, 3 of 4 People agreed, Room service came.",
    ],
)
def test_numbers_beside_capitals_are_no_streets(text: str) -> None:
    assert street(text) == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Springfield, IL 62704", "62704"),
        ("Beverly Hills CA 90210-1234.", "90210-1234"),
        ("ZIP: 10001", "10001"),
        ("zip code: 25-410", "25-410"),
        ("Postal code S4P 3Y2", "S4P 3Y2"),
        ("Iceland 48328\nthanks", "48328"),
        ("postal code 1785 KL", "1785 KL"),
        ("My postcode is SW1A 1AA, thanks", "SW1A 1AA"),
    ],
)
def test_a_postal_code_is_found_beside_a_state_or_its_name(text: str, code: str) -> None:
    assert ("ZIP_CODE", code) in found(text)


@pytest.mark.parametrize(
    "text", ["order 62704", "IL 627", "it cost 10001 dollars", "Germany 12345 units", "OK 12345678"]
)
def test_other_numbers_are_no_postal_codes(text: str) -> None:
    assert found(text) == []
