"""Thoughts that a model signed, or that only it can read: nothing in them can be changed.

Anthropic's blocks of that type, as https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking has them.
"""

from gateway.domain.chat import UNSIGNED
from gateway.domain.json import JSON, Object

THOUGHTS = frozenset({"thinking", "redacted_thinking"})
"""Types of such blocks."""

UNTHOUGHT: Object = {"type": "text", "text": "[A thought was left out here.]"}
"""What stands for a thought that may not be sent as it is. With a mask in it none would be accepted: its signature is
about every character. Earlier turns may do without their thoughts."""


def type_of(block: JSON) -> str:
    """Return the type of *block*, empty when it says none."""
    given = block.get("type") if isinstance(block, dict) else None
    return given if isinstance(given, str) else ""


def is_thought(block: JSON) -> bool:
    """Return whether *block* is one."""
    return type_of(block) in THOUGHTS


def is_masked(block: JSON) -> bool:
    """Return whether *block* is one that was masked when it was answered: nobody has signed what it says now."""
    return isinstance(block, dict) and block.get("signature") == UNSIGNED and is_thought(block)


def is_opaque(block: Object, name: str) -> bool:
    """Return whether nobody but the provider can read the field *name* of the thought *block*."""
    return name == "signature" or (name == "data" and block.get("type") == "redacted_thinking")


def signed(block: JSON) -> bool:
    """Return whether *block* has a signature."""
    return isinstance(block, dict) and isinstance(block.get("signature"), str) and bool(block["signature"])
