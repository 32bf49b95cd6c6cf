"""Whether JSON is an event of OpenLineage, by the classes that the official client generates from its schemas.

The schema files themselves are in no package: what the classes say of names, types and required fields is checked, and
what their validators say of times and UUIDs.
"""

import types
from typing import Union, get_args, get_origin, get_type_hints

import attr
from openlineage.client import event_v2
from openlineage.client.facet_v2 import job_type_job, tags_run

FACETS = {"jobType": job_type_job.JobTypeJobFacet, "tags": tags_run.TagsRunFacet}


def check(event: dict) -> None:
    """Raise `AssertionError` unless *event* is a RunEvent."""
    assert event["schemaURL"] == event_v2.RunEvent._get_schema()
    _object(event, event_v2.RunEvent, "event")


def _object(value, kind, at):
    assert isinstance(value, dict), at
    hints, fields = get_type_hints(kind), {one.name: one for one in attr.fields(kind)}
    assert value.keys() <= fields.keys(), (at, value.keys() - fields.keys())
    for name, field in fields.items():
        place = f"{at}.{name}"
        if name not in value:
            assert field.default is not attr.NOTHING, f"{place} is missing"
        elif name == "facets":
            for key, facet in value[name].items():
                assert facet["_schemaURL"] == FACETS[key]._get_schema() and facet["_producer"]
                _object(facet, FACETS[key], f"{place}.{key}")
        else:
            _value(value[name], hints[name], place)
    given = {name.lstrip("_"): one for name, one in value.items() if fields[name].init and name not in ("facets",)}
    nested = {name for name, one in given.items() if isinstance(one, dict | list)}
    if not nested:
        kind(**given)  # its validators


def _value(value, kind, at):
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        kinds = [one for one in get_args(kind) if one is not type(None)]
        assert value is not None, at
        _value(value, kinds[0], at)
    elif origin is list:
        assert isinstance(value, list), at
        for number, one in enumerate(value):
            _value(one, get_args(kind)[0], f"{at}[{number}]")
    elif attr.has(kind):
        _object(value, kind, at)
    elif kind is event_v2.RunState:
        assert value in [one.value for one in event_v2.RunState], at
    elif kind in (str, int, bool):
        assert isinstance(value, kind), at
