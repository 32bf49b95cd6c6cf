"""Secrets that their issuer made recognisable: provider keys, JSON web tokens, private keys."""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from gateway.domain.findings import Finding

DETECTOR = "secrets"

Finder: TypeAlias = Callable[[str, str], Iterator[Finding]]
"""Yields the findings in a text, which it is also given in small letters."""

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _certain(_: str) -> float:
    return 1.0


def _mixed(value: str) -> float:
    """Return how sure it is that *value* was drawn by lot and is no name made of words."""
    if not any(map(str.isdigit, value)):
        return 0.0
    if any(map(str.isupper, value)):
        return 0.9
    return 0.6 if value[3:].isalnum() else 0.0


def _github(value: str) -> float:
    """Return 1 when the last six characters are the CRC-32 of the thirty before them, in base 62.

    https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/
    """
    body = value.partition("_")[2]
    if len(body) != 36 or not value.startswith("gh"):
        return 0.9
    return 1.0 if body[30:] == _base62(zlib.crc32(body[:30].encode())) else 0.6


def _base62(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    return digits.rjust(6, "0")


def _jwt(value: str) -> float:
    """Return 1 when the part before the first dot decodes to a JOSE header (RFC 7515, RFC 7516)."""
    header = value.partition(".")[0]
    try:
        names = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return 0.0
    return float(isinstance(names, dict) and bool(names.keys() & {"alg", "enc"}))


@dataclass(frozen=True, slots=True)
class _Shape:
    entity: str
    hints: tuple[str, ...]
    """A text that has none of them, in small letters, has no such secret."""
    pattern: re.Pattern[str]
    """The secret is its group `value`, or all of it."""
    score: Callable[[str], float] = _certain


_START = r"(?<![0-9A-Za-z])"
_WORD = "[0-9A-Za-z_-]"
_SHAPES = (
    _Shape("AWS_ACCESS_KEY", ("akia", "asia", "abia", "acca"),
           re.compile(rf"{_START}A(?:KIA|SIA|BIA|CCA)[0-9A-Z]{{16}}(?![0-9A-Za-z])")),
    _Shape("GCP_API_KEY", ("aiza", "gocspx-"),
           re.compile(rf"{_START}(?:AIza{_WORD}{{35}}|GOCSPX-{_WORD}{{28}})(?!{_WORD})")),
    _Shape("AZURE_KEY", ("jqqj9", "q~", "+ast"),
           re.compile(r"(?<![0-9A-Za-z+/~._-])(?:[0-9A-Za-z]{52}JQQJ9[9DH][0-9A-Za-z][A-L][0-9A-Za-z]{24}(?:[0-9A-Za-z]{2}==)?"
                      r"|[0-9A-Za-z~._-]{3}[0-9]Q~[0-9A-Za-z~._-]{31,34}"
                      r"|[0-9A-Za-z+/]{76}\+ASt[0-9A-Za-z+/]{5}[AQgw]==)(?![0-9A-Za-z+/=])")),
    _Shape("AZURE_KEY", ("accountkey", "sharedaccesskey", "storagekey", "sig="),
           re.compile(r"(?:(?i:account_?|shared_?access_?|storage_?)(?i:key)[\"']?[ ]?[:=][ ]?[\"']?|[?&;]sig=)"
                      r"(?P<value>[0-9A-Za-z+/]{42,86}={1,2}(?![0-9A-Za-z+/=]))")),
    _Shape("GITHUB_TOKEN", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
           re.compile(rf"{_START}(?:gh[pousr]_[0-9A-Za-z]{{36,251}}|github_pat_[0-9A-Za-z]{{22}}_[0-9A-Za-z]{{59}})(?![0-9A-Za-z])"),
           _github),
    _Shape("SLACK_TOKEN", ("xox", "xapp-", "hooks.slack.com"),
           re.compile(rf"{_START}(?:xox[abeoprs]-(?:[0-9]{{1,3}}-)?[0-9A-Za-z-]{{10,250}}|xapp-[0-9]-[0-9A-Za-z-]{{20,250}})(?![0-9A-Za-z])"
                      r"|hooks\.slack\.com/(?:services|workflows)/(?P<value>[0-9A-Za-z/]{20,120})")),
    _Shape("ANTHROPIC_API_KEY", ("sk-ant-",), re.compile(rf"(?<!{_WORD})sk-ant-{_WORD}{{20,250}}(?!{_WORD})")),
    _Shape("OPENAI_API_KEY", ("sk-",),
           re.compile(rf"(?<!{_WORD})sk-(?!ant-)(?:(?:proj|svcacct|admin|None|or-v1)-{_WORD}{{20,250}}|{_WORD}{{20,250}})(?!{_WORD})"),
           _mixed),
    _Shape("STRIPE_KEY", ("sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_"),
           re.compile(rf"{_START}(?:[rs]k_(?:live|test)_[0-9A-Za-z]{{10,250}}|whsec_[0-9A-Za-z+/=]{{24,250}})(?![0-9A-Za-z])")),
    _Shape("JWT", ("eyj",),
           re.compile(rf"(?<!{_WORD})eyJ{_WORD}{{5,}}+\.{_WORD}*+(?:\.{_WORD}*+){{0,3}}"), _jwt),
)  # fmt: skip


def _finder(shape: _Shape) -> Finder:
    """Return the search for secrets of *shape*."""

    def find(text: str, small: str) -> Iterator[Finding]:
        for match in shape.pattern.finditer(text):
            group = match.lastgroup or 0
            score = shape.score(match[group])
            if score:
                yield Finding(shape.entity, *match.span(group), score, DETECTOR)

    return find


TOKENS: Mapping[str, Finder] = {
    hint: find for shape, find in [(shape, _finder(shape)) for shape in _SHAPES] for hint in shape.hints
}
"""What to look with when a text has a hint."""


BEGIN = "-----BEGIN "
_BEGIN = re.compile(r"-----BEGIN [0-9A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END [0-9A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_FOREIGN = re.compile(r"[\"`<>{}]")
"""What no PEM block holds: after it, other text has begun."""


def private_keys(text: str, small: str) -> Iterator[Finding]:
    """Yield PEM blocks of private keys (RFC 7468, OpenPGP).

    A block without its end reaches as far as text goes that could belong to one, so that a cut key is none the less
    covered.
    """
    at = text.find(BEGIN)
    while at >= 0:
        begin = _BEGIN.match(text, at)
        if begin:
            end = _block_end(text, begin.end())
            yield Finding("PRIVATE_KEY", at, end, 1.0, DETECTOR)
            at = text.find(BEGIN, end)
        else:
            at = text.find(BEGIN, at + 1)


def _block_end(text: str, start: int) -> int:
    foreign = _FOREIGN.search(text, start)
    limit = foreign.start() if foreign else len(text)
    end = _END.search(text, start, limit)
    return end.end() if end else limit
