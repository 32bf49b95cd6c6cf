import pytest

from gateway.detectors.addresses import emails, ipv4_addresses, ipv6_addresses


def found(text: str) -> list[str]:
    families = (emails, ipv4_addresses, ipv6_addresses)
    return [text[finding.start : finding.end] for family in families for finding in family(text)]


def test_every_one_of_several_addresses_in_a_row_is_found() -> None:
    """Presidio issue 1925: only the first was."""
    addresses = ["a@example.com", "b@example.com", "c@example.com"]

    assert found(" ".join(addresses)) == addresses
    assert found(",".join(addresses)) == addresses


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Write to <anna@example.com>.", "anna@example.com"),
        ("联系我john@example.com谢谢", "john@example.com"),
        ("...anna@example.com...", "anna@example.com"),
        ('{"to":"anna@example.com"}', "anna@example.com"),
        ("https://anna@example.com/path", "anna@example.com"),
        ("anna@xn--bcher-kva.xn--p1ai", "anna@xn--bcher-kva.xn--p1ai"),
        ("иван@пример.рф", "иван@пример.рф"),
    ],
)
def test_an_address_ends_where_it_ends(text: str, address: str) -> None:
    assert found(text) == [address]


@pytest.mark.parametrize(
    "text",
    ["@", "a@", "@b.com", "a@b", "a@b.c", "a@.com", "a @ b.com", "icon@3x.webp", "git@gitlab.example.com:a/b.git",
     "@types/node@18.0.0", "ftp://user:secret@files.example.com/"],
)  # fmt: skip
def test_what_only_has_an_at_sign_is_no_address(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text", ["v1.2.3.4", "version 1.2.3.4", "Version: 10.0.0.1", "ver. 1.2.3.4", "Chrome/120.0.0.0", "libssl-1.2.3.4"]
)
def test_a_version_is_no_network_address(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("text", ["256.1.1.1", "1.2.3", "1.2.3.4.5", "1.2.3.4a", "127.0.0.1", "0.0.0.0", "255.255.0.0"])
def test_other_dotted_numbers_are_no_network_address(text: str) -> None:
    assert found(text) == []


def test_a_range_has_two_addresses() -> None:
    assert found("10.0.0.1-10.0.0.5") == ["10.0.0.1", "10.0.0.5"]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("at 2001:db8::1: done", "2001:db8::1"),
        ("[2001:db8::1]:8080", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("host 2001:db8::1.", "2001:db8::1"),
    ],
)
def test_an_ipv6_address_ends_where_it_ends(text: str, address: str) -> None:
    assert found(text) == [address]


@pytest.mark.parametrize(
    "text", ["std::vector", "a::b", "add::face", "::1", "::", "10:20:30", "00:1a:2b:3c:4d:5e", "1:2:3:4:5:6:7:8:9"]
)
def test_other_colons_are_no_network_address(text: str) -> None:
    assert found(text) == []
