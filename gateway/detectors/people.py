"""People whom a small language model overlooks: names with titles, in fields, greetings and signatures; ages."""

import re
from collections.abc import Iterable, Iterator, Sequence

from gateway.detectors.lexicon import COMMON
from gateway.detectors.shapes import Shape
from gateway.domain.findings import Finding

DETECTOR = "people"

_P = "[UFNSQETRB]"
_NAME = rf"{_P}(?:I?[pv]{{0,2}}{_P}|I){{0,3}}"
_FULL_NAME = rf"{_P}(?:I?[pv]{{0,2}}{_P}|I){{1,3}}"
_NAMES = re.compile(
    rf"(?:H|(?<![nda])h)(?P<titled>I{{0,2}}{_NAME})"  # Dr. J. van der Berg
    r"|(?P<initial>[UFN]I[UFNTEB](?![OTVE]))"  # Slavko E. Brown
    r"|(?P<noble>[UFNQ]v(?:p?[UFNQ])(?![OTVE]))"  # Frits van den Heuvel
    r"|(?P<first>(?<![UNTR])F(?:I?[pv]{0,2}[UNFQ](?![OTVE])){0,2}(?![OTVEN]))"  # Anna
    r"|(?P<last>[UF]?N(?![OTVEUF]))"  # Kowalewski
)
_SCORES = {"titled": 0.85, "initial": 0.75, "noble": 0.75, "first": 0.65, "last": 0.55}

_KIN = (
    "wife|husband|spouse|partner|son|daughter|kid|child|brother|sister|mother|father|mom|mum|dad|uncle|aunt|cousin|niece"
    "|nephew|grandmother|grandfather|girlfriend|boyfriend|fianc[ée]e?|roommate|neighbou?r|friend|colleague|boss"
)
_TRADES = (
    "actor|actress|singer|songwriter|musician|author|novelist|poet|director|player|president|senator|journalist|coach"
    "|captain|detective|attorney|chancellor|philosopher|painter|architect|physicist|chemist|surgeon|guitarist|drummer"
    "|pianist|composer|striker|goalkeeper|boxer|golfer|comedian"
)
_DEEDS = (
    "directed|written|sung|composed|painted|photographed|narrated|founded|hosted|recorded|performed|produced|edited"
    "|illustrated|choreographed|discovered|invented|managed|represented|signed|approved|examined|treated"
)

# What stands before a name. The first two are followed by any name, the third by a full one, the others by one that
# ends the line or the clause.
_FIELD = re.compile(
    r"(?:\b(?:(?:my|your|his|her|their|our)(?: \w+'s)?|first|last|full|maiden|family|given|middle|contact|customer"
    r"|client|patient|employee|member|tenant|holder|account|beneficiary)[ _-]name(?:'s)?|\bsurname"
    r"|(?:\A|\n)[ \t]*name(?=:)|\bnamed (?:him|her|me)|\bname\?)"
    r"[\"']?(?: (?:is|was))?(?:[:=]\s{0,3}|\s{1,3})[\"']?"
    r"|\bname[\"']?[:=]\s?[\"'](?=[^\"'\n]{3,40}[\"'],\s*[\"'](?:age|e?-?mail|phone|address|birth))",
    re.IGNORECASE,
)
_RELATED = re.compile(rf"\b(?:(?:my|your|his|her|their|our) (?:{_KIN}),?|calls? me) ", re.IGNORECASE)
_DOING = re.compile(rf"\b(?:{_TRADES}|(?:{_DEEDS}) by|starring|featuring) ")
_GREETING = re.compile(r"\b(?:dear|hi|hello|hey|good (?:morning|afternoon|evening)),?\s+", re.IGNORECASE)
_CLOSING = re.compile(
    r"\b(?:regards|sincerely|thanks|thank you|cheers|yours|best|love|faithfully|wishes)[,!.]?\s*\n\s*", re.IGNORECASE
)
_SELF = re.compile(r"\bi(?:'m| am) ", re.IGNORECASE)
_FOLLOWING = re.compile(_NAME)
_FULL = re.compile(_FULL_NAME)
_LAST = re.compile(rf"{_NAME}(?=[,/.$]|\Z)")
_FULL_LAST = re.compile(rf"{_FULL_NAME}(?=[,/.$]|\Z)")
_CUES = (
    ("name", _FIELD, _FOLLOWING),
    (" ", _RELATED, _FOLLOWING),
    (" ", _DOING, _FULL),
    ("", _GREETING, _LAST),
    ("\n", _CLOSING, _LAST),
    (" ", _SELF, _FULL_LAST),
)
"""What a text must have, in small letters, for the words before a name to be looked for; these words, and the name."""
_OWNED = re.compile(rf"(?P<name>{_NAME})'")
_OWNED_KIN = re.compile(rf" (?:{_KIN}|birthday|passport|salary|maiden|funeral|killers?)\b")
_NOBODY = COMMON | {"folks", "sir", "madam", "guys"}

