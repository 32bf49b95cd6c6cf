"""Secrets that the words around them give away: passwords, connection strings, random strings called a key."""

import math
import re
from collections import Counter
from collections.abc import Iterator

from gateway.domain.findings import Finding

DETECTOR = "secrets"

_LETTERS = "\u00a1-\u024f\u0370-\u06ff\u0900-\u097f"
"""Letters of scripts that put spaces between words: a value in Chinese text ends where the Chinese goes on."""

SIGN = re.compile(r"[^A-Za-z\s,.;?()]")
"""What plain prose does without, and no password that a sentence tells does."""

# Passwords. The word for one is looked for in the text in small letters, its value in the text itself.

PASSWORD_HINTS = ("pass", "pwd", "kennwort", "contraseña", "senha", "пароль", "密码", "密碼", "口令", "パスワード",
                   "비밀번호")  # fmt: skip
_PASSWORD = re.compile(
    r"pass(?:words?|wd|phrase|code|wort)|mot de passe|kennwort|contraseña|пароль|密码|密碼|口令|パスワード|비밀번호"
    r"|pwd(?<![a-z].{3})|senha(?<![a-z].{5})|pass(?<![a-z].{4})"
)
_GIVEN = re.compile(
    r"[0-9]{0,2}[\"'`]?"
    r"(?:[ \t]{0,3}(?P<sign>:=|=>|={1,2}|:)[ \t]{0,3}|[ \t](?:is|was|ist|lautet|est|es)[ \t:]{1,3}|(?P<option>[ ]))"
    r"(?:(?P<quote>[\"'`])(?P<quoted>(?:(?!(?P=quote))[^\n]){1,64})(?P<close>(?P=quote)|\Z)"
    rf"|(?P<plain>[!#-&(-;=?-\[\]^_a-z|~{_LETTERS}]{{4,256}}+)(?P<gap>[ \t]?))"
)
_OPTION = re.compile(r"--[0-9A-Za-z-]{0,20}\Z")
_NEXT_FIELD = re.compile(r"[&;,][0-9A-Za-z_. ]{1,40}[=:]")
_CODE = re.compile(
    r"\$[A-Za-z_({]|%[sd({]|[a-z_]+(?:\.[a-z_]+)*[(\[]|(?:[A-Za-z_]+\.)+[A-Za-z_]+\Z"
    r"|[\[(*.•·-]+\Z|\[[A-Za-z_ ]*\]|(.)\1*\Z"
)
"""What stands for a password without being one: a variable, a call, an attribute, dots."""
_STAND_INS = frozenset(
    {"none", "null", "true", "false", "undefined", "string", "text", "required", "optional", "hidden", "redacted",
     "masked", "secret", "password", "passwort", "passwd", "example", "empty", "unknown", "invalid", "incorrect",
     "wrong", "missing", "reset", "changed", "expired", "your-password", "your_password", "yourpassword",
     "mypassword", "my_password"}
)  # fmt: skip


def passwords(text: str, small: str) -> Iterator[Finding]:
    """Yield what is given as a password: `password: …`, `"pwd": "…"`, `--password …`, `the password is …`.

    *small* is *text* in small letters. Left alone are words that a sentence goes on with (`password is required`),
    variables, calls and placeholders.
    """
    for word in _PASSWORD.finditer(small):
        given = _GIVEN.match(text, word.end())
        if given and (not given["option"] or _OPTION.search(text[max(0, word.start() - 22) : word.start()])):
            finding = _quoted(given) if given["quote"] else _plain(given, weak=word[0] == "pass")
            if finding:
                yield finding


def _quoted(given: re.Match[str]) -> Finding | None:
    """Return the finding of a value in quotes; one that is still open at the end of the text may become anything."""
    value = given["quoted"]
    if given["close"] and (len(value) < 4 or value.lower() in _STAND_INS or _CODE.match(value)):
        return None
    return Finding("PASSWORD", *given.span("quoted"), 0.7 if " " in value else 0.9, DETECTOR)


def _plain(given: re.Match[str], *, weak: bool) -> Finding | None:
    """Return the finding of a value without quotes; a mere word counts only where no sentence goes on after it."""
    raw = given["plain"]
    field = _NEXT_FIELD.search(raw)
    value = (raw[: field.start()] if field else raw).rstrip(".,;:!?)]")
    if len(value) < 4 or value.lower() in _STAND_INS or _CODE.match(raw):
        return None
    mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    if (weak and not (mixed and len(value) > 5)) or (value.isdigit() and len(value) > 64):
        return None
    if value.isalpha() and (not given["sign"] or (given["gap"] and value == raw)):
        return None
    if not (given["sign"] or given["option"] or SIGN.search(value)):
        return None
    start = given.start("plain")
    return Finding("PASSWORD", start, start + len(value), 0.6 if value.isalpha() else 0.85, DETECTOR)


_CREDENTIALS = re.compile(r"://[^\s:/?#@\"'`<>]{0,64}:(?P<value>[^\s/\"'`<>]{1,256})@(?=[0-9A-Za-z\[])")
_VARIABLE = re.compile(r"[$%{*]|x+\Z|pass(?:word)?\Z", re.IGNORECASE)


def connection_strings(text: str, small: str) -> Iterator[Finding]:
    """Yield the passwords of URLs, `postgres://user:…@host`: what remains still tells which database it was."""
    if "@" not in text:
        return
    for match in _CREDENTIALS.finditer(text):
        if not _VARIABLE.match(match["value"]):
            yield Finding("CONNECTION_STRING", *match.span("value"), 0.95, DETECTOR)


KEY_HINTS = ("secret", "token", "key", "bearer", "authorization", "credential")
_KEY = re.compile(
    r"secret|token|api[-_ ]?key|bearer|authorization|credential"
    r"|(?:access|private|signing|encryption|master|account|service|subscription|shared|auth|session)[-_ ]?key"
)
_CHARACTERS = "0-9A-Za-z+/_=~.-"
_RANDOM = re.compile(rf"[^\n,;{{}}]{{0,24}}?(?<![{_CHARACTERS}])(?P<value>[{_CHARACTERS}]{{20,256}}+)")
_WORDS = re.compile(r"[A-Z]?[a-z]{3,}")
_PART = re.compile(r"[0-9A-Za-z]{12}")
_GUID = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\Z")


def random_keys(text: str, small: str) -> Iterator[Finding]:
    """Yield strings that look random, right after a word such as `token` or `api key`.

    *small* is *text* in small letters.
    """
    for word in _KEY.finditer(small):
        near = _RANDOM.match(text, word.end())
        if near and is_random(value := near["value"].rstrip(".")):
            start = near.start("value")
            yield Finding("HIGH_ENTROPY_SECRET", start, start + len(value), 0.7, DETECTOR)


def is_random(value: str) -> bool:
    """Return whether *value* looks drawn by lot rather than made of words; a GUID names things and is no secret."""
    mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    if not mixed or not _PART.search(value) or _GUID.match(value):
        return False
    if sum(map(str.isalnum, _WORDS.sub("", value))) < 8:
        return False
    return _bits(value) >= (3.0 if set(value.lower()) <= set("0123456789abcdef") else 3.5)


def _bits(value: str) -> float:
    """Return Shannon's entropy of *value*, in bits for each character."""
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())
