"""The public benchmark for gateways that keep personal data from providers, pii-leak-benchmark, on the real gateway.

Its capture stands where the provider would: it reads what the gateway sends, echoes it, and adds values of its own,
whole and cut over events, plain and percent-encoded, in the content and in fields that no schema knows.
"""

import ast
import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openai import AsyncOpenAI
from pii_leak_benchmark.fide_emitter import run_fide_policy
from pii_leak_benchmark.http_profile import run_http_conformance
from pii_leak_benchmark.partial_emission import run_partial_emission
from pii_leak_benchmark.v2_emitter import load_schema, run_policy

from tests.journeys.house import APP_KEY, House, serving
from tests.journeys.upstream import Upstream, streamed

SEEDS = [f"{number:016x}" for number in range(1, 13)]


@pytest.fixture(scope="module", autouse=True)
def one_syntax_tree_at_a_time() -> Iterator[None]:
    """CPython 3.11 raises SystemError when two threads make syntax trees at once, as the benchmark's runs do.

    See https://github.com/python/cpython/issues/106905.
    """
    turn, parse = threading.Lock(), ast.parse

    def in_turn(*arguments: Any, **options: Any) -> ast.AST:
        with turn:
            return parse(*arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ast, "parse", in_turn)
        yield


RULES = """
version: 1
rules:
- id: values-leave-as-tokens
  owner: privacy@example.com
  target: finding
  match: {finding.where: {in: [prompt, chunk]}}
  effect: pseudonymise
  explain: "{finding.entity} found"
- id: models-give-out-no-values
  owner: privacy@example.com
  target: finding
  match: {finding.where: {in: [response, tool_call]}}
  effect: mask
  explain: "{finding.entity} found"
"""


SPLITS = "exhaustive-2-part"
"""Cuts each value everywhere instead of in the middle."""

Run = Callable[..., tuple[dict, dict] | dict]


@dataclass(frozen=True)
class Capture:
    """Where one run of the benchmark listens in the place of a provider."""

    port: int

    @property
    def name(self) -> str:
        return f"captured-{self.port}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


def captures(number: int) -> list[Capture]:
    with ExitStack() as stack:
        free = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in free:
            one.bind(("127.0.0.1", 0))
        return [Capture(one.getsockname()[1]) for one in free]


def provider(name: str, url: str) -> dict:
    return {
        "name": name,
        "kind": "openai",
        "base_url": url,
        "api_key": "${UPSTREAM_KEY}",
        "self_hosted": False,
        "retries": 0,
    }


@contextmanager
def guarded(folder: Path, upstreams: Mapping[str, Upstream | Capture]) -> Iterator[House]:
    """A gateway that turns all values into tokens, with a model for each of *upstreams*."""
    (folder / "tokens").mkdir()
    (folder / "tokens" / "rules.yaml").write_text(RULES)
    changes = {
        "providers": [provider(name, upstream.url) for name, upstream in upstreams.items()],
        "models": [{"name": name, "provider": name} for name in upstreams],
        "policies": {"path": f"{folder}/tokens", "strict": False},
    }
    with serving(folder, next(iter(upstreams.values())), **changes) as house:
        yield house


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future]]:
    """Every run of the benchmark by name. They wait more than they work, so they run together."""
    runs: dict[str, Run] = {seed: partial(run_policy, "lineward", seed=seed) for seed in SEEDS}
    runs["cut everywhere"] = partial(run_policy, "lineward", seed=SEEDS[0], oracle=SPLITS)
    runs["parts of values"] = partial(run_partial_emission, "lineward", seed=SEEDS[0])
    runs["secrets"] = partial(run_fide_policy, "lineward", seed=SEEDS[0])
    places = captures(len(runs) + 1)
    with (
        guarded(tmp_path_factory.mktemp("measured"), {place.name: place for place in places}) as house,
        pytest.MonkeyPatch.context() as environment,
        ThreadPoolExecutor(len(places)) as pool,
    ):
        environment.setenv("V2_GATEWAY_TOKEN", APP_KEY)
        url = f"{house.url}/v1/chat/completions"
        found = {
            name: pool.submit(run, gateway_url=url, upstream_port=place.port, model=place.name)
            for (name, run), place in zip(runs.items(), places, strict=False)
        }
        found["first profile"] = pool.submit(
            run_http_conformance, f"{house.url}/v1", api_key=APP_KEY, model=places[-1].name,
            capture_port=places[-1].port, include_credentials=True,
        )  # fmt: skip
        yield found


