"""The main job, shown: real documents in, questions through the real server, and where each answer came from."""

import asyncio
import hashlib
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import openai
import uvicorn
import yaml
from openai.types.chat import ChatCompletionMessageParam
from rich.console import Console
from rich.text import Text

from gateway import terminal
from gateway.app import application_of
from gateway.building import Gateway, build
from gateway.domain.digests import digest
from gateway.domain.documents import Document, Source
from gateway.domain.facts import Facts
from gateway.domain.json import JSON
from gateway.domain.subjects import Subject
from gateway.ingestion import add, operator
from gateway.loaders.distributions import readmes
from gateway.settings import Settings, load, shipped
from gateway.verification import verify_log

PACKAGES = (
    "aiohttp alembic anyio attrs chromadb click cryptography fastapi httpx jinja2 litellm numpy openai orjson "
    "presidio-analyzer pydantic pyyaml rich spacy sqlalchemy sqlmodel starlette tenacity typer uvicorn"
)
"""Distributions whose README texts are ingested, those of them that are installed."""

CHARACTERS = 2_500
"""Of each README: what people read first."""

MEMO_TEXT = """\
# Project Falcon

For the board only. Project Falcon moves the billing platform to Lausanne on 1 March. The move costs 2.4 million francs.
Questions about Project Falcon go to the board office, falcon@board.example.com.
"""
MEMO = Document(
    source=Source("file", "board"),
    id="board/falcon-memo.md",
    text=MEMO_TEXT,
    version=digest(MEMO_TEXT),
    title="Memo: Project Falcon",
    labels=Facts(classification="restricted", owner="board@example.com"),
)