_AGE = re.compile(
    r"\b(?:(?P<before>\d{1,3})(?:[ -]years?[ -]old|[ -]?y/?o\b|[ -]yrs?[ -]old)"
    r"|(?:aged|age of|age is|age:|turn(?:ed|s|ing)) (?P<after>\d{1,3})\b(?![.,]?\d| ?%)"
    r"|(?:when (?:he|she|i|they) (?:was|were)|(?:i'll|will|to) turn) (?P<then>\d{1,3})\b(?![.,]?\d| ?%| \w))",
    re.IGNORECASE,
)


def names(shape: Shape) -> Iterator[Finding]:
    """Yield names in the text of *shape* that a title, an initial, their sound or the words before give away."""
    for name in _NAMES.finditer(shape.kinds):
        form = str(name.lastgroup)
        yield Finding("PERSON", *shape.span(name, form), _SCORES[form], DETECTOR)
    small = shape.text.lower()
    for needed, cue, following in _CUES:
        for said in cue.finditer(shape.text) if needed in small else ():
            called = following.match(shape.kinds, shape.at(said.end()))
            if called and not any(shape.word(index).lower() in _NOBODY for index in range(*called.span())):
                yield Finding("PERSON", *shape.span(called), 0.7, DETECTOR)
    for owner in _OWNED.finditer(shape.kinds):
        if _OWNED_KIN.match(shape.text, shape.spans[owner.end() - 1][1]):
            yield Finding("PERSON", *shape.span(owner, "name"), 0.7, DETECTOR)


def again(shape: Shape, people: Iterable[Finding]) -> Iterator[Finding]:
    """Yield where a part of a full name among *people* stands once more, alone: `Anna Kowalska … Kowalska said`.

    Of a name in which no word is known as one, that part is the last word: `Sai Miryala … Miryala`.
    """
    parts: set[str] = set()
    taken: set[int] = set()
    for person in people:
        words = range(shape.at(person.start), shape.at(person.end))
        taken.update(words)
        parts.update(map(shape.word, _lasting([index for index in words if shape.kinds[index] in "UFN"], shape)))
    parts = {part for part in parts if part.lower() not in COMMON}
    if parts:
        for index, kind in enumerate(shape.kinds):
            if kind in "UFN" and index not in taken and shape.word(index) in parts:
                yield Finding("PERSON", *shape.spans[index], 0.6, DETECTOR)


def _lasting(named: Sequence[int], shape: Shape) -> Sequence[int]:
    """Return those of *named*, the words of a person's name, by which the person may be called again."""
    if len(named) < 2:
        return ()
    return named if any(shape.kinds[index] in "FN" for index in named) else named[-1:]


def ages(text: str) -> Iterator[Finding]:
    """Yield ages: `35 years old`, `aged 35`."""
    for age in _AGE.finditer(text):
        yield Finding("AGE", *age.span(str(age.lastgroup)), 0.7, DETECTOR)
