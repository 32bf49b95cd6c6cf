"""The fields of a configured adapter: free in the file, checked when its class is built."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping

from gateway.domain.errors import ConfigurationError
from gateway.domain.json import JSON, Object, Path
from gateway.yamlfile import Problem, YAMLFile

ADAPTERS = ("providers", "retrievers", "detectors", "exporters")
"""Sections that list adapters."""


class Fields(Mapping[str, JSON]):
    """What the file says about one adapter, besides its kind.

    Its representation tells the names only: some of the values are secrets.
    """

    __slots__ = ("_file", "_path", "_values")

    def __init__(self, values: Object, file: YAMLFile | None = None, path: Path = ()) -> None:
        self._values = values
        self._file = file or YAMLFile("configuration", {}, {})
        self._path = path

    def __getitem__(self, name: str) -> JSON:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Fields({', '.join(self._values)})"

    def apart(self, name: str) -> "tuple[Fields, Fields | None]":
        """Return these fields without the mapping *name*, and the fields in it; `None` when it is not there.

        Raises `ConfigurationError` when *name* is no mapping.
        """
        inside = self._values.get(name)
        others = Fields({key: value for key, value in self._values.items() if key != name}, self._file, self._path)
        if inside is None:
            return others, None
        if not isinstance(inside, dict):
            raise ConfigurationError(self.told("must be a mapping of its own fields", name))
        return others, Fields(inside, self._file, (*self._path, name))

    def told(self, sentence: str, *name: str | int) -> str:
        """Return *sentence* about the field *name* (or about the adapter) with its file and line."""
        return self._file.told(Problem((*self._path, *name), sentence))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` when one of *known* looks much like *name*, else which there are."""
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known are {', '.join(sorted(known)) or 'none'}"


def separated(file: YAMLFile) -> tuple[dict[str, object], list[Problem]]:
    """Return the tree of *file* with each adapter as kind, name and `Fields`, and what forbids that.

    An empty section counts as one that is not there.
    """
    problems: list[Problem] = []
    tree: dict[str, object] = {name: value for name, value in file.root.items() if value is not None}
    for section in ADAPTERS:
        named = ("kind", "name") if section == "providers" else ("kind",)
        items = file.root.get(section)
        if isinstance(items, list):
            tree[section] = [_adapter(item, file, (section, at), named) for at, item in enumerate(items)]
    if "embedder" in tree:
        tree["embedder"] = _adapter(file.root["embedder"], file, ("embedder",), ("kind",))
    items = file.root.get("collections")
    if isinstance(items, list):
        tree["collections"] = [_collection(item, file, at, problems) for at, item in enumerate(items)]
    return tree, problems


def _adapter(item: JSON, file: YAMLFile, path: Path, named: Collection[str]) -> object:
    if not isinstance(item, dict):
        return item
    own: Object = {name: value for name, value in item.items() if name not in named}
    return {name: item[name] for name in named if name in item} | {"fields": Fields(own, file, path)}


def _collection(item: JSON, file: YAMLFile, at: int, problems: list[Problem]) -> object:
    if not isinstance(item, dict):
        return item
    kinds = [name for name in item if name != "name"]
    values = item[kinds[0]] if kinds else None
    if len(kinds) != 1 or not isinstance(values, dict):
        sentence = "needs a name and one store, such as {name: kb, chroma: {path: data/chroma}}"
        problems.append(Problem(("collections", at), sentence))
        values = {}
    kind = kinds[0] if kinds else "?"
    return {**({"name": item["name"]} if "name" in item else {}), "kind": kind,
            "fields": Fields(values, file, ("collections", at, kind))}  # fmt: skip
