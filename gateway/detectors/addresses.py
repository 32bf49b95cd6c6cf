"""Addresses: e-mail and Internet Protocol."""

import re
import socket
from collections.abc import Iterator

from gateway.domain.findings import Finding

DETECTOR = "patterns"

_LETTERS = "A-Za-z\u00c0-\u024f\u0370-\u06ff\u0900-\u097f"
"""Letters of scripts that put spaces between words: an address in Chinese text ends where the Chinese goes on."""
_LOCAL = re.compile(rf"[{_LETTERS}0-9_%+'.-]{{1,64}}")
_LOCAL_LENGTH = 64
_LABEL = rf"[{_LETTERS}0-9](?:[{_LETTERS}0-9-]{{0,61}}[{_LETTERS}0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.){{1,8}}(?:xn--[0-9A-Za-z-]{{2,59}}|[{_LETTERS}]{{2,24}})")
_DOMAIN_LENGTH = 254
_PICTURE = re.compile(r"[0-9.]+x\.(?:png|jpe?g|gif|svg|webp|avif|ico)\Z", re.IGNORECASE)


_USER = re.compile(r"://[^\s:/?#@]{0,64}:\Z")
_USER_REACH = 72


def emails(text: str) -> Iterator[Finding]:
    """Yield e-mail addresses (RFC 5321, RFC 6531) with a domain that has a name for its top level.

    Not reported are a picture for dense screens, `icon@2x.png`, the account of a Git remote, `git@host:path`, and the
    password in a URL, `postgres://user:password@host`.
    """
    at = text.find("@")
    while at >= 0:
        local = _LOCAL.match(text[max(0, at - _LOCAL_LENGTH) : at][::-1])
        domain = _DOMAIN.match(text, at + 1, at + 1 + _DOMAIN_LENGTH) if local else None
        if local and domain:
            name = local[0][::-1].lstrip(".'-%")
            if name and not _is_no_mailbox(text, at - len(name), name, domain):
                yield Finding("EMAIL_ADDRESS", at - len(name), domain.end(), 1.0, DETECTOR)
        at = text.find("@", at + 1)


def _is_no_mailbox(text: str, start: int, name: str, domain: re.Match[str]) -> bool:
    if name == "git" and text[domain.end() : domain.end() + 1] == ":":
        return True
    if text[start - 1 : start] == ":" and _USER.search(text[max(0, start - _USER_REACH) : start]):
        return True
    return _PICTURE.match(domain[0]) is not None


_IPV4 = re.compile(
    r"[0-9](?<![0-9A-Za-z_.].)(?<![A-Za-z][-/].)[0-9]{0,2}(?:\.[0-9]{1,3}){3}(?![0-9A-Za-z_])(?!\.[0-9])"
)
_VERSION_WORD = re.compile(
    r"\b(?:v|ver|version|release|rev|revision|build|firmware|section)[ .:#=]{0,3}\Z", re.IGNORECASE
)
_WORD_REACH = 16
_NOBODY = re.compile(r"0\.0\.0\.0|127\.|255\.")
"""Unspecified, loopback, masks and broadcast: they lead to nobody."""


def ipv4_addresses(text: str) -> Iterator[Finding]:
    """Yield IPv4 addresses of hosts; not what a word before it calls a version: `v1.2.3.4`, `Chrome/120.0.0.0`."""
    for candidate in _IPV4.finditer(text):
        start, value = candidate.start(), candidate[0]
        is_version = _VERSION_WORD.search(text[max(0, start - _WORD_REACH) : start])
        if not is_version and not _NOBODY.match(value) and all(int(part) < 256 for part in value.split(".")):
            yield Finding("IP_ADDRESS", *candidate.span(), 0.95, DETECTOR)


_IPV6 = re.compile(r"(?<![0-9A-Za-z:._])[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,40}(?![0-9A-Za-z_])")
_IPV6_ASSIGNED = re.compile(
    r"[23][0-9a-f]{3}:|f[cdf][0-9a-f]{2}:|fe[89ab][0-9a-f]:|::ffff:[0-9]|64:ff9b:", re.IGNORECASE
)


def ipv6_addresses(text: str) -> Iterator[Finding]:
    """Yield IPv6 addresses (RFC 4291); shortened ones only of blocks in use, so that `add::face` in code is none."""
    if "::" not in text and text.count(":") < 7:
        return
    for candidate in _IPV6.finditer(text):
        value = candidate[0].rstrip(".")
        value = value if _is_ipv6(value) else value.rstrip(":")
        if _is_ipv6(value) and ("::" not in value or _IPV6_ASSIGNED.match(value)):
            yield Finding("IP_ADDRESS", candidate.start(), candidate.start() + len(value), 1.0, DETECTOR)


def _is_ipv6(value: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET6, value)
    except OSError:
        return False
    return True
