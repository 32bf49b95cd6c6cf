"""Whether JSON is an event of OpenLineage, by JSON Schemas made of the classes that the official client generates.

The official schema files are in no package. The client's classes are made of them, and name for each the URL, with its
version, that events name as well; here they become schemas at those URLs again, so that every event and every facet is
held against the one that it names itself. Nothing is fetched. `REQUIRED` and `FORMATS` are what the classes alone do
not say.
"""

import importlib
import pkgutil
import types
from enum import Enum
from functools import cache
from typing import Union, get_args, get_origin, get_type_hints

import attr
import jsonschema_rs
from openlineage.client import generated

REQUIRED = {"producer", "schemaURL", "_producer", "_schemaURL"}
"""What the classes fill in themselves, so that it looks optional there."""
FORMATS = (
    dict.fromkeys(("eventTime", "nominalStartTime", "nominalEndTime", "lastUpdated", "captureDate"), "date-time")
    | dict.fromkeys(("producer", "schemaURL", "_producer", "_schemaURL", "url", "uri"), "uri")
    | {"runId": "uuid"}
)
"""Of the fields whose form the classes have validators for."""
PAIRED = {"namespace", "name"}
"""What a validator says of these is that one of them needs the other."""
FACETS = {
    "inputs.facets.tags": "TagsDatasetFacet", "job.facets.jobType": "JobTypeJobFacet", "run.facets.tags": "TagsRunFacet"
}  # fmt: skip
"""Which facet stands at which place of what we emit."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def check(event: dict) -> None:
    """Raise `AssertionError` unless *event*, which we emit, is a RunEvent of standard facets with nothing unknown."""
    assert event["schemaURL"].endswith("#/$defs/RunEvent")
    assert problems(event) == []
    known = _known(event["schemaURL"])
    assert event.keys() <= known, event.keys() - known
    for place, facet in facets(event):
        name = facet["_schemaURL"].rpartition("/")[2]
        assert FACETS.get(place) == name, place
        assert facet.keys() <= _known(facet["_schemaURL"]), place


def problems(event: dict) -> list[str]:
    """Return what is wrong with *event* and its facets, by the schemas that they name; facets of others are free."""
    found = _errors(event, event.get("schemaURL"), "")
    for place, facet in facets(event):
        if isinstance(facet, dict) and facet.get("_schemaURL") in [*schemas()]:
            found += _errors(facet, facet["_schemaURL"], place)
    return found


def facets(event: dict):
    """Yield each facet of *event*, of its run, its job and its datasets, with its place."""
    for name in ("run", "job", "dataset", "inputs", "outputs"):
        given = event.get(name)
        for one in given if isinstance(given, list) else [given]:
            for kind in ("facets", "inputFacets", "outputFacets"):
                held = one.get(kind) if isinstance(one, dict) else None
                for key, facet in held.items() if isinstance(held, dict) else ():
                    yield f"{name}.{kind}.{key}", facet


@cache
def schemas() -> dict[str, type]:
    """Return the class of each URL that events and facets name."""
    names = [one.name for one in pkgutil.iter_modules(generated.__path__)]
    modules = [importlib.import_module(f"{generated.__name__}.{name}") for name in names]
    kinds = [kind for module in modules for kind in vars(module).values() if attr.has(kind)]
    return {kind._get_schema(): kind for kind in kinds if hasattr(kind, "_get_schema")}


def schema(kind: type) -> dict:
    """Return the JSON Schema of one class."""
    hints, fields = get_type_hints(kind), attr.fields(kind)
    needed = [one.name for one in fields if one.default is attr.NOTHING or one.name in REQUIRED]
    formed = {one.name: {"format": FORMATS[one.name]} for one in fields if one.validator and one.name not in PAIRED}
    properties = {one.name: _typed(hints[one.name]) | formed.get(one.name, {}) for one in fields}
    return {"type": "object", "properties": properties, "required": needed}


@cache
def _validator(url: str):
    return jsonschema_rs.Draft202012Validator(
        {"$schema": DIALECT, "$ref": url}, registry=_registry(), validate_formats=True
    )


@cache
def _registry():
    files = {}
    for url, kind in schemas().items():
        file, _, name = url.partition("#/$defs/")
        files.setdefault(file, {"$schema": DIALECT, "$id": file, "$defs": {}})["$defs"][name] = schema(kind)
    return jsonschema_rs.Registry(list(files.items()))


def _errors(given, url, place):
    if not isinstance(url, str) or url not in schemas():
        return [f"{place or 'the event'}: no schema is known as {url!r}"]
    return [f"{place}{list(one.instance_path)}: {one.message}" for one in _validator(url).iter_errors(given)]


def _known(url):
    return {one.name for one in attr.fields(schemas()[url])}


def _typed(kind):
    """Return the schema of what a field of type *kind* may hold."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        kinds = [_typed(one) for one in get_args(kind) if one is not type(None)]
        return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    if origin is list:
        return {"type": "array", "items": _typed(get_args(kind)[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _typed(get_args(kind)[1])}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [one.value for one in kind]}
    if attr.has(kind):
        return {"$ref": kind._get_schema()} if hasattr(kind, "_get_schema") else schema(kind)
    plain = {str: "string", bool: "boolean", int: "integer", float: "number"}
    return {"type": plain[kind]} if kind in plain else {}
