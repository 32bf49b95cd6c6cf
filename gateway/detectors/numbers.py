"""Numbers that prove themselves: payment cards, bank accounts, US social security numbers.

Whether a place holds one depends on nothing further away than 64 characters, so that a stream which keeps that much
of its past finds what the whole text would give.
"""

import re
from collections.abc import Iterator

from gateway.domain.findings import Finding

DETECTOR = "patterns"

_GUID = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
_GUID_LENGTH = 36


def in_guid(text: str, start: int, end: int) -> bool:
    """Return whether any part of *text* from *start* to *end* belongs to a GUID."""
    if "-" not in text[max(0, start - 1) : end + 1]:
        return False
    nearby = _GUID.finditer(text, max(0, start - _GUID_LENGTH), end + _GUID_LENGTH)
    return any(guid.start() < end and start < guid.end() for guid in nearby)


# Each pattern takes its first digit before it looks behind: `re` then jumps from digit to digit.

_CARD_START = re.compile(r"[0-9](?<![0-9A-Za-z].)(?<![0-9][.,].)(?=[0-9]{12}|[0-9]{3}[ -][0-9]{4}|[ -][0-9][ -][0-9])")
_CARD = re.compile(
    r"[0-9]{13,19}"
    r"|[0-9]{4}(?P<apart>[ -])"
    r"(?:[0-9]{6}(?P=apart)[0-9]{4,5}|[0-9]{4}(?:(?P=apart)[0-9]{4}){1,2}(?:(?P=apart)[0-9]{1,4})?)"
    r"|[0-9](?P<spelt>[ -])[0-9](?:(?P=spelt)[0-9]){11,17}"
)
_ISSUER = re.compile(
    r"(?P<visa>4)|(?P<amex>3[47])|(?P<diners>30[0-5]|3095|36|3[89])|(?P<troy>9792)|(?P<mir>220[0-4])"
    r"|(?P<mastercard>5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)"
    r"|(?P<jcb>352[89]|35[3-8])|(?P<discover>6011|64[4-9]|65)|(?P<unionpay>62|81)"
    r"|(?P<maestro>5018|5020|5038|5893|6304|6759|676[1-3])|(?P<rupay>60|82|508)"
)
_LENGTHS = {
    "visa": {13, 16, 19}, "amex": {15}, "diners": range(14, 20), "troy": {16}, "mir": range(16, 20),
    "mastercard": {16}, "jcb": range(16, 20), "discover": range(16, 20), "unionpay": range(16, 20),
    "maestro": range(13, 20), "rupay": {16},
}  # fmt: skip
_DOUBLED = str.maketrans("0123456789", "0246813579")
_CONTINUES = re.compile(r"[0-9A-Za-z]|[.,][0-9]")


def luhn(number: str) -> bool:
    """Return whether the last digit of *number* is its check digit (ISO/IEC 7812-1, annex B)."""
    return (sum(map(int, number[::-2])) + sum(map(int, number[-2::-2].translate(_DOUBLED)))) % 10 == 0


def cards(text: str) -> Iterator[Finding]:
    """Yield payment card numbers: a known issuer's prefix and length, and a right check digit."""
    for first in _CARD_START.finditer(text):
        candidate = _CARD.match(text, first.start())
        if candidate:
            end = _card_end(text, candidate)
            if end and not in_guid(text, candidate.start(), end):
                score = 1.0 if candidate["apart"] else 0.9
                yield Finding("CREDIT_CARD", candidate.start(), end, score, DETECTOR)


def _card_end(text: str, candidate: re.Match[str]) -> int:
    """Return where the longest card number in *candidate* ends that begins where it begins; 0 without one."""
    separator = candidate["apart"] or candidate["spelt"]
    value = candidate[0]
    while len(number := value.replace(separator, "") if separator else value) >= 13:
        end = candidate.start() + len(value)
        if _is_card(number) and not _CONTINUES.match(text, end):
            return end
        value = value.rpartition(separator)[0] if separator else ""
    return 0


def _is_card(number: str) -> bool:
    issuer = _ISSUER.match(number)
    return issuer is not None and len(number) in _LENGTHS[str(issuer.lastgroup)] and luhn(number)


