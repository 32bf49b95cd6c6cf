"""The end of a sentence about a name that nobody knows: what may have been meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def near(name: str, known: Iterable[str]) -> str:
    """Return what may have been meant by *name*, or else all that is *known*."""
    names = sorted(str(name) for name in known)
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(names)}."


def no_attribute(name: str, visible: Iterable[str]) -> str:
    """Return the sentence that *name* is none of the *visible* attributes, by full name."""
    names = sorted(visible)
    namespace = name.partition(".")[0] + "."
    inside = [known for known in names if known.startswith(namespace)]
    if not inside and namespace != name + ".":
        roots = sorted({known.partition(".")[0] for known in names})
        return f"This rule cannot read {name!r}: its target knows {', '.join(roots)}{_or_near(name, names)}"
    return f"There is no attribute {name!r}{near(name, inside or names)}"


def _or_near(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1, cutoff=0.8)
    return f"; did you mean {close[0]!r}?" if close else "."
