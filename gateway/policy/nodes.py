"""A policy file as a tree that knows its lines: YAML without types of its own, aliases, tags or repeated keys.

YAML 1.1 reads `off` and `no` as booleans and dates as dates. Here a scalar stays the text that was written; what it
means is decided by the type of the attribute or key that it is for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeAlias, Union

import yaml

from gateway.domain.errors import ConfigurationError
from gateway.policy.suggestions import near


@dataclass(frozen=True, slots=True, order=True)
class At:
    """A line of a file."""

    file: str
    line: int
    """From 1."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

    def fail(self, sentence: str) -> NoReturn:
        """Raise `ConfigurationError` for what stands here."""
        raise ConfigurationError(f"{self}: {sentence}")


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value, as it was written."""

    at: At
    text: str
    plain: bool = True
    """Whether it stands without quotes."""

    def one_of(self, known: Iterable[str], what: str) -> str:
        """Return the text if it is one of *known*; *what* names it in the error."""
        names = list(known)
        if self.text not in names:
            self.at.fail(f"{self.text!r} is no {what}{near(self.text, names)}")
        return self.text


@dataclass(frozen=True, slots=True)
class Listing:
    """Values in order."""

    at: At
    items: Sequence["Node"]

    @property
    def scalars(self) -> list[Scalar]:
        """The items, each of which must be a single value."""
        return [scalar(item, "an item of this list") for item in self.items]


@dataclass(frozen=True, slots=True)
class Block:
    """Values by key."""

    at: At
    entries: Mapping[str, "Node"]
    keys: Mapping[str, At]
    """Where each key stands."""

    def only(self, known: Sequence[str], what: str) -> None:
        """Raise `ConfigurationError` for a key that is none of *known*; *what* names the block."""
        for key, at in self.keys.items():
            if key not in known:
                at.fail(f"{key!r} is no key of {what}{near(key, known)}")

    def scalar(self, key: str) -> Scalar | None:
        """Return the single value of *key*, `None` if it is left out."""
        node = self.entries.get(key)
        return None if node is None else scalar(node, repr(key))

    def text(self, key: str, default: str = "") -> str:
        """Return the text of *key*, *default* if it is left out."""
        value = self.scalar(key)
        return default if value is None else value.text.strip()

    def required(self, key: str, what: str) -> Scalar:
        """Return the single value of *key*, without which *what* makes no sense."""
        value = self.scalar(key)
        if value is None or not value.text.strip():
            self.at.fail(f"{what} needs {key!r}.")
        return value

    def block(self, key: str) -> "Block | None":
        """Return the block of *key*, `None` if it is left out."""
        node = self.entries.get(key)
        return None if node is None else block(node, repr(key))

    def blocks(self, key: str) -> list["Block"]:
        """Return the list of blocks of *key*, empty if it is left out."""
        node = self.entries.get(key)
        if node is None:
            return []
        if not isinstance(node, Listing):
            node.at.fail(f"{key!r} must be a list.")
        return [block(item, f"an item of {key!r}") for item in node.items]


Node: TypeAlias = Union[Scalar, Listing, Block]


def scalar(node: Node, what: str) -> Scalar:
    """Return *node* if it is a single value; *what* names it in the error."""
    if not isinstance(node, Scalar):
        node.at.fail(f"{what} must be a single value.")
    return node


def block(node: Node, what: str) -> Block:
    """Return *node* if it has keys; *what* names it in the error."""
    if not isinstance(node, Block):
        node.at.fail(f"{what} must be a mapping of keys to values.")
    return node


def read(text: str, file: str) -> Block:
    """Return the one YAML document in *text*, read from the file called *file*.

    Raises `ConfigurationError` if it is not YAML, not a mapping, repeats a key, or uses aliases or tags.
    """
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken | yaml.TagToken):
                At(file, token.start_mark.line + 1).fail("Anchors, aliases and tags are not used in policies.")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        return Block(At(file, 1), {}, {}) if root is None else block(_node(root, file), "A policy file")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        hint = " Inside braces, quote what ends in '?'." if "'?'" in str(error.problem) else ""
        raise ConfigurationError(f"{At(file, line)}: This is not YAML: {error.problem}.{hint}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigurationError(
            f"{At(file, 1)}: This is not YAML that can be read: {type(error).__name__}."
        ) from error


def _node(node: yaml.Node, file: str) -> Node:
    at = At(file, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return Scalar(at, node.value, node.style is None)
    if isinstance(node, yaml.SequenceNode):
        return Listing(at, tuple(_node(item, file) for item in node.value))
    if not isinstance(node, yaml.MappingNode):
        at.fail("This cannot be read.")
    entries: dict[str, Node] = {}
    keys: dict[str, At] = {}
    for key, value in node.value:
        name = scalar(_node(key, file), "A key")
        if name.text in entries:
            name.at.fail(f"{name.text!r} stands here twice.")
        entries[name.text], keys[name.text] = _node(value, file), name.at
    return Block(at, entries, keys)