_IBAN_START = re.compile(r"[A-Za-z](?<![0-9A-Za-z].)[A-Za-z][0-9]{2}(?=[ -]?[0-9A-Za-z]{4})")
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20,
    "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19,
    "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29,
    "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24,
    "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
    "YE": 30,
}  # fmt: skip
"""Length of an account number by country: SWIFT IBAN registry."""


def _iban_pattern(length: int) -> re.Pattern[str]:
    """Return the shapes of an IBAN of *length*: in one piece, or in capitals in groups of four."""
    groups, rest = divmod(length, 4)
    apart = r"[0-9A-Z]{4}(?P<apart>[ -])[0-9A-Z]{4}" + r"(?P=apart)[0-9A-Z]{4}" * (groups - 2)
    apart += rf"(?P=apart)[0-9A-Z]{{{rest}}}" if rest else ""
    return re.compile(rf"(?:[0-9A-Za-z]{{{length}}}|{apart})(?![0-9A-Za-z])")


_IBAN = {length: _iban_pattern(length) for length in set(_IBAN_LENGTHS.values())}


def ibans(text: str) -> Iterator[Finding]:
    """Yield international bank account numbers: a country's length and a remainder of 1 (ISO 13616, ISO 7064)."""
    for first in _IBAN_START.finditer(text):
        length = _IBAN_LENGTHS.get(first[0][:2].upper())
        candidate = _IBAN[length].match(text, first.start()) if length else None
        if candidate and _remainder(candidate[0]) == 1:
            yield Finding("IBAN_CODE", *candidate.span(), 1.0, DETECTOR)


def _remainder(iban: str) -> int:
    compact = iban.replace(" ", "").replace("-", "")
    return int("".join(str(int(character, 36)) for character in compact[4:] + compact[:4])) % 97


_SSN = re.compile(
    r"[0-9](?<![0-9A-Za-z].)(?<![0-9][-./].)[0-9]{2}(?P<apart>[-. ])[0-9]{2}(?P=apart)[0-9]{4}"
    r"(?![0-9A-Za-z])(?![-./][0-9])"
)
_SSN_BARE = re.compile(r"[0-9](?<![0-9A-Za-z].)[0-9]{8}(?![0-9A-Za-z])(?![-.,/][0-9])")
_SSN_WORD = re.compile(r"(?:\b|_)(?:ssns?(?![a-z])|social[ _-]?security|soc\.? ?sec)[^0-9\n]{0,40}\Z", re.IGNORECASE)
_WORD_REACH = 64


def social_security_numbers(text: str) -> Iterator[Finding]:
    """Yield US social security numbers of an area, group and serial that exist; without separators near a key word.

    Areas from 900 on are taxpayers' numbers (ITIN) or fixtures: with hyphens they count, less surely.
    """
    for candidate in _SSN.finditer(text):
        number = candidate[0].replace(candidate["apart"], "")
        named = _named(text, candidate)
        if _was_issued(number) and (
            candidate["apart"] == "-" or named or (number[0] != "9" and _stands_alone(text, candidate))
        ):
            score = 0.6 if number[0] == "9" else 0.85
            yield Finding("US_SSN", *candidate.span(), 1.0 if named else score, DETECTOR)
    for candidate in _SSN_BARE.finditer(text):
        if _was_issued(candidate[0]) and _named(text, candidate):
            yield Finding("US_SSN", *candidate.span(), 0.9, DETECTOR)


def _was_issued(number: str) -> bool:
    """Return whether the Social Security Administration gives out such numbers."""
    return number[:3] not in {"000", "666"} and number[3:5] != "00" and number[5:] != "0000"


def _named(text: str, candidate: re.Match[str]) -> bool:
    start = candidate.start()
    return _SSN_WORD.search(text[max(0, start - _WORD_REACH) : start]) is not None


_NUMBER_BEFORE = re.compile(r"[0-9] \Z")
_NUMBER_AFTER = re.compile(r" [0-9]")


def _stands_alone(text: str, candidate: re.Match[str]) -> bool:
    """Return whether no other number stands next to *candidate*, as in a table or a longer number."""
    start, end = candidate.span()
    return not (_NUMBER_BEFORE.search(text[max(0, start - 2) : start]) or _NUMBER_AFTER.match(text, end))