def told(report: dict) -> dict:
    """Return what *report* says against the gateway, small enough to be read in a failure."""
    metrics, boundary = report["metrics"], report["checks"]["configured_upstream_boundary"]
    return {name: metrics[name] for name in ("leak_rate", "fidelity_rate", "cases_applicable", "cases_attempted")} | {
        "sent": boundary["leaked_entity_types"]
    }


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_no_value_leaves_and_every_value_comes_back(reports, seed):
    report, summary = reports[seed].result()

    assert (summary["fidelity_rate"], summary["leak_single_chunk"], summary["leak_adversarial"]) == (1, 0, 0), told(
        report
    )
    assert summary["delta_frag"] == 0
    assert summary["cases_applicable"] == summary["cases_attempted"]
    assert [name for name, check in report["checks"].items() if not check.get("passed", True)] == []
    assert report["passed"]


@pytest.mark.slow
def test_the_report_has_the_form_in_which_it_may_be_published(reports):
    report, _ = reports[SEEDS[0]].result()

    assert list(Draft202012Validator(load_schema(None)).iter_errors(report)) == []


@pytest.mark.slow
def test_no_cut_of_a_value_in_two_lets_it_through(reports):
    report, summary = reports["cut everywhere"].result()

    assert (summary["fidelity_rate"], summary["leak_adversarial"]) == (1, 0), told(report)


@pytest.mark.slow
def test_no_part_of_a_value_comes_out_before_its_mask(reports):
    report = reports["parts of values"].result()

    assert report["metrics"]["partial_emission_rate"]["overall"] == 0
    assert report["metrics"]["cases_applicable"] > 0


@pytest.mark.slow
def test_keys_are_held_back_like_personal_data(reports):
    report, summary = reports["secrets"].result()

    assert (summary["fidelity_rate"], summary["leak_single_chunk"], summary["leak_adversarial"]) == (1, 0, 0), told(
        report
    )


@pytest.mark.slow
def test_the_first_profile_passes_with_credentials_too(reports):
    report = reports["first profile"].result()

    assert [(name, check) for name, check in report["checks"].items() if not check["passed"]] == []
    assert report["passed"]


def test_a_stream_stays_a_stream_while_values_come_back(tmp_path):
    """Each word comes as soon as the next one begins; nothing waits for the end."""
    with Upstream() as upstream, guarded(tmp_path, {"gpt": upstream}) as house:
        upstream.says = [streamed("Dear ", "<EMAIL_", "ADDRESS", "_1>", ", it ", "is ", "done ", "now.", pause=0.05)]
        answer = house.client.chat.completions.create(
            model="gpt", stream=True, messages=[{"role": "user", "content": "Write to ada@example.com"}]
        )
        arrived = [(upstream.sent, event.choices[0].delta.content or "") for event in answer if event.choices]

    assert "".join(text for _, text in arrived) == "Dear ada@example.com, it is done now."
    assert "ada@example.com" not in json.dumps(upstream.requests)
    assert next(sent for sent, text in arrived if text == "Dear ") <= 4
    assert next(sent for sent, text in arrived if "ada" in text) <= 7
    assert b"ada@example.com" not in b"".join(path.read_bytes() for path in house.folder.glob("lineward.db*"))


async def test_two_requests_at_once_never_see_each_other_s_values(tmp_path):
    """The upstream sends the same token to all; each caller gets his own value for it."""
    with Upstream() as upstream, guarded(tmp_path, {"gpt": upstream}) as house:
        upstream.says = [streamed("Dear ", "<EMAIL_ADDRESS_1>", " and ", "<EMAIL_ADDRESS_2>", ".", pause=0.02)]

        async def ask(number: int) -> str:
            async with client.chat.completions.stream(
                model="gpt", messages=[{"role": "user", "content": f"Write to person{number}@example.com"}]
            ) as stream:
                return (await stream.get_final_completion()).choices[0].message.content

        async with AsyncOpenAI(base_url=f"{house.url}/v1", api_key=APP_KEY, max_retries=0) as client:
            answers = await asyncio.gather(*(ask(number) for number in range(12)))

    assert answers == [f"Dear person{number}@example.com and <EMAIL_ADDRESS_2>." for number in range(12)]
