"""YAML files as JSON values that remember their lines, with references to the environment filled in.

Read by YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema), in which `no` is Norway.
"""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath

import yaml

from gateway.domain.errors import ConfigurationError
from gateway.domain.json import JSON, Object, Path, place


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one value of a file."""

    path: Path
    sentence: str
    """Never holds a value that could be a secret."""


@dataclass(frozen=True, slots=True)
class YAMLFile:
    """The mapping that a YAML file holds."""

    name: str
    root: Object = field(repr=False)
    lines: Mapping[Path, int] = field(repr=False)
    """Line of each value; of an item in a mapping, its key's."""
    expanded: AbstractSet[Path] = frozenset()
    """Strings in which a reference was filled in."""
    overridden: Mapping[Path, str] = field(default_factory=dict)
    """Values that did not come from the file: the name of the environment variable that gave each."""

    def with_value(self, path: tuple[str, str], value: str, variable: str = "") -> "YAMLFile":
        """Return the file with *value* as a section's field, as the environment's *variable* gives it."""
        section, name = path
        known = self.root.get(section)
        root: Object = {**self.root, section: {**(known if isinstance(known, dict) else {}), name: value}}
        return replace(self, root=root, overridden={**self.overridden, path: variable} if variable else self.overridden)

    def where(self, path: Path) -> str:
        """Return where the value at *path*, or the nearest one around it, stands."""
        for known in (path[:end] for end in range(len(path), -1, -1)):
            if known in self.overridden:
                return f"environment variable {self.overridden[known]}"
            if known in self.lines:
                return f"{self.name}:{self.lines[known]}"
        return self.name

    def line(self, path: Path) -> int:
        """Return the line of the value at *path* or the nearest one around it; 0 when the file has none."""
        return next((self.lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in self.lines), 0)

    def error(self, problems: list[Problem]) -> ConfigurationError:
        """Return the error that tells all *problems*, a line each, in the file's order."""
        ordered = sorted(problems, key=lambda problem: self.line(problem.path))
        return ConfigurationError("\n".join(dict.fromkeys(map(self.told, ordered))))

    def told(self, problem: Problem) -> str:
        """Return *problem* with the file, line and field that it is about."""
        field_name = f"{place(problem.path)}: " if problem.path else ""
        return f"{self.where(problem.path)}: {field_name}{problem.sentence}"


def parse(text: str, name: str, environ: Mapping[str, str]) -> tuple[YAMLFile, list[Problem]]:
    """Return the mapping in *text*, which came from the file *name*, and what is wrong with single values in it.

    `${NAME}` in a string becomes that variable of *environ*, which must not be empty; `${NAME:-words}` puts *words*
    in its place when it is; `${file:PATH}` becomes the contents of a file without its last line break; `$${` stands
    for `${`. Raises `ConfigurationError` when *text* is not YAML or holds no mapping.
    """
    try:
        node = yaml.compose(text, _CoreLoader)
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        raise ConfigurationError(f"{name}:{mark.line + 1 if mark else 1}: {exc.problem or exc.context}") from None
    except yaml.YAMLError:
        raise ConfigurationError(f"{name}:1: the file has characters that YAML does not allow") from None
    reader = _Reader(environ)
    root = reader.read(node, ()) if node else {}
    if not isinstance(root, dict):
        raise ConfigurationError(f"{name}:1: the file must hold a mapping of names to values")
    return YAMLFile(name, root, reader.lines, reader.expanded), reader.problems


class _CoreLoader(yaml.SafeLoader):
    """Resolves what `_SCALARS` says, and nothing more."""

    yaml_implicit_resolvers = {}  # noqa: RUF012  (the base class declares its type)


_TAG = "tag:yaml.org,2002:"
_SCALARS = {
    "null": re.compile(r"^(?:~|null|Null|NULL|)$"),
    "bool": re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"),
    "int": re.compile(r"^[-+]?[0-9]+$"),
    "float": re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"),
}
for _name, _pattern in _SCALARS.items():
    _CoreLoader.add_implicit_resolver(_TAG + _name, _pattern, None)

_REFERENCE = re.compile(r"\$\$\{|\$\{([^}]*)\}")
_VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)


class _Reader:
    """Turns YAML nodes into values, and keeps their lines and problems."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.lines: dict[Path, int] = {}
        self.expanded: set[Path] = set()
        self.problems: list[Problem] = []
        self._open: set[int] = set()

    def read(self, node: yaml.Node, path: Path) -> JSON:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if id(node) in self._open:
            self._wrong(path, "contains itself")
            return None
        self._open.add(id(node))
        value: JSON
        if isinstance(node, yaml.MappingNode):
            value = self._mapping(node, path)
        else:
            value = [self.read(item, (*path, position)) for position, item in enumerate(node.value)]
        self._open.remove(id(node))
        return value

    def _mapping(self, node: yaml.MappingNode, path: Path) -> Object:
        items: Object = {}
        for key, value in node.value:
            name = str(key.value)
            line = key.start_mark.line + 1
            if name in items:
                self._wrong((*path, name), f"is given twice, here and on line {line}")
                continue
            self.lines[(*path, name)] = line
            items[name] = self.read(value, (*path, name))
        return items

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> JSON:
        text: str = node.value
        match node.tag.removeprefix(_TAG):
            case "str":
                return self._string(text, path)
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return int(text)
            case "float":
                return float(text)
        self._wrong(path, f"has the tag {node.tag!r}, which is not understood here")
        return None

    def _string(self, text: str, path: Path) -> str:
        if "${" not in text:
            return text
        return _REFERENCE.sub(lambda found: self._referred(found, path), text)

    def _referred(self, found: re.Match[str], path: Path) -> str:
        reference: str | None = found[1]
        if reference is None:
            return "${"
        self.expanded.add(path)
        if reference.startswith("file:"):
            return self._contents(FilePath(reference.removeprefix("file:")), path)
        parts = _VARIABLE.fullmatch(reference)
        if parts is None:
            self._wrong(path, "a reference is written ${NAME}, ${NAME:-default} or ${file:PATH}; $${ stands for ${")
            return ""
        return self.environ.get(parts[1]) or self._default(parts[1], parts[2], path)

    def _default(self, name: str, default: str | None, path: Path) -> str:
        if default is None:
            self._wrong(path, f"the environment variable {name} is not set")
        return default or ""

    def _contents(self, file: FilePath, path: Path) -> str:
        try:
            return file.read_text("utf-8").removesuffix("\n")
        except (OSError, UnicodeDecodeError) as exc:
            reason = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8 text"
            self._wrong(path, f"the file {str(file)!r} cannot be read: {reason}")
            return ""

    def _wrong(self, path: Path, sentence: str) -> None:
        self.problems.append(Problem(path, sentence))
