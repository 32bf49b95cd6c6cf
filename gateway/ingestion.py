"""Documents from a command line into a collection: what `lineward ingest` and the demo do with a built gateway."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from rich.progress import Progress

from gateway.app import Gateway
from gateway.domain.documents import Document, Source
from gateway.domain.errors import BadRequest, ConfigurationError
from gateway.domain.facts import NONE, Facts, Value
from gateway.domain.principals import Principal, Role
from gateway.fields import Fields
from gateway.ingest import Entered, Ingestor, Report
from gateway.loaders.files import documents
from gateway.loaders.frontmatter import LISTS
from gateway.registry import configure, kinds
from gateway.settings import Settings


def read(paths: Sequence[Path], source: str | None) -> Iterator[Document | BadRequest]:
    """Yield the documents in *paths*, files and folders, by every installed loader.

    *source* is `namespace/name`; without it each folder is the source of its files.
    """
    loaders = [configure("loaders", kind, Fields({})) for kind in kinds("loaders")]
    named = Source.parse(source) if source else None
    return chain.from_iterable(documents(path, loaders, named) for path in paths)


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
    entering: Iterable[Document | BadRequest],
    collection: str,
    by: Principal,
    progress: Progress,
    labels: Facts = NONE,
) -> Report:
    """Bring *entering* into *collection* and return what came of them; the gateway's writer must run."""
    ingestor = Ingestor(
        gateway.policies.current, gateway.detector, gateway.embedder, gateway.index, gateway.ledger, gateway.writer,
        gateway.embedder.facts,
    )  # fmt: skip
    task = progress.add_task(f"into {collection}", total=None)

    def entered(_: Entered) -> None:
        progress.advance(task)

    return await ingestor.ingest(entering, collection, by, labels=labels, progress=entered)


def add_with_own_writer(
    gateway: Gateway,
    entering: Iterable[Document | BadRequest],
    collection: str,
    by: Principal,
    progress: Progress,
    labels: Facts = NONE,
) -> Report:
    """Do what `add` does, starting and stopping *gateway* around it."""

    async def running() -> Report:
        await gateway.start()
        try:
            return await add(gateway, entering, collection, by, progress, labels)
        finally:
            await gateway.stop()

    return asyncio.run(running())
