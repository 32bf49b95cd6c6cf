"""Postal addresses: the street, and what of unit, town, state, postal code and country follows it.

A street is words in capitals beside a number. It counts when its words are those of a street, in English or elsewhere
(`12 High Street`, `rue Sébastopol 2`, `Linzer Strasse 69`), when the words before it say so (`lives at`), or when what
follows it belongs to no other thing (`Apt. 5`; a region and a postal code).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.detectors.shapes import CAPITALS, Shape
from gateway.domain.findings import Finding

DETECTOR = "postal"

_C = f"[{CAPITALS}O]"
_NAME = rf"{_C}(?:[pv]{{0,2}}{_C}){{0,3}}"
_STREET = re.compile(
    rf"(?P<typed>n{{1,2}}(?:o?(?:[pv]{{0,2}}{_C}){{1,4}}|o)[TVH])"  # 12 High Street
    rf"|(?P<begun>n{{0,2}}[BVbe][pv]{{0,2}}[x{CAPITALS}O](?:[pv]{{0,2}}{_C}){{0,3}}(?:,?[na])?)"  # 2 rue Sébastopol
    rf"|(?P<ended>n{{0,2}}(?:{_C}[pv]{{0,2}}){{0,3}}[Ee],?[na])"  # Linzer Strasse 69
    rf"|(?P<between>n{{1,2}}{_NAME}[na])"
    rf"|(?P<beside>n{{1,2}}{_NAME}|{_NAME}[na](?!{_C}{{0,3}}[TVE]))"
    rf"|(?P<named>{_C}(?:[pv]{{0,2}}{_C}){{0,2}}T)"
    rf"|(?P<box>(?:II|[QU])un)"  # P.O. Box 12
    rf"|(?P<unit>u[na])"
)
_CALLED = ("typed", "begun", "ended")
"""Streets that are called one."""
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
_CUE = re.compile(
    r"(?:\baddress(?:es)?(?: (?:is|to|as|below|here))?|\b(?:office|home|house)(?: is)? (?:at|on|in)"
    r"|\b(?:side|end|corner) of|\bstop(?:s|ped)? at|\bdrop(?:s|ped)? (?:you|me|us|him|her|them) off at"
    r"|\b(?:live[sd]?|living|reside[sd]?|located|stay(?:s|ed|ing)?) (?:at|on|in)|\b(?:meet|see)(?: \w+)? at"
    r"|\b(?:sen[dt]|ship(?:ped)?|deliver(?:ed)?|mail(?:ed)?|return(?:ed)?|mov(?:ed?|ing)|forward(?:ed)?)"
    r"(?: \w+){0,5} (?:to|at))(?: it is)?[:\s-]{1,4}\Z",
    re.IGNORECASE,
)
_CUE_REACH = 64
_PLACED = re.compile(r"(?:\A|\n|\b(?:at|on|to|from|in|near|is|the)\s)\s*\Z", re.IGNORECASE)
_SURE_UNITS = frozenset(("apt", "apartment", "suite", "ste"))

_SURE_TYPES = frozenset(("street", "avenue", "ave", "boulevard", "blvd", "road", "rd", "lane"))

_PART = re.compile(
    r"\.?[,/]{0,3}(?P<unit>u\$?[na])"
    rf"|[,/]{{0,3}}(?:(?P<region>R|S|[QS](?=[,/]{{0,2}}n))|(?P<code>n[QSI]?|a[ad]|na)|(?P<town>{_NAME}(?:n(?=[,/]))?))"
)
_CODE = re.compile(r"\d{3,6}(?:-\d{4})?|\d{2}-\d{3}|[A-Z]{1,2}\d[A-Z\d]?|[A-Z]\d[A-Z]")
"""The first group of a postal code."""
_OVER = re.compile(r"[.,/$]|\Z")
_MOST_PARTS = 6

_FORCES = re.compile(rf"(?:[QU](?:n|{_C}),?)?(?:un){{0,2}}[,/]{{0,2}}(?P<post>Q)Sn")
_CROSSING = re.compile(rf"n{{0,2}}{_NAME}x(?:n{{0,2}}{_NAME}n|n{{1,2}}{_NAME}|{_C}{{0,3}}[TE])")
_CORNER = re.compile(rf"n{{0,2}}{_NAME}n?x(?:n{{0,2}}{_NAME}n?)")
_STATE_ZIP = re.compile(r"S(?P<code>n)|R(?P<abroad>n)(?=[/.,$]|\Z)")
_ZIP = re.compile(r"\d{5}(?:-\d{4})?\Z")
_ZIP_WORD = re.compile(
    r"\b(?:zip|post(?:al)?)[ -]?(?:code)?s?(?: is)?[:#\s]{1,3}"
    r"(?P<code>\d{4,6}(?:-\d{3,4})?(?: [A-Z]{2})?\b|\d{2}-\d{3}\b|\d{3}[ -]\d{2}\b"
    r"|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|[A-Z]\d[A-Z] ?\d[A-Z]\d\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Tail:
    """What follows a street."""

    end: int
    """Index of the first word that no longer belongs to the address."""
    parts: tuple[str, ...]
    """Those parts that could not be anything: `unit`, `region`, `code`."""

    @property
    def is_address(self) -> bool:
        """Whether only an address has these parts."""
        return "unit" in self.parts or {"code", "region"} <= set(self.parts)


def addresses(shape: Shape) -> Iterator[Finding]:
    """Yield the postal addresses in the text of *shape*, each with all its parts, and lone postal codes."""
    yield from _corners(shape)
    at = 0
    while street := _STREET.search(shape.kinds, at):
        tail = _tail(shape, street.end())
        score = _score(shape, street, tail)
        if score:
            yield _finding("STREET_ADDRESS", shape, street.start(), tail.end, score)
        at = tail.end if score else street.start() + 1  # `Anna Lopez 12` is none, `12 High Street` in it is
    for post in _FORCES.finditer(shape.kinds):
        if shape.word(post.start("post")) in ("APO", "FPO", "DPO"):
            yield _finding("STREET_ADDRESS", shape, post.start(), post.end(), 0.95)
    yield from _codes(shape)


def _finding(entity: str, shape: Shape, first: int, after: int, score: float) -> Finding:
    return Finding(entity, shape.spans[first][0], shape.spans[after - 1][1], score, DETECTOR)


def _score(shape: Shape, street: re.Match[str], tail: _Tail) -> float:
    """Return how sure it is that *street* is one, with the *tail* that it has; 0 when it is none."""
    form = str(street.lastgroup)
    if form in ("box", "unit"):
        return 0.9 if tail.parts or _is_sure(shape.word(street.start()), form) else 0.0
    if form == "named":
        return 0.6 if _is_sure_type(shape, street) else 0.0
    numbers = [shape.word(index) for index in range(*street.span()) if shape.kinds[index] in "na"]
    if not numbers:
        return 0.0
    if tail.is_address:
        return 0.85
    before = _before(shape, street)
    if _CUE.search(before):
        return 0.8
    is_year = len(numbers) == 1 and _YEAR.match(numbers[0])
    if form in _CALLED and not is_year:
        return 0.8
    return 0.6 if form == "between" and (tail.parts or _PLACED.search(before)) else 0.0


def _before(shape: Shape, street: re.Match[str]) -> str:
    start = shape.spans[street.start()][0]
    return shape.text[max(0, start - _CUE_REACH) : start]


def _is_crossing(shape: Shape, streets: re.Match[str]) -> bool:
    """Return whether two *streets* are named as a place: `meet me at Broadway and 5 Oak Street`."""
    joints = (shape.word(index) for index in range(*streets.span()) if shape.kinds[index] == "x")
    return all(joint in ("and", "und", "y") for joint in joints) and bool(_CUE.search(_before(shape, streets)))


def _is_sure_type(shape: Shape, street: re.Match[str]) -> bool:
    """Return whether a *street* without a number is one: by its last word, after a word for a place."""
    last = shape.word(street.end() - 1).lower().rstrip(".")
    return last in _SURE_TYPES and _PLACED.search(_before(shape, street)) is not None


def _is_sure(word: str, form: str) -> bool:
    small = word.lower().rstrip(".")
    return small in ("p", "po") if form == "box" else small in _SURE_UNITS


def _tail(shape: Shape, at: int) -> _Tail:
    """Return what follows the street that ends before the word *at*.

    A town counts when something after it does, or when it stands apart as towns do: after a comma or a unit.
    """
    end, towns = at, 0
    parts: list[str] = []
    while len(parts) < _MOST_PARTS and (part := _PART.match(shape.kinds, at)):
        form, at = str(part.lastgroup), part.end()
        if form == "town":
            towns += 1
            apart = shape.kinds[part.start()] == "," or parts[-1:] in (["unit"], ["code"])
            if (apart and _OVER.match(shape.kinds, at)) or _is_beside_unit(shape, part, parts):
                end = at
            if towns > 1 and not parts:
                break
        elif form == "code" and not ((parts or towns or _is_before_town(shape, part)) and _is_code(shape, part)):
            break
        else:
            end = at
            parts.append(form)
    return _Tail(end, tuple(parts))


def _is_beside_unit(shape: Shape, town: re.Match[str], parts: list[str]) -> bool:
    """Return whether *town* stands right after a unit: `Apt. 5 Springfield`; a new sentence would not."""
    return parts[-1:] == ["unit"] and shape.kinds[town.start()] not in ",/."


def _is_code(shape: Shape, code: re.Match[str]) -> bool:
    return _CODE.fullmatch(shape.word(code.start("code"))) is not None


def _is_before_town(shape: Shape, code: re.Match[str]) -> bool:
    """Return whether a town follows *code*; right after a street, another number would be anything."""
    return shape.kinds[code.start()] in ",/" and shape.kinds[code.end() : code.end() + 1] in ("U", "Q", "R")


def _corners(shape: Shape) -> Iterator[Finding]:
    for crossing in _CROSSING.finditer(shape.kinds):
        if _is_crossing(shape, crossing):
            yield Finding("STREET_ADDRESS", *shape.span(crossing), 0.6, DETECTOR)
    at = shape.text.find("corner of ")
    while at >= 0:
        corner = _CORNER.match(shape.kinds, shape.at(at + len("corner of ")))
        if corner:
            yield Finding("STREET_ADDRESS", at, shape.span(corner)[1], 0.8, DETECTOR)
        at = shape.text.find("corner of ", at + 1)


def _codes(shape: Shape) -> Iterator[Finding]:
    for state in _STATE_ZIP.finditer(shape.kinds):
        group = str(state.lastgroup)
        if _ZIP.match(shape.word(state.start(group))):
            yield Finding("ZIP_CODE", *shape.span(state, group), 0.8 if group == "code" else 0.6, DETECTOR)
    for word in _ZIP_WORD.finditer(shape.text):
        yield Finding("ZIP_CODE", *word.span("code"), 0.8, DETECTOR)
