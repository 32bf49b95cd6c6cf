"""From a seam and a kind to the class that implements it, and from configured fields to an object.

Classes are found through entry points of the group `gateway.<seam>`, built-ins and strangers' plug-ins alike; only
those that are asked for are imported. A class is configured through its own constructor: a parameter is a field, its
annotation says what the field may hold. Parameters for collaborators, such as an embedder, are offered by name.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from datetime import timedelta
from functools import cache
from importlib.metadata import EntryPoints, entry_points
from typing import Annotated, Any, Literal, TypeVar, get_type_hints, overload

from pydantic import BeforeValidator, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from gateway.complaints import sentence
from gateway.domain.errors import ConfigurationError
from gateway.domain.json import JSON
from gateway.fields import Fields, nearest
from gateway.interfaces import Detector, Embedder, Exporter, Loader, Provider, Retriever, Store
from gateway.sections import Duration, duration

T = TypeVar("T")

SEAMS = ("detectors", "retrievers", "loaders", "embedders", "providers", "stores", "exporters")


def kinds(seam: str) -> list[str]:
    """Return the kinds of *seam* that are installed, in alphabetical order."""
    return sorted(_installed()[seam].names)


def find(seam: str, kind: str) -> Callable[..., object]:
    """Return the class registered as *kind* of *seam*; raises `ConfigurationError`."""
    points = _installed()[seam].select(name=kind)
    if not points:
        raise ConfigurationError(f"there is no kind {kind!r} of {seam}{nearest(kind, kinds(seam))}")
    if len({point.value for point in points}) > 1:
        owners = sorted({point.dist.name for point in points if point.dist})
        raise ConfigurationError(f"the kind {kind!r} of {seam} is registered by more than one: {', '.join(owners)}")
    try:
        found: Callable[..., object] = next(iter(points)).load()
    except (ImportError, AttributeError) as exc:
        raise ConfigurationError(f"the kind {kind!r} of {seam} cannot be loaded: {exc}") from exc
    return found


@overload
def configure(seam: Literal["detectors"], kind: str, fields: Fields, /, **offered: object) -> Detector: ...
@overload
def configure(seam: Literal["retrievers"], kind: str, fields: Fields, /, **offered: object) -> Retriever: ...
@overload
def configure(seam: Literal["loaders"], kind: str, fields: Fields, /, **offered: object) -> Loader: ...
@overload
def configure(seam: Literal["embedders"], kind: str, fields: Fields, /, **offered: object) -> Embedder: ...
@overload
def configure(seam: Literal["providers"], kind: str, fields: Fields, /, **offered: object) -> Provider: ...
@overload
def configure(seam: Literal["stores"], kind: str, fields: Fields, /, **offered: object) -> Store: ...
@overload
def configure(seam: Literal["exporters"], kind: str, fields: Fields, /, **offered: object) -> Exporter: ...
def configure(seam: str, kind: str, fields: Fields, /, **offered: object) -> object:
    """Return an object of *kind*, built from its configured *fields*.

    Of the *offered* collaborators it gets those for which its constructor has a parameter. Raises
    `ConfigurationError` that names file, line and field of everything that is wrong.
    """
    try:
        build = find(seam, kind)
    except ConfigurationError as exc:
        raise ConfigurationError(fields.told(str(exc), "kind")) from exc
    return construct(build, fields, **offered)


def construct(build: Callable[..., T], fields: Fields, /, **offered: object) -> T:
    """Return what *build* makes of *fields* and those of the *offered* collaborators that it takes.

    Raises `ConfigurationError` as `configure` does.
    """
    parameters = _parameters(build)
    taken = {name: value for name, value in offered.items() if name in parameters}
    values, problems = _values(fields, {name: of for name, of in parameters.items() if name not in taken})
    if problems:
        raise ConfigurationError("\n".join(problems))
    try:
        return build(**values, **taken)
    except (ConfigurationError, ValueError) as exc:
        raise ConfigurationError(fields.told(str(exc))) from exc


def _values(fields: Fields, parameters: Mapping[str, inspect.Parameter]) -> tuple[dict[str, object], list[str]]:
    """Return the arguments that *fields* give for *parameters*, and what is wrong with them."""
    values: dict[str, object] = {}
    problems: list[str] = []
    for name, value in fields.items():
        if name not in parameters:
            problems.append(fields.told(f"is not known here{nearest(name, parameters)}", name))
            continue
        try:
            values[name] = _value(value, parameters[name].annotation)
        except ValidationError as exc:
            errors = exc.errors(include_url=False, include_input=False)
            problems += [fields.told(sentence(error), name, *error["loc"]) for error in errors]
        except PydanticUserError:
            problems.append(fields.told("cannot be given in a file", name))
    for name, parameter in parameters.items():
        if parameter.default is parameter.empty and name not in fields:
            problems.append(fields.told(f"{name!r} is required"))
    return values, problems


def _value(value: JSON, annotation: Any) -> object:
    kind = _READINGS.get(annotation, annotation)
    return TypeAdapter(kind).validate_python(value)


def _seconds(value: object) -> object:
    """Return *value*, a number of seconds or a duration such as `5m`, in seconds."""
    read = duration(value) if isinstance(value, str) and not value.replace(".", "", 1).isdigit() else value
    return read.total_seconds() if isinstance(read, timedelta) else read


Seconds = Annotated[float, BeforeValidator(_seconds)]
_READINGS: Mapping[Any, Any] = {
    float: Seconds,
    float | None: Seconds | None,
    timedelta: Duration,
    timedelta | None: Duration | None,
}
"""How the values of some types are written in the file."""


def _parameters(build: Callable[..., object]) -> dict[str, inspect.Parameter]:
    """Return the parameters that *build* can be given by name, with their annotations evaluated."""
    hints = get_type_hints(build if is_dataclass(build) else getattr(build, "__init__", build), include_extras=True)
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {
        name: parameter.replace(annotation=hints.get(name, Any))
        for name, parameter in inspect.signature(build).parameters.items()
        if parameter.kind in named
    }


@cache
def _installed() -> Mapping[str, EntryPoints]:
    """Return the entry points of each seam, from one look at what is installed."""
    everything = entry_points()
    return {seam: everything.select(group=f"gateway.{seam}") for seam in SEAMS}
