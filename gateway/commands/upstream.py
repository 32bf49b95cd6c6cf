"""`lineward upstream`: back to the source systems and the job runs that something comes from."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.text import Text
from rich.tree import Tree

from gateway.building import upstreams_of
from gateway.commands.options import AsJSON, Config, missing, out, print_json, settings_of
from gateway.commands.recording import record
from gateway.domain.openlineage import Tag
from gateway.domain.upstream import Origin, Upstream
from gateway.stores.opening import upgrade
from gateway.upstream import UpstreamRecord, Upstreams

_CUTS = {"above": "see above", "deep": "too deep to follow", "many": "too many to follow"}


def upstream(
    what: Annotated[str, typer.Argument(help="A response's id, a document, or a source or dataset: namespace/name.")],
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Follow a response, a document or a source back to the systems and job runs that its data come from."""
    settings = settings_of(config)
    upgrade(settings.store.url.get_secret_value())
    kind, found = _found(upstreams_of(settings), what)
    if not found:
        raise missing(f"No response, document, source or dataset {what!r} is known here.")
    record(settings, "read upstream", f"{kind}/{what}", tenant=found[0].tenant if len(found) == 1 else "")
    if as_json:
        print_json({"data": found})
    else:
        for one in found:
            out.print(tree(one))


def _found(upstreams: Upstreams, what: str) -> tuple[str, Sequence[UpstreamRecord]]:
    """Return what *what* names, and what lies upstream of it."""
    response = upstreams.of_response(what, None)
    if response is not None:
        return "response", [response]
    if documents := upstreams.of_document(what, None):
        return "document", documents
    return "source", upstreams.of_source(what, None)


def tree(found: UpstreamRecord) -> Tree:
    """Return *found* as people read it: datasets, under each the run that wrote it and what that read."""
    shown = Tree(Text.assemble((found.subject, "bold"), f"  tenant {found.tenant}"))
    for origin in found.origins:
        parent = shown.add(_document(origin)) if origin.document else shown
        for one in origin.upstream:
            _add(parent, one)
        if not origin.upstream:
            parent.add(Text("nothing was reported", "dim"))
    return shown


def _document(origin: Origin) -> Text:
    about = [f"{origin.state} ({origin.how})"] if origin.state else []
    about += [f"as of {origin.at:%Y-%m-%d %H:%M:%S}"] if origin.at else []
    return Text.assemble((origin.document, "cyan"), "  ", ", ".join([str(origin.source), *about]))


def _add(parent: Tree, one: Upstream) -> None:
    node = parent.add(Text.assemble((str(one.dataset), "green"), "  ", (_tags(one.tags), "yellow")))
    writing = one.writing
    if writing is None:
        return
    job = f"{writing.job}" if writing.job else "a job"
    when = f"{writing.at:%Y-%m-%d %H:%M:%S}" + (" (the first run reported, later than this)" if writing.assumed else "")
    run = node.add(Text.assemble("written by ", (job, "magenta"), f" at {when}, run {writing.run}"))
    if one.cut:
        run.add(Text(_CUTS[one.cut], "dim"))
    for origin in one.inputs:
        _add(run, origin)


def _tags(tags: Sequence[Tag]) -> str:
    written = [f"{tag.field + '.' if tag.field else ''}{tag.key}={tag.value}" for tag in tags]
    return f"[{', '.join(written)}]" if written else ""
