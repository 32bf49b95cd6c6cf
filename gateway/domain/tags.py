"""Tags that other systems give to datasets, as labels that policies read: they travel with the data and only tighten.

Every tag stands in the label `tags`: as its key when it is only set (`pii`, `pii=true`), else as `key=value`. Some keys
are labels of their own as well. Of several values the strictest holds; of a license, a residency and whatever else has
no order that of the nearest dataset.
"""

from collections.abc import Iterable, Mapping

from gateway.domain.errors import BadRequest
from gateway.domain.facts import NONE, Facts, Value
from gateway.domain.labels import LISTS, ORDERS, joined, read_labels
from gateway.domain.openlineage import Tag

TYPED = frozenset(
    {
        "ai_inference",
        "ai_training",
        "classification",
        "consent",
        "denied_readers",
        "embargo_until",
        "expires_at",
        "legal_hold",
        "license",
        "purposes",
        "readers",
        "residency",
        "trust",
    }
)
"""Labels that a tag of this key gives. The others say what lies with the owner of a document alone."""

_ONLY = {"consent": False, "legal_hold": True}
"""Labels of which only one value restricts: the other one does not travel."""


def travelled(tags: Iterable[Tag], names: Mapping[str, str] | None = None) -> Facts:
    """Return the labels that *tags* mean, those of the nearest dataset first; *names* maps further keys to labels.

    A value that its label cannot have counts as a tag alone.
    """
    labels, listed = NONE, dict[str, None]()
    for tag in tags:
        key, value = tag.key.strip(), tag.value.strip()
        listed[key if value.lower() in ("", "true") else f"{key}={value}"] = None
        name = (names or {}).get(key, key.lower())
        read = _read(name, value) if name in TYPED else None
        if read is not None:
            labels = joined(labels, Facts({name: read}))
    return labels | {"tags": tuple(listed)} if listed else labels


def _read(name: str, value: str) -> Value | None:
    if name in _ONLY:
        return _ONLY[name] if value.lower() == str(_ONLY[name]).lower() else None
    if name in LISTS:
        return tuple(part.strip() for part in value.split(",") if part.strip()) or None
    try:
        return read_labels({name: value.lower() if name in ORDERS else value}, name).get(name) if value else None
    except BadRequest:
        return None


def tightened(held: Facts, labels: Facts, unlabelled: str | None) -> Facts:
    """Return the labels *held* by a chunk with those that have travelled to it; never looser than without them.

    *unlabelled* is the classification that policies give to what has none. Where they give none such a chunk cannot be
    judged, and a classification that travelled does not change that. The loosest word of any other order says nothing
    of a chunk that has no such label.
    """
    given = {name: value for name, value in labels.items() if name in held or not _is_loosest(name, value)}
    if "classification" in given and "classification" not in held:
        classified = joined(Facts(classification=unlabelled), labels)["classification"] if unlabelled else None
        if classified in (None, unlabelled):
            del given["classification"]
        else:
            given["classification"] = classified
    return joined(held, Facts(given)) if given else held


def _is_loosest(name: str, value: Value) -> bool:
    return name in ORDERS and name != "classification" and value == ORDERS[name][0]
