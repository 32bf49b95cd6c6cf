"""Telephone numbers: precision first, for digits with separators are everywhere.

A number counts when its shape is one that only telephones have, or when a word before it says so. Parts of GUIDs,
dates, times, network addresses, amounts and product codes are left alone.
"""

import re
from collections.abc import Iterator

from gateway.detectors.numbers import in_guid
from gateway.domain.findings import Finding

DETECTOR = "patterns"

# A pattern takes its first character before it looks behind: `re` then jumps from one such character to the next.
_ALONE = r"(?<![0-9A-Za-z#$/_.-].)"
_FIRST = _ALONE + r"(?<![,:+].)(?<![0-9] .)"
_END = r"(?![0-9A-Za-z_])(?![-./:][0-9])"
_LAST = _END + r"(?! [0-9])"
_MORE = r"(?:(?:[ .()/-]| \(|\)[ -]| [/-] )?[0-9])"
"""One more digit of a number, perhaps after a separator."""

_INTERNATIONAL = re.compile(rf"\+(?<![0-9A-Za-z+].)(?:1{_MORE}{{10}}|[2-9]{_MORE}{{7,14}}){_END}")
_ABROAD = re.compile(rf"0{_FIRST}0[1-9]{_MORE}{{8,13}}{_LAST}")
_COUNTRY = re.compile(
    r"1|7|20|27|3[0123469]|4[013456789]|5[1-8]|6[0-6]|8[1246]|9[0-58]"
    r"|2[1234569][0-9]|3[578][0-9]|42[0-9]|50[0-9]|59[0-9]|6[789][0-9]|80[08]|85[0-9]|87[0-9]|88[0-9]|9[679][0-9]"
)
"""Assigned country codes (ITU-T E.164)."""

_NATIONAL = (
    # 555-123-4567, 555.123-4567, 1-800-555-0199, 1 (800) 555-0199
    re.compile(
        rf"[1-9]{_ALONE}(?:[0-9]{{2}}[-. ]|(?<=1)[-. ](?:\([1-9][0-9]{{2}}\)[-. ]?|[1-9][0-9]{{2}}[-. ]))"
        rf"[0-9]{{3}}[-.][0-9]{{4}}{_END}"
    ),
    # 212 555 1234
    re.compile(rf"[2-9]{_FIRST}[0-9]{{2}} [2-9][0-9]{{2}} [0-9]{{4}}{_LAST}"),
    # 138 1234 5678
    re.compile(rf"1{_FIRST}[3-9][0-9](?P<apart>[ -])[0-9]{{4}}(?P=apart)[0-9]{{4}}{_LAST}"),
    # (555) 123-4567, (02) 9876 5432, (11) 91234-5678; a year in brackets is none
    re.compile(
        rf"\((?<![0-9A-Za-z_].)(?!(?:19|20)[0-9]{{2}}\))0?[1-9][0-9]{{1,4}}\)[ -]?"
        rf"[0-9]{{2,8}}(?:[-. ][0-9]{{2,5}}){{0,3}}{_END}"
    ),
    # 030 123456, 0171/1234567, 01 23 45 67 89, 020 7946 0958
    re.compile(rf"0{_FIRST}[1-9][0-9]{{0,3}}(?: ?[/-] ?|[ .])[0-9]{{2,8}}(?:[-. ][0-9]{{2,6}}){{0,4}}{_END}"),
)
_DATE = re.compile(
    r"[0-9]{1,2}(?P<apart>[-./ ])[0-9]{1,2}(?P=apart)(?:19|20)[0-9]{2}|(?:19|20)[0-9]{2}[-./][0-9]{1,2}[-./][0-9]{1,2}"
)
_FOURS = re.compile(r"(?:[0-9]{4}[ -]?){3}")

_NAMED = re.compile(rf"[0-9](?<![0-9A-Za-z#$/_.,+-].){_MORE}{{6,14}}{_END}")
_WORD = re.compile(
    r"(?:(?:\b|_)(?:phone|telephone|tel|mobile|cell|fax|whatsapp|telefon|handy|mobil|tel[eé]fono|t[eé]l[eé]phone)"
    r"(?:s|[_ ]?(?:number|nummer|no|nr))?(?![A-Za-z])"
    r"|\b(?:call|text|dial|ring|reach)(?: (?:me|us|him|her|them))?(?: (?:at|on))\b"
    r"|电话|電話|手机|手機|전화)[^0-9\n]{0,16}\Z",
    re.IGNORECASE,
)
_WORD_REACH = 40
_IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}\Z")


def phones(text: str) -> Iterator[Finding]:
    """Yield telephone numbers: international, national with separators, and any form after a word such as `tel`."""
    for candidate in _INTERNATIONAL.finditer(text):
        if _COUNTRY.match(text, candidate.start() + 1):
            yield Finding("PHONE_NUMBER", *candidate.span(), 0.9, DETECTOR)
    for candidate in _ABROAD.finditer(text):
        if not candidate[0].isdigit() and _COUNTRY.match(text, candidate.start() + 2):
            yield Finding("PHONE_NUMBER", *candidate.span(), 0.75, DETECTOR)
    for pattern in _NATIONAL:
        for candidate in pattern.finditer(text):
            if _is_national(candidate[0]) and not in_guid(text, *candidate.span()):
                yield Finding("PHONE_NUMBER", *candidate.span(), 0.75, DETECTOR)
    for candidate in _NAMED.finditer(text):
        start = candidate.start()
        if _WORD.search(text[max(0, start - _WORD_REACH) : start]) and not _is_other(candidate[0]):
            yield Finding("PHONE_NUMBER", *candidate.span(), 0.85, DETECTOR)


def _is_national(value: str) -> bool:
    return 9 <= sum(map(str.isdigit, value)) <= 12 and not _DATE.match(value) and not _FOURS.fullmatch(value)


def _is_other(value: str) -> bool:
    """Return whether *value* is a date or a network address."""
    return bool(_DATE.match(value) or _IPV4.match(value))
