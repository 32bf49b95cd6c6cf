"""What a page's author hides from its readers: by the element's own attributes, or by where the text stands; pure."""

import re
from collections.abc import Iterator, Mapping

Attributes = Mapping[str, str | None]

NEVER_SHOWN = frozenset({"noscript", "template", "noframes", "datalist"})
"""Elements that browsers do not show."""

_STYLE = re.compile(
    r"display\s*:\s*none"
    r"|visibility\s*:\s*(?:hidden|collapse)"
    r"|opacity\s*:\s*0*(?:\.0*)?(?:%|\s|;|!|$)"
    r"|font-size\s*:\s*0*(?:\.0*)?(?:px|pt|em|rem|%)?\s*(?:;|!|$)"
    r"|(?:left|top|right|bottom|text-indent|margin-left|margin-top)\s*:\s*-\d{3,}"
    r"|clip\s*:\s*rect\(\s*0"
    r"|clip-path\s*:\s*inset\(\s*(?:100|50)%"
    r"|color\s*:\s*transparent"
    r"|(?:max-)?(?:height|width)\s*:\s*0(?:px)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
"""Declarations that leave nothing to see."""

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)

_SAID = ("title", "aria-label", "aria-description", "aria-roledescription", "placeholder", "summary", "srcdoc")
"""Attributes that hold text."""

_TECHNICAL = frozenset({"viewport", "robots", "generator", "theme-color", "color-scheme", "format-detection"})
"""Names of `meta` elements whose content is not text."""


def is_hidden(tag: str, attributes: Attributes) -> bool:
    """Tell whether an element *tag* with these *attributes* is not shown, nor anything in it."""
    if tag in NEVER_SHOWN or "hidden" in attributes:
        return True
    style = attributes.get("style")
    return bool(style) and bool(_STYLE.search(_COMMENT.sub("", style or "")))


def unseen(tag: str, attributes: Attributes) -> Iterator[str]:
    """Yield the texts in the *attributes* of an element *tag* that nobody reads in the page."""
    for name in _SAID:
        if text := attributes.get(name):
            yield text
    if tag == "meta" and (content := attributes.get("content")):
        name = attributes.get("name") or attributes.get("property") or ""
        if name and name.lower() not in _TECHNICAL:
            yield content
    if tag == "input" and (value := attributes.get("value")):
        yield value
