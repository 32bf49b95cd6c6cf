"""What one section of the configuration must know of another: names that exist, once each; secrets kept outside.

These look at the file's tree as it was read, whatever else is wrong with it, so that every problem is told at once.
"""

import re
from collections.abc import Collection, Iterator

from gateway.domain.json import JSON, Object, Path, strings
from gateway.fields import ADAPTERS, nearest
from gateway.registry import kinds
from gateway.yamlfile import Problem, YAMLFile

_SECRET = re.compile(r"(?:.*[_-])?(?:key|token|secret|password|authorization)", re.IGNORECASE)
_PASSWORD_IN_URL = re.compile(r"[a-z0-9+]+://[^/@]*:[^/@]+@")

PUBLIC_KEYS = frozenset({
    "9580e8a9043243a75b822960f6f03b1211174efd8a8a981f46f215f6a9202d34",
    "e7788570274137c0f8300dce45b75434b1133273fae6cee194a71c7c57ac907d",
})  # fmt: skip
"""Hashes of the keys that the embedded configuration documents for everybody."""


def problems(file: YAMLFile) -> list[Problem]:
    """Return what is wrong between the sections of *file*."""
    checks = (_repeated, _sources, _kinds, _models, _applications, _public_keys)
    return [*(problem for check in checks for problem in check(file.root)), *_secrets(file)]


def _repeated(root: Object) -> Iterator[Problem]:
    unique = [(section, "name") for section in ("providers", "models", "applications", "collections")]
    for section, name in [*unique, ("applications", "key_sha256")]:
        seen: set[str] = set()
        for at, item in _items(root, section):
            value = item.get(name)
            if isinstance(value, str) and value in seen:
                yield Problem((section, at, name), f"another of the {section} has the same {name}")
            elif isinstance(value, str):
                seen.add(value)


def _sources(root: Object) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for at, source in _items(root, "sources"):
        known = str(source.get("namespace")), str(source.get("name") or "")
        if known in seen:
            yield Problem(("sources", at), "another of the sources has the same namespace and name")
        seen.add(known)


def _kinds(root: Object) -> Iterator[Problem]:
    """Yield a problem for each adapter of a kind that is not installed."""
    yield from _dangling(_mapping(root, "embedder"), "kind", ("embedder",), "kind of embedders", kinds("embedders"))
    for seam in ADAPTERS:
        for at, item in _items(root, seam):
            yield from _dangling(item, "kind", (seam, at), f"kind of {seam}", kinds(seam))


def _models(root: Object) -> Iterator[Problem]:
    providers, models = _names(root, "providers"), _names(root, "models")
    for at, model in _items(root, "models"):
        path = ("models", at)
        if isinstance(model.get("name"), str) and "*" in str(model["name"]):
            yield Problem((*path, "name"), "names one model; patterns are not supported")
        yield from _dangling(model, "provider", path, "provider", providers)
        yield from _dangling(model, "fallbacks", path, "model or provider", {*models, *providers})
        if model.get("name") in _list(model, "fallbacks"):
            yield Problem((*path, "fallbacks"), "the model cannot be its own fallback")


def _applications(root: Object) -> Iterator[Problem]:
    for at, application in _items(root, "applications"):
        path = ("applications", at)
        yield from _dangling(application, "models", path, "model", {*_names(root, "models"), "*"})
        yield from _dangling(application, "collections", path, "collection", _names(root, "collections"))
        if application.get("identity") == "required" and not _mapping(root, "identity"):
            yield Problem((*path, "identity"), "needs the section 'identity': nobody could verify a token")
        own = [one for one in _list(application, "purposes") if isinstance(one, str)]
        yield from _dangling(application, "noncommercial", path, "purpose of this application", own)


def _public_keys(root: Object) -> Iterator[Problem]:
    """Yield a problem for each documented key that strangers could spend a real provider's money with."""
    host = str(_mapping(root, "server").get("host", ""))
    real = any(provider.get("kind") != "demo" for _, provider in _items(root, "providers"))
    if not host or host in ("localhost", "::1") or host.startswith("127.") or not real:
        return
    for at, application in _items(root, "applications"):
        if application.get("key_sha256") in PUBLIC_KEYS:
            sentence = f"this key is documented for everybody; make another with `lineward keys create` to serve {host}"
            yield Problem(("applications", at, "key_sha256"), sentence)


def _dangling(item: Object, name: str, path: Path, what: str, known: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each name in the field *name* of *item* that is none of *known*."""
    value = item.get(name)
    named = [((*path, name), value)] if isinstance(value, str) else [
        ((*path, name, at), one) for at, one in enumerate(_list(item, name))
    ]  # fmt: skip
    for place, one in named:
        if isinstance(one, str) and one not in known:
            yield Problem(place, f"there is no {what} {one!r}{nearest(one, known)}")


def _secrets(file: YAMLFile) -> Iterator[Problem]:
    for path, value in strings(file.root):
        if not value or path in file.expanded or path in file.overridden:
            continue
        if _SECRET.fullmatch(str(path[-1])):
            yield Problem(path, "a secret does not belong in this file; write ${NAME} or ${file:PATH}")
        elif _PASSWORD_IN_URL.match(value):
            yield Problem(path, "the password does not belong in this file; write ${NAME} or ${file:PATH} in its place")


def _mapping(root: Object, section: str) -> Object:
    value = root.get(section)
    return value if isinstance(value, dict) else {}


def _items(root: Object, section: str) -> Iterator[tuple[int, Object]]:
    for at, item in enumerate(_list(root, section)):
        if isinstance(item, dict):
            yield at, item


def _list(item: Object, name: str) -> list[JSON]:
    value = item.get(name)
    return value if isinstance(value, list) else []


def _names(root: Object, section: str) -> list[str]:
    return [name for _, item in _items(root, section) if isinstance(name := item.get("name"), str)]
