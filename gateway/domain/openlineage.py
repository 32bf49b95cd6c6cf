"""OpenLineage events, as far as lineage is drawn from them: what ran, what it read and wrote, how that is tagged.

https://openlineage.io/docs/spec/object-model. Whatever else stands in an event, unknown facets among it, is kept with
it and not read here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest
from gateway.domain.json import JSON, Object

STATES = ("START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER")
"""`eventType` of a RunEvent."""

DATASETS_MAX = 10_000
"""Datasets of one event."""

_CONTINUOUS = frozenset({"STREAMING", "SERVICE"})
"""`processingType` of jobs that never complete: what they tell while they run counts as written."""


class Kind(StrEnum):
    """What an event is about."""

    RUN = "run"
    JOB = "job"
    """A job's inputs and outputs as they are defined, apart from any run."""
    DATASET = "dataset"


class Part(StrEnum):
    """What a dataset is to the run that an event tells of."""

    INPUT = "input"
    OUTPUT = "output"
    SUBJECT = "subject"
    """A DatasetEvent is about it."""


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag of a dataset (`TagsDatasetFacet`)."""

    key: str
    value: str = ""
    field: str = ""
    """The column that it is about; empty for the whole dataset."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A column that a column of a written dataset was made of (`ColumnLineageDatasetFacet`)."""

    column: str
    """Of the written dataset; empty where all of it depends on the origin, as by a filter."""
    origin: Source
    origin_column: str
    masked: bool = False
    """Whether the value was made unrecognisable on its way."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """What an event says of one dataset."""

    source: Source
    part: Part
    tags: tuple[Tag, ...] | None = None
    """All that it has from then on; `None` if the event says nothing of tags."""
    flows: tuple[Flow, ...] | None = None
    """`None` if the event says nothing of columns."""


@dataclass(frozen=True, slots=True)
class OpenLineageEvent:
    """One RunEvent, JobEvent or DatasetEvent."""

    kind: Kind
    at: datetime
    """`eventTime`; one without an offset counts as UTC."""
    job: Source | None = None
    """Namespace and name of the job; `None` for a DatasetEvent."""
    run: str = ""
    """`runId`; empty unless it is a RunEvent."""
    state: str = ""
    """One of `STATES`; empty unless it is a RunEvent."""
    continuous: bool = False
    datasets: tuple[Dataset, ...] = ()

    @property
    def wrote(self) -> bool:
        """Whether its outputs are written when it comes: the run is complete, or is of a kind that never will be."""
        if self.kind is Kind.RUN:
            return self.state == "COMPLETE" or (self.continuous and self.state == "RUNNING")
        return self.kind is Kind.JOB

    def namespaces(self) -> Iterator[tuple[str, str]]:
        """Yield each namespace that it says something about, with where that stands in the event."""
        if self.job:
            yield self.job.namespace, "job.namespace"
        counts = dict.fromkeys(Part, 0)
        for dataset in self.datasets:
            at = counts[dataset.part]
            counts[dataset.part] += 1
            place = "dataset" if dataset.part is Part.SUBJECT else f"{dataset.part}s[{at}]"
            yield dataset.source.namespace, f"{place}.namespace"


def parse(event: JSON) -> OpenLineageEvent:
    """Return what *event* says. Raises `BadRequest` with the path of what OpenLineage 2 does not allow."""
    if not isinstance(event, dict):
        raise _wrong("", "an OpenLineage event must be an object")
    _text(event, "producer", "")
    _text(event, "schemaURL", "")
    at = _time(event)
    if "run" in event:
        return _run_event(event, at)
    if "dataset" in event:
        subject = _dataset(_object(event, "dataset", ""), Part.SUBJECT, "dataset")
        return OpenLineageEvent(Kind.DATASET, at, datasets=(subject,))
    if "job" in event:
        job, _ = _job(event)
        return OpenLineageEvent(Kind.JOB, at, job, datasets=_datasets(event))
    raise _wrong("run", "is missing: an event has a run and a job, a job, or a dataset")


def _run_event(event: Object, at: datetime) -> OpenLineageEvent:
    run = _object(event, "run", "")
    given = _text(run, "runId", "run")
    try:
        name = str(UUID(given))
    except ValueError:
        raise _wrong("run.runId", "must be a UUID") from None
    _facets(run, "facets", "run")
    job, continuous = _job(event)
    state = event.get("eventType")
    state = "OTHER" if state is None else state
    if state not in STATES:
        raise _wrong("eventType", f"must be one of {', '.join(STATES)}")
    return OpenLineageEvent(Kind.RUN, at, job, name, str(state), continuous, _datasets(event))


def _job(event: Object) -> tuple[Source, bool]:
    """Return namespace and name of the job, and whether it is one that never completes."""
    job = _object(event, "job", "")
    named = Source(_text(job, "namespace", "job"), _text(job, "name", "job"))
    kind = _facets(job, "facets", "job").get("jobType", {})
    return named, kind.get("processingType") in _CONTINUOUS


def _datasets(event: Object) -> tuple[Dataset, ...]:
    found: list[Dataset] = []
    for name, part, own in (("inputs", Part.INPUT, "inputFacets"), ("outputs", Part.OUTPUT, "outputFacets")):
        listed = event.get(name)
        if listed is None:
            continue
        if not isinstance(listed, list):
            raise _wrong(name, "must be a list of datasets")
        if len(listed) + len(found) > DATASETS_MAX:
            raise _wrong(name, f"an event may name at most {DATASETS_MAX} datasets")
        for at, one in enumerate(listed):
            place = f"{name}[{at}]"
            if not isinstance(one, dict):
                raise _wrong(place, "must be an object")
            _facets(one, own, place)
            found.append(_dataset(one, part, place))
    return tuple(found)


def _dataset(given: Object, part: Part, place: str) -> Dataset:
    source = Source(_text(given, "namespace", place), _text(given, "name", place))
    facets = _facets(given, "facets", place)
    tags = _tags(facets["tags"], f"{place}.facets.tags") if "tags" in facets else None
    flows = None
    if "columnLineage" in facets:
        flows = tuple(_flows(facets["columnLineage"], f"{place}.facets.columnLineage"))
    return Dataset(source, part, tags, flows)


def _tags(facet: Object, place: str) -> tuple[Tag, ...]:
    if facet.get("_deleted") is True:
        return ()
    listed = facet.get("tags")
    if not isinstance(listed, list | None):
        raise _wrong(f"{place}.tags", "must be a list of tags")
    found = []
    for at, one in enumerate(listed or []):
        where = f"{place}.tags[{at}]"
        if not isinstance(one, dict):
            raise _wrong(where, "must be an object with key and value")
        value, field = one.get("value"), one.get("field")
        if not isinstance(value, str | None) or not isinstance(field, str | None):
            raise _wrong(where, "value and field of a tag must be strings")
        found.append(Tag(_text(one, "key", where), value or "", field or ""))
    return tuple(found)


def _flows(facet: Object, place: str) -> Iterator[Flow]:
    if facet.get("_deleted") is True:
        return
    fields = facet.get("fields")
    if not isinstance(fields, dict | None):
        raise _wrong(f"{place}.fields", "must be an object")
    for column, made in (fields or {}).items():
        where = f"{place}.fields.{column}"
        if not isinstance(made, dict):
            raise _wrong(where, "must be an object with inputFields")
        hidden = made.get("transformationType") == "MASKED"
        yield from _origins(made.get("inputFields"), column, f"{where}.inputFields", hidden)
    yield from _origins(facet.get("dataset"), "", f"{place}.dataset", False)


def _origins(listed: JSON, column: str, place: str, hidden: bool) -> Iterator[Flow]:
    if not isinstance(listed, list | None):
        raise _wrong(place, "must be a list of fields")
    for at, one in enumerate(listed or []):
        where = f"{place}[{at}]"
        if not isinstance(one, dict):
            raise _wrong(where, "must be an object")
        origin = Source(_text(one, "namespace", where), _text(one, "name", where))
        yield Flow(column, origin, _text(one, "field", where), hidden or _is_masked(one.get("transformations")))


def _is_masked(transformations: JSON) -> bool:
    """Return whether every way that a value takes hides it."""
    ways = transformations if isinstance(transformations, list) else []
    return bool(ways) and all(isinstance(one, dict) and one.get("masking") is True for one in ways)


def _facets(parent: Object, name: str, place: str) -> Mapping[str, Object]:
    given = parent.get(name)
    if given is None:
        return {}
    at = f"{place}.{name}"
    if not isinstance(given, dict):
        raise _wrong(at, "must be an object of facets")
    facets: dict[str, Object] = {}
    for key, facet in given.items():
        if not isinstance(facet, dict):
            raise _wrong(f"{at}.{key}", "a facet must be an object")
        _text(facet, "_producer", f"{at}.{key}")
        _text(facet, "_schemaURL", f"{at}.{key}")
        facets[key] = facet
    return facets


def _object(parent: Object, name: str, place: str) -> Object:
    found = parent.get(name)
    path = f"{place}.{name}" if place else name
    if not isinstance(found, dict):
        raise _wrong(path, "is missing" if found is None else "must be an object")
    return found


def _text(parent: Object, name: str, place: str) -> str:
    found = parent.get(name)
    if not isinstance(found, str) or not found:
        path = f"{place}.{name}" if place else name
        raise _wrong(path, "is missing" if found is None else "must be a string that is not empty")
    return found


def _time(event: Object) -> datetime:
    text = _text(event, "eventTime", "")
    try:
        at = datetime.fromisoformat(text)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong("eventTime", "must be a date with a time (RFC 3339)") from None
    if "t" not in text.lower():
        raise _wrong("eventTime", "must be a date with a time (RFC 3339)")
    return at


def _wrong(path: str, sentence: str) -> BadRequest:
    return BadRequest(f"{path!r} {sentence}." if path else f"{sentence[0].upper()}{sentence[1:]}.",
                      param=path or None, code="invalid_lineage")  # fmt: skip
