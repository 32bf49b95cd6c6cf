"""The proxies that are measured side by side, each started the way its users start it."""

import hashlib
import importlib.util
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.benchmarks.material import MODELS, pasted
from tests.benchmarks.processes import Server, first_answer, module, running
from tests.benchmarks.proxies import KEY

RULES = [
    {"id": "confidential-stays", "match": {"chunk.classification": {"gte": "confidential"}, "dest.self_hosted": False}},
    {"id": "restricted-stays", "match": {"chunk.classification": "restricted"}},
    {
        "id": "non-commercial",
        "when": 'chunk.license.matches("^CC-BY-NC(-|$)")',
        "match": {"chunk.license": {"exists": True}},
    },
    {"id": "uploads", "match": {"chunk.trust": "user_upload", "dest.self_hosted": False}},
    {"id": "expired", "match": {"chunk.expires_at": {"lte": "now"}}},
    {"id": "embargoed", "match": {"chunk.embargo_until": {"gt": "now"}}},
    {"id": "purpose", "when": "!(user.purpose in chunk.purposes)", "match": {"chunk.purposes": {"exists": True}}},
    {"id": "residency", "when": "dest.region != chunk.residency", "match": {"chunk.residency": {"exists": True}}},
    {"id": "inference", "match": {"chunk.ai_inference": "not_allowed"}},
    {"id": "tagged", "when": '"withdrawn" in chunk.tags', "match": {"chunk.tags": {"exists": True}}},
]
"""Ten rules about chunks; none of them strikes in the benchmark, all of them are asked."""

ENTITIES = ["EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "US_SSN"]


def write_policies(folder: Path) -> Path:
    """Write the benchmark's policies to *folder*/policies: ten rules on chunks, one that masks personal data."""
    chunk = [{"owner": "bench@example.com", "target": "chunk", "effect": "drop_chunk", **rule} for rule in RULES]
    mask = {"id": "pii", "owner": "bench@example.com", "target": "finding", "effect": "mask",
            "match": {"finding.entity": {"in": ENTITIES}}}  # fmt: skip
    policies = folder / "policies"
    policies.mkdir(exist_ok=True)
    (policies / "bench.yaml").write_text(yaml.safe_dump({"version": 1, "rules": [*chunk, mask]}, sort_keys=False))
    return policies


def write_configuration(folder: Path, upstream: str, port: int) -> Path:
    """Write a configuration with everything on to *folder*; its upstream is at the URL *upstream*."""
    configuration = {
        "server": {"port": port},
        "store": {"url": f"sqlite:///{folder}/lineward.db"},
        "providers": [{"name": "upstream", "kind": "openai", "base_url": upstream, "region": "eu"}],
        "models": [{"name": name, "provider": "upstream"} for name in MODELS],
        "applications": [
            {"name": "bench", "key_sha256": hashlib.sha256(KEY.encode()).hexdigest(), "tenant": "bench",
             "purposes": ["benchmark"]},
        ],
        "retrievers": [{"kind": "inline"}, {"kind": "recognised"}, {"kind": "inherited"}],
        "detectors": [{"kind": "patterns"}, {"kind": "secrets"}],
        "policies": {"path": str(write_policies(folder)), "strict": False},
    }  # fmt: skip
    file = folder / "lineward.yaml"
    file.write_text(yaml.safe_dump(configuration, sort_keys=False))
    return file


@contextmanager
def upstream(folder: Path) -> Iterator[Server]:
    """Run the provider that all of them ask."""
    with module("upstream", folder / "upstream.log") as server:
        yield server


@contextmanager
def floor(folder: Path, upstream: str) -> Iterator[Server]:
    """Run the bare floor."""
    with module("floor", folder / "floor.log", upstream) as server:
        yield server


@contextmanager
def lineward(folder: Path, upstream: str, body: bytes) -> Iterator[Server]:
    """Run `lineward serve` with everything on, and ask it once."""
    folder.mkdir()
    port = free_port()
    file = write_configuration(folder, upstream, port)
    command = [str(Path(sys.executable).with_name("lineward")), "serve", "--config", str(file)]
    with _asked(command, port, body, folder / "serve.log") as server:
        yield server


def litellm_reason() -> str:
    """Return why LiteLLM's proxy is not measured; empty when it can be."""
    missing = [name for name in ("backoff", "apscheduler", "fastapi_sso") if importlib.util.find_spec(name) is None]
    if not missing:
        return ""
    return f"LiteLLM's proxy is not measured: its proxy extra is not installed ({', '.join(missing)} missing)."


@contextmanager
def litellm(folder: Path, upstream: str, command: str = "") -> Iterator[Server]:
    """Run LiteLLM's proxy (*command*, or the one installed here) with its guards off, and ask it once."""
    folder.mkdir()
    port = free_port()
    parameters = {"model": "openai/bench", "api_base": upstream, "api_key": "none"}
    configuration = {
        "model_list": [{"model_name": name, "litellm_params": parameters} for name in MODELS],
        "general_settings": {"master_key": KEY},
    }
    (folder / "litellm.yaml").write_text(yaml.safe_dump(configuration))
    words = [command or str(Path(sys.executable).with_name("litellm")), "--config", str(folder / "litellm.yaml"),
             "--host", "127.0.0.1", "--port", str(port)]  # fmt: skip
    with _asked(words, port, pasted(stream=False), folder / "litellm.log") as server:
        yield server


@contextmanager
def _asked(command: list[str], port: int, body: bytes, log: Path) -> Iterator[Server]:
    """Run *command*, a server on *port*, and measure how long it takes to its first answer."""
    started = time.perf_counter()
    with running(command, log, {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}) as process:
        first_answer(port, KEY, body, process, log)
        yield Server(process, port, time.perf_counter() - started)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port
