"""Patterns of whole values in RE2's syntax, matched in linear time whoever wrote them; the one door to RE2."""

from collections.abc import Callable

import re2  # type: ignore[import-untyped]  # it brings no types

LONGEST = 500
"""Characters of a pattern."""
_MEMORY = 1 << 20
"""Bytes that one compiled pattern may take."""


class PatternError(Exception):
    """A pattern that cannot be used; the message is a sentence for its author."""


def compiled(pattern: str, *, ignore_case: bool) -> Callable[[str], bool]:
    """Return the function that tells whether a whole value is as *pattern* says. Raises `PatternError`."""
    if len(pattern) > LONGEST:
        raise PatternError(f"This pattern is longer than {LONGEST} characters; write several.")
    options = re2.Options()
    options.log_errors, options.never_capture, options.max_mem = False, True, _MEMORY
    options.case_sensitive = not ignore_case
    try:
        matcher = re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise PatternError(f"RE2 does not read this pattern: {_said(error)}.") from error

    def matches(value: str) -> bool:
        try:
            return matcher.fullmatch(value) is not None
        except UnicodeEncodeError:  # half of a character is in no pattern
            return False

    return matches


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else "it is not Unicode"
