"""The configuration: one frozen tree, read once.

It comes from one YAML file and from variables such as `LINEWARD_SERVER__PORT`, which override single fields. Relative
paths in it are relative to the working directory of the process, wherever the file stands.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway import crosschecks
from gateway.complaints import sentence
from gateway.domain.documents import Source
from gateway.domain.errors import ConfigurationError
from gateway.domain.json import Path as Place
from gateway.domain.labels import SourceLabels
from gateway.fields import Fields, nearest, separated
from gateway.lineage.recorder import Content
from gateway.sections import (
    Adapter,
    Application,
    Attribution,
    Collection,
    Identity,
    Lineage,
    Log,
    Model,
    Policies,
    ProviderSettings,
    RegisteredSource,
    Search,
    Section,
    Server,
    Store,
    Vault,
)
from gateway.stores.masters import Masters, chosen_masters
from gateway.yamlfile import Problem, YAMLFile, parse

PREFIX = "LINEWARD_"
VARIABLE = "LINEWARD_CONFIG"
"""Names the configuration file."""

SINGLE = ("server", "store", "log", "policies", "embedder")
"""Sections whose fields variables may override: those that stand in the file once."""

T = TypeVar("T")


def _some(items: tuple[T, ...]) -> tuple[T, ...]:
    if not items:
        raise ValueError("must have at least one entry")
    return items


Some = Annotated[tuple[T, ...], AfterValidator(_some)]


class Settings(Section):
    """Everything that the gateway is told from outside."""

    server: Server = Server()
    store: Store = Store()
    log: Log = Log()
    lineage: Lineage = Lineage()
    providers: Some[ProviderSettings]
    models: Some[Model]
    applications: Some[Application]
    collections: tuple[Collection, ...] = ()
    sources: tuple[RegisteredSource, ...] = ()
    embedder: Adapter = Adapter(kind="onnx", fields=Fields({}))
    retrievers: Some[Adapter]
    detectors: Some[Adapter]
    policies: Policies = Policies()
    identity: Identity | None = None
    """Without it nobody is vouched for, and an end user is whom the application names."""
    attribution: Attribution = Attribution()
    search: Search = Search()
    vault: Vault | None = None
    """Without one a token is known for the length of its request."""
    exporters: tuple[Adapter, ...] = ()

    def content(self, application: Application) -> Content:
        """Return which texts of *application* are kept."""
        return application.content or self.store.content

    @property
    def meaning(self) -> Literal["local", "any", "off"]:
        """With what sentences of answers are compared by meaning; see `Attribution`."""
        return self._compared(self.attribution.meaning)

    @property
    def searched_meaning(self) -> Literal["local", "any", "off"]:
        """With what responses are found in other words; see `Search`."""
        return self._compared(self.search.meaning)

    def _compared(self, told: Literal["local", "any", "off"] | None) -> Literal["local", "any", "off"]:
        if told is None:
            told = "local" if self.collections or "embedder" in self.model_fields_set else "off"
        return "off" if told == "local" and self.embedder.kind != "onnx" else told

    @property
    def masters(self) -> Masters:
        """Return the keys that the store's texts are sealed under. Raises `ConfigurationError` for bad ones."""
        keys = {name: key.get_secret_value() for name, key in self.store.keys.items()}
        return chosen_masters(self.store.url.get_secret_value(), self.store.key_file, keys)

    @property
    def source_labels(self) -> SourceLabels:
        """What the catalogue says of the documents of registered sources."""
        return SourceLabels(
            {Source(one.namespace, one.name): one.facts for one in self.sources if one.name},
            {one.namespace: one.facts for one in self.sources if not one.name},
        )

    @property
    def destinations(self) -> frozenset[str]:
        """What a rule may route to: the names of models and providers."""
        return frozenset([*(one.name for one in self.models), *(one.name for one in self.providers)])

    def route(self, model: Model) -> Iterator[tuple[str, str]]:
        """Yield where *model* is asked for, in order: the provider's name and the provider's name for the model."""
        yield model.provider, model.model or model.name
        models = {known.name: known for known in self.models}
        for name in model.fallbacks:
            if name in models:
                yield models[name].provider, models[name].model or name
            else:
                yield name, model.model or model.name


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Return the settings in the file *path*, or in the one that `LINEWARD_CONFIG` names, or the embedded ones.

    Raises `ConfigurationError` that tells every problem found, a line each: file and line, field, sentence.
    """
    path = path or configured(environ)
    file, unread = _read(path, environ) if path else _embedded(environ)
    file, problems = _overridden(file, environ)
    tree, unseparated = separated(file)
    settings: Settings | None = None
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as exc:
        problems += map(_problem, exc.errors(include_url=False, include_input=False))
    problems += [*unseparated, *crosschecks.problems(file)]
    unread = [problem for problem in unread if problem.path not in file.overridden]
    told = {problem.path for problem in unread}
    problems = unread + [problem for problem in problems if problem.path not in told]
    if settings is None or problems:
        raise file.error(problems)
    return settings


def configured(environ: Mapping[str, str]) -> Path | None:
    """Return the configuration file that *environ* names, if it names one."""
    return Path(environ[VARIABLE]) if environ.get(VARIABLE) else None


def shipped() -> Path:
    """Return the folder with the `config` and `policies` that come with the package."""
    inside = Path(__file__).with_name("shipped")
    return inside if inside.is_dir() else Path(__file__).parent.parent


def _read(path: Path, environ: Mapping[str, str]) -> tuple[YAMLFile, list[Problem]]:
    try:
        text = path.read_text("utf-8")
    except OSError as exc:
        raise ConfigurationError(f"{path}: the configuration cannot be read: {exc.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: the configuration is not UTF-8 text") from None
    return parse(text, str(path), environ)


def _embedded(environ: Mapping[str, str]) -> tuple[YAMLFile, list[Problem]]:
    """Return the embedded configuration, with the policies that come with it."""
    file, problems = _read(shipped() / "config" / "gateway.yaml", environ)
    return file.with_value(("policies", "path"), str(shipped() / "policies")), problems


def _overridden(file: YAMLFile, environ: Mapping[str, str]) -> tuple[YAMLFile, list[Problem]]:
    """Return *file* with the fields that variables of *environ* name, and what is wrong with these names."""
    problems: list[Problem] = []
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or "__" not in variable:
            continue
        section, _, field = variable.removeprefix(PREFIX).lower().partition("__")
        if section in SINGLE:
            file = file.with_value((section, field), environ[variable], variable)
        else:
            known = ", ".join(f"{PREFIX}{name.upper()}__…" for name in SINGLE)
            file = replace(file, overridden={**file.overridden, (section, field): variable})
            problems.append(Problem((section, field), f"no variable can override this; known are {known}"))
    return file, problems


def _problem(error: ErrorDetails) -> Problem:
    path = tuple(error["loc"])
    if error["type"] == "extra_forbidden":
        return Problem(path, f"is not known here{nearest(str(path[-1]), _known(path[:-1]))}")
    return Problem(path, sentence(error))


def _known(path: Place) -> list[str]:
    """Return the names of the fields that the section at *path* has."""
    section: type[BaseModel] = Settings
    for name in path:
        if isinstance(name, str):
            annotation = section.model_fields[name].annotation
            kinds = [kind for kind in (annotation, *get_args(annotation)) if isinstance(kind, type)]
            section = next(kind for kind in kinds if issubclass(kind, BaseModel))
    return list(section.model_fields)
