"""Policy files in, a typed policy set out, or an error that names file, line and what may have been meant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.domain.decisions import Effect, Mode, Target
from gateway.domain.errors import ConfigurationError
from gateway.policy.allowances import allowance
from gateway.policy.attributes import BUILT_IN, Attribute, Kind, Schema
from gateway.policy.clauses import conditions, effect, explanation, period, when
from gateway.policy.engine import Defaults, PolicySet
from gateway.policy.nodes import At, Block, Listing, Node, read, scalar
from gateway.policy.rules import Rule
from gateway.policy.standing import RESERVED
from gateway.policy.suggestions import near

SUFFIXES = (".yaml", ".yml")
KEYS = ("version", "defaults", "schema", "allow", "rules", "tests")
RULE_KEYS = ("id", "owner", "mode", "since", "until", "target", "match", "when", "effect", "explain")
EXTENSIBLE = ("chunk", "dest")
"""Namespaces whose facts come from catalogues and configuration, so that a file may declare more of them."""


@dataclass(frozen=True, slots=True)
class File:
    """One policy file, read but not yet understood."""

    name: str
    root: Block


@dataclass(frozen=True, slots=True)
class Loaded:
    """A policy set and the files that it was made of."""

    policies: PolicySet
    files: tuple[File, ...]


def load(path: Path) -> PolicySet:
    """Return the policy set in the file *path*, or in all `*.yaml` files of the folder *path*.

    A folder without rules gives a set that refuses everything. Raises `ConfigurationError` for anything that is not
    exactly understood: then nothing of it may be used.
    """
    return parse(texts(path)).policies


def texts(path: Path) -> dict[str, str]:
    """Return the policy files at *path* by name. Raises `ConfigurationError` if there is nothing to read."""
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES)
    elif path.is_file():
        files = [path]
    else:
        raise ConfigurationError(f"{path}: There is no policy file or folder of this name.")
    try:
        return {str(file): file.read_text("utf-8") for file in files}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: The policies cannot be read ({type(error).__name__}).") from error


def parse(contents: Mapping[str, str]) -> Loaded:
    """Return the policy set in *contents*, YAML text by file name; all files share one schema and one `defaults`."""
    files = tuple(File(name, read(text, name)) for name, text in contents.items())
    for file in files:
        file.root.only(KEYS, "a policy file")
        _check_version(file)
    schema = BUILT_IN.extended(_declared(files))
    defaults = _defaults(files, schema)
    rules = tuple(_rule(block, schema) for file in files for block in file.root.blocks("rules"))
    _check_ids(rules)
    allowed = tuple(allowance(block) for file in files for block in file.root.blocks("allow"))
    return Loaded(PolicySet(rules, schema, defaults, allowed), files)


def _check_version(file: File) -> None:
    if not file.root.entries:
        return
    version = file.root.required("version", "A policy file")
    if version.text != "1":
        version.at.fail(f"This is version {version.text!r} of the policy language; Lineward reads version 1.")


def _check_ids(rules: Sequence[Rule]) -> None:
    seen: dict[str, At] = {}
    for rule in rules:
        if rule.id in RESERVED:
            rule.at.fail(f"{rule.id!r} is built in and holds without a rule; choose another id.")
        if rule.id in seen:
            rule.at.fail(f"Rule {rule.id!r} stands already in {seen[rule.id]}.")
        seen[rule.id] = rule.at


def _rule(block: Block, schema: Schema) -> Rule:
    block.only(RULE_KEYS, "a rule")
    name = block.required("id", "A rule").text.strip()
    what = f"Rule {name!r}"
    target = Target(block.required("target", what).one_of([*Target], "target"))
    visible = schema.visible(target)
    mode = block.scalar("mode")
    kind, parameters = effect(block, target, what)
    since, until = period(block)
    return Rule(
        id=name,
        target=target,
        effect=kind,
        at=block.keys["id"],
        mode=Mode(mode.one_of([*Mode], "mode")) if mode else Mode.ENFORCE,
        since=since,
        until=until,
        owner=block.text("owner") or None,
        conditions=conditions(block.block("match"), visible),
        when=when(block, visible),
        explain=explanation(block, visible),
        parameters=parameters,
    )


def _defaults(files: Sequence[File], schema: Schema) -> Defaults:
    found: dict[str, str] = {}
    choices = {
        "unlabelled": schema.attributes["chunk.classification"].choices,
        "on_error": (Effect.DENY.value, Effect.DROP_CHUNK.value),
    }
    for file in files:
        block = file.root.block("defaults")
        if block is None:
            continue
        block.only([*choices], "'defaults'")
        for key in block.keys:
            value = block.required(key, "'defaults'").one_of(choices[key], f"value of {key!r}")
            if found.setdefault(key, value) != value:
                block.keys[key].fail(f"Another file says {found[key]!r}; a policy set has one {key!r}.")
    return Defaults(found.get("unlabelled"), Effect(found.get("on_error", Effect.DENY)))


def _declared(files: Sequence[File]) -> list[Attribute]:
    declared: dict[str, Attribute] = {}
    for file in files:
        schema = file.root.block("schema")
        if schema is None:
            continue
        schema.only(EXTENSIBLE, "'schema'")
        for namespace in schema.keys:
            labels = schema.block(namespace)
            for label, node in labels.entries.items() if labels else ():
                attribute = _attribute(f"{namespace}.{label}", node)
                if declared.setdefault(attribute.name, attribute) != attribute:
                    node.at.fail(f"Another file declares {attribute.name!r} with another type.")
    return list(declared.values())


def _attribute(name: str, node: Node) -> Attribute:
    known = BUILT_IN.attributes.get(name)
    if known is not None and not known.label:
        node.at.fail(f"{name!r} is what Lineward itself knows; its type is fixed.")
    if not all(part.isidentifier() and part.isascii() for part in name.split(".", 1)):
        node.at.fail(f"{name!r} is no name: use letters, digits and underscores.")
    if isinstance(node, Listing):
        choices = tuple(item.text for item in node.scalars)
        if not choices or len(set(choices)) < len(choices):
            node.at.fail(f"The choices of {name!r} must be different values, lowest first.")
        return Attribute(name, Kind.STRING, bool(known and known.required), choices, label=True)
    if name == "chunk.classification":
        node.at.fail("Classifications have an order: list them all, lowest first.")
    text = scalar(node, f"The type of {name!r}").text
    kind = text.removesuffix("?")
    if kind not in [*Kind]:
        node.at.fail(f"{kind!r} is no type{near(kind, [*Kind])}")
    return Attribute(name, Kind(kind), required=kind == text, label=True)
