"""`lineward attribution`: which chunk each sentence of an answer may come from, and which come from none."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.commands.options import AsJSON, Config, ledger_of, missing, out, print_json, settings_of
from gateway.commands.recording import record
from gateway.domain.attributions import Attribution, Sentence
from gateway.parts import Followers
from gateway.recognition.attributing import OPEN, SHORT
from gateway.settings import Settings
from gateway.stores.attributions import SQLAttributions
from gateway.stores.opening import upgrade
from gateway.stores.questions import Questions
from gateway.terminal import plain_table


def attribution(response_id: str, config: Config = None, as_json: AsJSON = False) -> None:
    """Tell which chunk of the context each sentence of an answer may come from, and which come from nowhere."""
    settings = settings_of(config)
    with attributions_of(settings) as attributions:
        found = attributions.attribution(response_id, None)
    story = ledger_of(config).response(response_id, None)
    if found is None or story is None:
        raise missing(f"No response {response_id!r} is recorded here.")
    record(settings, "read attribution", f"response/{response_id}", tenant=story.tenant)
    if as_json:
        print_json(found)
    else:
        show_attribution(out, found)


@contextmanager
def attributions_of(settings: Settings) -> Iterator[SQLAttributions]:
    """Tell attributions from the store of *settings*."""
    url = settings.store.url.get_secret_value()
    upgrade(url)
    followers, questions = Followers.of(settings), Questions(url)
    try:
        yield SQLAttributions(questions, followers.answers, followers.words)
    finally:
        followers.close()
        questions.close()


def show_attribution(console: Console, found: Attribution) -> None:
    """Print each sentence with where it may come from."""
    if not found.sentences:
        console.print("Nothing was answered, or the answer is not kept.")
    if found.sentences:
        console.print(_table(found.sentences))
    if found.unattributed:
        console.print(
            f"[yellow]{len(found.unattributed)} of {len(found.sentences)} sentences have no source in the context."
            "[/yellow]"
        )
    if found.unread:
        console.print(f"[yellow]The texts of {found.unread} chunks are not kept and were not compared.[/yellow]")
    if found.sentences:
        console.print("[dim]Likeness of words or meaning is no proof that a document caused a sentence.[/dim]")


def _table(sentences: Sequence[Sentence]) -> Table:
    table = plain_table("document", "by", "score", "sentence")
    for one in sentences:
        if one.method in (SHORT, OPEN):
            source = Text("too short", "dim") if one.method == SHORT else Text("no source", "yellow")
            table.add_row(source, "", "", Text(one.text))
        else:
            table.add_row(Text(one.document, "green"), one.method, f"{one.score:.2f}", Text(one.text))
    return table
