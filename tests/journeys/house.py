"""The real gateway on a loopback port, built from a real configuration, with an upstream that plays along."""

import hashlib
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn
import yaml
from openai import OpenAI

from gateway.app import create_app
from gateway.settings import load
from tests.journeys.upstream import Upstream
from tests.waiting import until

APP_KEY = "lw-test-app"
SOC_KEY = "lw-test-soc"
OTHER_SOC_KEY = "lw-test-other-soc"

RULES = """
version: 1
defaults: {unlabelled: internal, on_error: deny}
rules:
- id: confidential-stays-in-house
  owner: secops@example.com
  target: chunk
  match: {chunk.classification: confidential, dest.self_hosted: false}
  effect: drop_chunk
  explain: "{chunk.document} is {chunk.classification}; {dest.provider} is outside"
- id: restricted-is-refused
  owner: secops@example.com
  target: chunk
  match: {chunk.classification: restricted, dest.self_hosted: false}
  effect: deny
  explain: "{chunk.document} is {chunk.classification}; {dest.provider} is outside"
- id: pii-is-masked
  owner: privacy@example.com
  target: finding
  match: {finding.entity: {in: [EMAIL_ADDRESS, CREDIT_CARD, US_SSN, IBAN_CODE]}}
  effect: mask
  explain: "{finding.entity} found"
- id: keys-never-leave
  owner: secops@example.com
  target: finding
  match: {finding.entity: {in: [OPENAI_API_KEY, GITHUB_TOKEN, AWS_ACCESS_KEY]}, finding.where: prompt}
  effect: deny
  explain: "{finding.entity} found"
- id: models-do-not-tell-keys
  owner: secops@example.com
  target: finding
  match: {finding.entity: {in: [OPENAI_API_KEY, GITHUB_TOKEN, AWS_ACCESS_KEY]}, finding.where: response}
  effect: deny
  explain: "{finding.entity} found"
"""


def sha256(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def configuration(
    folder: Path, upstream_url: str, rules: str = RULES, more_applications: Sequence[dict] = (), **changes: object
) -> dict:
    """Return a configuration with an outside provider, a fallback in the house, and two tenants."""
    (folder / "policies").mkdir(exist_ok=True)
    (folder / "policies" / "rules.yaml").write_text(rules)
    return {
        "server": {"host": "127.0.0.1", "port": 0, "max_body_bytes": 2_000_000},
        "store": {"url": f"sqlite:///{folder}/lineward.db"},
        "providers": [
            {"name": "outside", "kind": "openai", "base_url": upstream_url, "api_key": "${UPSTREAM_KEY}",
             "region": "us", "self_hosted": False, "retries": 0},
            {"name": "house", "kind": "demo", "self_hosted": True, "region": "eu"},
            {"name": "inside", "kind": "openai", "base_url": upstream_url, "self_hosted": True, "retries": 0},
        ],
        "models": [
            {"name": "gpt", "provider": "outside"},
            {"name": "local", "provider": "house"},
            {"name": "safe", "provider": "outside", "model": "gpt", "fallbacks": ["local"]},
            {"name": "local-first", "provider": "house", "fallbacks": ["gpt"]},
            {"name": "local-told", "provider": "inside"},
        ],
        "applications": [
            {"name": "bot", "key_sha256": sha256(APP_KEY), "tenant": "acme", "purposes": ["support"],
             "collections": ["kb"]},
            {"name": "soc", "key_sha256": sha256(SOC_KEY), "tenant": "acme", "roles": ["responder"]},
            {"name": "rival", "key_sha256": sha256(OTHER_SOC_KEY), "tenant": "rival", "roles": ["responder"]},
            *more_applications,
        ],
        "collections": [{"name": "kb", "chroma": {"path": f"{folder}/chroma"}}],
        "retrievers": [{"kind": kind} for kind in ("inline", "chroma", "traced", "recognised", "inherited")],
        "detectors": [{"kind": "patterns"}, {"kind": "secrets"}],
        "policies": {"path": f"{folder}/policies", "strict": False},
        "attribution": {"meaning": "off"},
        "search": {"meaning": "off"},
        **changes,
    }  # fmt: skip


@dataclass
class House:
    """A running gateway and how to talk to it."""

    url: str
    upstream: Upstream
    folder: Path
    client: OpenAI
    """The real OpenAI SDK with an application's key."""
    http: httpx.Client
    """Bare HTTP with the same key."""

    def record(self, response_id: str, key: str = SOC_KEY) -> dict:
        """Return the record of a response, as a responder sees it."""
        reply = self.http.get(f"/api/v1/responses/{response_id}", headers={"authorization": f"Bearer {key}"})
        assert reply.status_code == 200, reply.text
        return reply.json()

    def ended(self, response_id: str) -> dict:
        """Return the record once it has its outcome."""

        def has_ended() -> dict | None:
            record = self.record(response_id)
            return None if record["state"] is None else record

        return until(has_ended)


@contextmanager
def serving(
    folder: Path,
    upstream: Upstream,
    environ: Mapping[str, str] | None = None,
    rules: str = RULES,
    **changes: object,
) -> Iterator[House]:
    path = folder / "gateway.yaml"
    path.write_text(yaml.safe_dump(configuration(folder, upstream.url, rules, **changes)))
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(load(path, {"UPSTREAM_KEY": "sk-upstream", **(environ or {})})),
            port=0,
            log_config=None,
            loop="asyncio",
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    with (
        OpenAI(base_url=f"{url}/v1", api_key=APP_KEY, max_retries=0) as client,
        httpx.Client(base_url=url, headers={"authorization": f"Bearer {APP_KEY}"}, timeout=30) as http,
    ):
        yield House(url, upstream, folder, client, http)
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()
