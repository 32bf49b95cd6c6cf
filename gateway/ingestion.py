"""Documents from a command line into a collection: what `lineward ingest` and the demo do with a built gateway."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from rich.progress import Progress

from gateway.building import Gateway
from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest, ConfigurationError
from gateway.domain.facts import NONE, Facts, Value
from gateway.domain.labels import LISTS
from gateway.domain.principals import Principal, Role
from gateway.entering import Entered, Entering, Report
from gateway.fields import Fields
from gateway.loaders.files import documents
from gateway.registry import configure, kinds
from gateway.retrievers.existing import Existing
from gateway.settings import Settings

_ADDRESS = re.compile(r"chroma(?:\+https)?:")
"""How the address of a Chroma collection begins."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was named on a command line, as documents; nothing is read before they are asked for."""

    documents: Iterable[Entering]
    whole: Source | None = None
    """The source of which they are all that there is; `None` when it may have others."""


def read(paths: Sequence[str], source: str | None, collection: str) -> Reading:
    """Return what stands at *paths*: files and folders, or one collection in Chroma, by its address.

    *source* is `namespace/name`; without it each folder is the source of its files, and a collection its own. Raises
    `BadRequest` when nothing is there, when a collection is named together with anything else, or to be copied into
    *collection*.
    """
    named = Source.parse(source) if source else None
    if any(map(_ADDRESS.match, paths)):
        if len(paths) > 1:
            raise BadRequest("Name a Chroma collection alone: what is gone from it is told by what is left.")
        if collection:
            raise BadRequest("A Chroma collection is registered where it is: leave --collection out.")
        existing = Existing.parse(paths[0])
        return Reading(existing.documents(named), named or existing.source)
    loaders = [configure("loaders", kind, Fields({})) for kind in kinds("loaders")]
    if missing := next((path for path in paths if not Path(path).exists()), None):
        raise BadRequest(f"There is no file or folder {missing}.", code="no_such_file")
    return Reading(chain.from_iterable(documents(Path(path), loaders, named) for path in paths))


def labels_of(given: Sequence[str]) -> Facts:
    """Return the labels that `name=value` texts mean; where policies expect a list, commas part its values.

    Raises `BadRequest` for a text without a name or value.
    """
    labels: dict[str, Value] = {}
    for one in given:
        name, _, value = one.partition("=")
        if not (name and value):
            raise BadRequest(f"The label {one!r} must be name=value.", code="invalid_label")
        plain: Value = {"true": True, "false": False}.get(value, value)
        labels[name] = tuple(value.split(",")) if name in LISTS else plain
    return Facts(labels)


def operator(settings: Settings, tenant: str | None) -> Principal:
    """Return who ingests from the command line: an admin of *tenant*, or of the only one that is configured.

    Raises `ConfigurationError` when the tenant is unknown or has to be named.
    """
    tenants = sorted({application.tenant for application in settings.applications})
    if tenant is None and len(tenants) > 1:
        raise ConfigurationError(f"there are several tenants ({', '.join(tenants)}): say which with --tenant")
    if tenant is not None and tenant not in tenants:
        raise ConfigurationError(f"there is no tenant {tenant!r}; known are {', '.join(tenants)}")
    return Principal("lineward ingest", tenant or tenants[0], frozenset({Role.ADMIN}))


async def add(
    gateway: Gateway,
    entering: Iterable[Entering],
    collection: str,
    by: Principal,
    progress: Progress,
    labels: Facts = NONE,
    whole: Source | None = None,
) -> Report:
    """Bring *entering* into *collection*, or only into the catalogue if that is empty; return what came of them.

    The gateway's writer must run. See `Ingestor.ingest`.
    """
    task = progress.add_task(f"into {collection or 'the catalogue'}", total=None)

    def entered(_: Entered) -> None:
        progress.advance(task)

    return await gateway.ingestor().ingest(entering, collection, by, labels=labels, whole=whole, progress=entered)


def add_with_own_writer(
    gateway: Gateway,
    entering: Iterable[Entering],
    collection: str,
    by: Principal,
    progress: Progress,
    labels: Facts = NONE,
    whole: Source | None = None,
) -> Report:
    """Do what `add` does, starting and stopping *gateway* around it."""

    async def running() -> Report:
        await gateway.start()
        try:
            return await add(gateway, entering, collection, by, progress, labels, whole)
        finally:
            await gateway.stop()

    return asyncio.run(running())
