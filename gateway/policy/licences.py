"""What a licence asks of those who use a text, read from its SPDX expression.

An expression with `OR` lets whoever uses the text choose: an obligation holds only if every alternative has it. Credit
is judged by the alternatives that may be used for any purpose, if there are some: nobody escapes it by an alternative
that forbids the use. With `AND` every obligation of each part holds. An exception (`WITH`) gives permissions and takes
none of these away. A licence that cannot be parsed, is none of the SPDX list, or has a name of its own (`LicenseRef-…`,
`NOASSERTION`) asks for what nobody here knows: that is a fact of its own, and no guess is made beside it.

Sources: https://spdx.org/licenses/ (the names, by the package license-expression) and the licences themselves.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from itertools import product

from license_expression import (  # type: ignore[import-untyped]  # it has no types
    AND,
    OR,
    ExpressionError,
    LicenseSymbol,
    LicenseWithExceptionSymbol,
    Licensing,
    get_spdx_licensing,
)

from gateway.domain.facts import Value

ATTRIBUTION, NONCOMMERCIAL, UNKNOWN = "license_attribution", "license_noncommercial", "license_unknown"
DERIVED = frozenset({ATTRIBUTION, NONCOMMERCIAL, UNKNOWN})
"""Facts that follow from a label `license`; no document gives them itself."""

LONGEST = 1_000
"""Characters of an expression that are read."""
ALTERNATIVES = 64
"""Ways to comply that are looked at; an expression with more is no licence that anybody chose."""

_CREDIT = re.compile(
    r"CC-BY(-|$).*|ODC-By-.*|ODbL-.*|OGL-(UK|Canada)-.*|NCGL-UK-.*|etalab-.*|DL-DE-BY-.*|NLOD-.*|LAL-.*|GFDL-.*"
    r"|OGDL-Taiwan-.*|CDLA-(Permissive-1\.0|Sharing-1\.0)",
    re.IGNORECASE,
)
"""Licences of texts and data that ask for credit where the work is used, not only where it is copied."""
_NO_COMMERCE = re.compile(r"CC-.*NC(-.*|$)|NCGL-UK-.*|PolyForm-Noncommercial-.*|Aladdin", re.IGNORECASE)
_OR_LATER = re.compile(r"(?<=[\w.])\+(?=\s|\)|$)")

Way = frozenset[str]
"""Licences that are complied with together; `""` stands for one that is not known."""


@lru_cache(maxsize=4096)
def licence_facts(expression: str) -> Mapping[str, Value]:
    """Return what rules read of the licence *expression*: each of `DERIVED` is there; never raises."""
    ways = _ways(expression)
    if all("" in way for way in ways):
        return {UNKNOWN: True}
    known = [way for way in ways if "" not in way]
    free = [way for way in known if not _any(_NO_COMMERCE, way)]
    return {
        UNKNOWN: False,
        NONCOMMERCIAL: not free,
        ATTRIBUTION: all(_any(_CREDIT, way) for way in free or known),
    }


def _any(kind: re.Pattern[str], way: Way) -> bool:
    return any(kind.fullmatch(name) for name in way)


def _ways(expression: str) -> list[Way]:
    """Return the ways to comply with *expression*; one that is not known if it cannot be read."""
    unknown = [frozenset({""})]
    if len(expression) > LONGEST:
        return unknown
    try:
        parsed = _spdx().parse(_OR_LATER.sub("", expression), validate=False, strict=True)
    except ExpressionError:
        return unknown
    except (RecursionError, ValueError, TypeError, AttributeError, IndexError):  # what odd texts make of the parser
        return unknown
    found = [*_alternatives(parsed)] if parsed is not None else unknown
    return found if found and len(found) <= ALTERNATIVES else unknown


def _alternatives(parsed: object) -> Iterator[Way]:
    """Yield the ways to comply with *parsed*, at most one more than are looked at."""
    if isinstance(parsed, OR):
        for part in parsed.args:
            yield from _alternatives(part)
    elif isinstance(parsed, AND):
        parts = [[*_alternatives(part)] for part in parsed.args]
        for number, chosen in enumerate(product(*parts)):
            if number > ALTERNATIVES:
                return
            yield frozenset().union(*chosen)
    elif isinstance(parsed, LicenseWithExceptionSymbol):
        yield from _alternatives(parsed.license_symbol)
    elif isinstance(parsed, LicenseSymbol):
        yield frozenset({parsed.key if parsed.key in _spdx().known_symbols else ""})
    else:
        yield frozenset({""})


@cache
def _spdx() -> Licensing:
    """The licences of the SPDX list; reading it takes a tenth of a second."""
    return get_spdx_licensing()