def run(console: Console, keep: Path | None) -> int:
    """Show the main job on *console* and return the exit code; its data go to the folder *keep*, or a temporary one."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        return _Demo(console, keep).run()
    with tempfile.TemporaryDirectory(prefix="lineward-demo-", ignore_cleanup_errors=True) as folder:
        return _Demo(console, Path(folder)).run()


class _Demo:
    def __init__(self, console: Console, folder: Path) -> None:
        self._console = console
        self._key = f"lw-{secrets.token_urlsafe(24)}"
        self._settings = self._configured(folder)
        self._gateway: Gateway = build(self._settings)
        self._ids: list[str] = []

    def run(self) -> int:
        started = time.monotonic()
        with self._serving() as url, openai.OpenAI(base_url=f"{url}/v1", api_key=self._key, max_retries=0) as client:
            self._documents()
            self._questions(client)
            self._refusal(client)
            self._masking(client)
            self._lineage()
            faults = self._verification()
        self._console.print(
            f"\n[dim]{time.monotonic() - started:.1f} s, no key, no network.[/dim] Next: lineward --help"
        )
        return 1 if faults else 0

    def _configured(self, folder: Path) -> Settings:
        path = folder / "gateway.yaml"
        path.write_text(yaml.safe_dump(_configuration(folder, self._key), sort_keys=False))
        return load(path, os.environ)

    @contextmanager
    def _serving(self) -> Iterator[str]:
        app = application_of(self._gateway)
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", access_log=False))
        thread = threading.Thread(target=server.run, name="demo-server", daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)

    def _title(self, text: str) -> None:
        self._console.print()
        self._console.rule(Text(text, style="bold"), align="left")

    def _documents(self) -> None:
        self._title("1  Documents enter the catalogue")
        documents = [*(one for one in readmes(max_characters=CHARACTERS) if one.source.name in PACKAGES.split()), MEMO]
        with terminal.progress() as progress:
            by = operator(self._settings, None)
            report = asyncio.run(add(self._gateway, documents, "kb", by, progress))
        self._console.print(
            f"{report.outcomes['added'] - 1} README texts of installed Python packages, and one memo labelled "
            f"[red]restricted[/red]: {report.chunks} chunks, searched with all-MiniLM-L6-v2 in Chroma."
        )

    def _questions(self, client: openai.OpenAI) -> None:
        self._title("2  Questions through the OpenAI SDK, whole and streamed")
        self._ask(client, "demo", "Which library validates data with Python type hints?", stream=False)
        self._ask(client, "demo", "What is a fast JSON library for Python?", stream=True)
        self._ask(client, "demo", "What does Project Falcon cost?", stream=True)

    def _refusal(self, client: openai.OpenAI) -> None:
        self._title("3  The same memo, for a provider outside the house")
        self._ask(client, "abroad", "What does Project Falcon cost?", stream=False)
        self._console.print("\nWith a model of the house to turn to, the foreign one is passed over:")
        self._ask(client, "abroad-or-demo", "What does Project Falcon cost?", stream=False)

    def _masking(self, client: openai.OpenAI) -> None:
        self._title("4  Personal data on its way out")
        question = "My mail is ann.example@example.org, my card is 4111 1111 1111 1111. Which package reads YAML?"
        self._ask(client, "abroad", question, stream=True)

    def _ask(self, client: openai.OpenAI, model: str, question: str, *, stream: bool) -> None:
        self._console.print(Text.assemble(("\n? ", "bold cyan"), question, (f"   [{model}]", "dim")))
        messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": question}]
        asking = client.chat.completions.with_raw_response
        extra: dict[str, JSON] = {"collections": ["kb"]}
        try:
            if stream:
                streamed = asking.create(model=model, messages=messages, stream=True, extra_body=extra)
                pieces = [choice.delta.content or "" for event in streamed.parse() for choice in event.choices]
                answer, headers = "".join(pieces), streamed.headers
            else:
                whole = asking.create(model=model, messages=messages, extra_body=extra)
                answer, headers = whole.parse().choices[0].message.content or "", whole.headers
        except openai.PermissionDeniedError as exc:
            self._refused(exc)
            return
        self._ids.append(headers["x-lineward-response-id"])
        self._console.print(Text.assemble(("! ", "bold green"), answer))
        self._console.print(
            f"[dim]  {'streamed, ' * stream}decision {headers['x-lineward-decision']}[/dim]", highlight=False
        )

    def _refused(self, refusal: openai.PermissionDeniedError) -> None:
        error = refusal.response.json()["error"]
        self._ids.append(error["lineward"]["response_id"])
        self._console.print(
            Text.assemble(("✗ ", "bold red"), f"HTTP {refusal.status_code} {error['code']}: {error['message']}")
        )

    def _lineage(self) -> None:
        self._title("5  Where the answers came from")
        ledger = self._gateway.ledger
        for response_id in (self._ids[0], self._ids[3], self._ids[4], self._ids[5]):
            record = ledger.response(response_id, None)
            if record is not None:
                terminal.show_record(self._console, record)
        self._title("6  Who was told what the memo says")
        impact = ledger.impact(Subject.document(MEMO.id), None, limit=10)
        if impact is not None:
            terminal.show_impact(self._console, impact)

    def _verification(self) -> Sequence[object]:
        self._title("7  The log")
        faults, checked = verify_log(self._gateway.ledger, terminal.progress())
        terminal.show_verification(self._console, checked, faults)
        return faults


def _configuration(folder: Path, key: str) -> dict[str, object]:
    """Return embedded defaults, and beside the offline provider one that policies take for a foreign service."""
    quoting = {"kind": "demo", "zero_retention": True, "trains_on_data": False}
    return {
        "store": {"url": f"sqlite:///{folder / 'lineward.db'}"},
        "providers": [
            {"name": "demo", "region": "local", "self_hosted": True, **quoting},
            {"name": "abroad", "region": "us", "self_hosted": False, **quoting},
        ],
        "models": [
            {"name": "demo", "provider": "demo"},
            {"name": "abroad", "provider": "abroad"},
            {"name": "abroad-or-demo", "provider": "abroad", "fallbacks": ["demo"]},
        ],
        "applications": [
            {
                "name": "demo",
                "key_sha256": hashlib.sha256(key.encode()).hexdigest(),
                "tenant": "acme",
                "purposes": ["customer-support"],
                "collections": ["kb"],
            }
        ],
        "collections": [{"name": "kb", "chroma": {"path": str(folder / "chroma")}}],
        "retrievers": [{"kind": "inline"}, {"kind": "chroma"}],
        "detectors": [{"kind": "patterns"}, {"kind": "secrets"}],
        "policies": {"path": str(shipped() / "policies")},
    }
