"""Findings that come from another process, checked before they count."""

from gateway.domain.findings import Finding


def checked(entity: object, start: object, end: object, score: object, detector: object, *, text: str) -> Finding:
    """Return the finding in *text* that these are; raises `ValueError`, without any of them, when they are none."""
    if not isinstance(entity, str) or not entity or not isinstance(detector, str) or not detector:
        raise ValueError("a finding does not name its entity")
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        raise ValueError("a finding does not lie inside its text")
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        raise ValueError("a finding's score is not a number from 0 to 1")
    return Finding(entity, start, end, float(score), detector)
