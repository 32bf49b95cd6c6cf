from collections.abc import Sequence
from dataclasses import replace

import pytest

from gateway.border import Border, Material
from gateway.crediting import Credit
from gateway.dialects.chat import CHAT
from gateway.dialects.completions import COMPLETIONS
from gateway.dialects.fields import HERE
from gateway.dialects.fields import parse as parse_fields
from gateway.dialects.messages import MESSAGES
from gateway.dialects.responses import RESPONSES
from gateway.domain.chat import Cites
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.facts import Facts
from gateway.domain.findings import Finding
from gateway.domain.principals import Principal
from gateway.lineage.recorder import Content, Notes, Recorder
from gateway.obligations import Obligations, in_annotations, wants_json
from gateway.policy.loading import parse
from gateway.pseudonyms import Pseudonyms

RULES = """
version: 1
defaults: {unlabelled: internal}
rules:
- {id: credit, owner: o@x, target: chunk, match: {chunk.license: CC-BY-4.0}, effect: cite, explain: "credit"}
- {id: mails, owner: o@x, target: finding, match: {finding.entity: EMAIL_ADDRESS}, effect: mask, explain: "mail"}
- {id: apart, owner: o@x, target: chunk, match: {chunk.classification: restricted}, effect: drop_chunk, explain: "no"}
"""
OF_ALL = """
- {id: all, owner: o@x, target: response, match: {response.trust: web}, effect: cite, explain: "all"}
"""
DEST = Facts(provider="p", model="m", region="us", self_hosted=False, zero_retention=True, trains_on_data=False)
WHO = Principal("bot", "acme", purposes=("support",), purpose="support")
REQUEST = CHAT.parse({"model": "m", "messages": [{"role": "user", "content": "Why?"}]})


class Writer:
    healthy = True


def chunk(name: str, license: str = "", how: How = How.RETRIEVED, url: str | None = None, **labels: str) -> Chunk:
    given = {**labels, "license": license} if license else labels
    return Chunk(
        Source("s", "x"), name, "sha256:00", 0, f"All of {name}.", how, title=name, url=url, labels=Facts(given)
    )


async def find(texts: Sequence[str]) -> list[list[Finding]]:
    found = [(text.find("a@b.io"), text) for text in texts]
    return [[Finding("EMAIL_ADDRESS", at, at + 6, 1.0, "p")] if at >= 0 else [] for at, text in found]


async def obligations(*chunks: Chunk, rules: str = RULES) -> tuple[Obligations, Recorder]:
    run = Recorder(Writer(), REQUEST, WHO, Content.MASKED, "")
    border = Border(parse({"rules.yaml": rules}).policies, WHO.facts, "acme", DEST, Notes(), Pseudonyms())
    run.prompt = border.notes
    inside, above = await find([one.text for one in chunks]), await find([one.heading for one in chunks])
    texts = [[] for _ in REQUEST.texts]
    border.prompt(Material(REQUEST, REQUEST.texts, texts, chunks, inside, above))
    return await Obligations.of(run, border, find), run


async def test_what_was_sent_under_such_a_licence_is_owed_credit():
    owing, run = await obligations(
        chunk("Returns", "CC-BY-4.0", url="https://kb.example/r"), chunk("Prices", "MIT"),
        chunk("Plan", "CC-BY-4.0", classification="restricted"), chunk("Old", "CC-BY-4.0", How.INHERITED),
    )  # fmt: skip

    assert owing and run.decision == "dropped:1"
    assert owing.owed() == [Credit("Returns", "CC-BY-4.0", "https://kb.example/r")]
    assert run.decision == "dropped:1,cited:1"
    told = [one.get("credit") if one.get("cited") else None for one in run.lineage["chunks"]]
    assert told == ["Returns (CC-BY-4.0) https://kb.example/r", None, None, None]


async def test_a_masked_chunk_is_still_owed_credit_and_the_record_names_both_rules():
    owing, run = await obligations(replace(chunk("Returns", "CC-BY-4.0"), text="a@b.io says"))

    assert [one.title for one in owing.owed()] == ["Returns"]
    assert [hit.rule for hit in run.prompt.edges[0].decision.hits] == ["mails", "credit"]


async def test_what_is_masked_in_a_title_stays_masked_and_an_address_with_it_is_not_told():
    owing, _ = await obligations(chunk("By a@b.io", "CC-BY-4.0", url="https://kb.example/a@b.io"))

    assert owing.owed() == [Credit("By EMAIL_ADDRESS", "CC-BY-4.0", "")]


@pytest.mark.parametrize(("trust", "names"), [("web", ["A", "B"]), ("internal", ["A"])])
async def test_a_rule_about_the_answer_owes_credit_to_everything_that_was_sent(trust, names):
    owing, _ = await obligations(chunk("A", "CC-BY-4.0"), chunk("B", trust=trust), rules=RULES + OF_ALL)

    assert [one.title for one in owing.owed()] == names
    assert [one.title for one in owing.chunks()] == [f"{name} (CC-BY-4.0)" if name == "A" else name for name in names]


async def test_without_such_a_rule_nothing_is_looked_at():
    owing, _ = await obligations(chunk("A", "CC-BY-4.0"), rules=RULES.replace("effect: cite", "effect: flag"))

    assert not owing and owing.owed() == []


JSON_FORMAT = {"type": "json_schema", "json_schema": {}}


@pytest.mark.parametrize(
    ("dialect", "more", "beside"),
    [
        (CHAT, {}, False),
        (CHAT, {"documents": ["x"]}, True),
        (CHAT, {"response_format": JSON_FORMAT}, True),
        (CHAT, {"response_format": {"type": "text"}}, False),
        (RESPONSES, {"text": {"format": JSON_FORMAT}}, True),
        (RESPONSES, {"text": {"verbosity": "low"}}, False),
        (MESSAGES, {"documents": ["x"]}, False),
        (COMPLETIONS, {"documents": ["x"]}, False),
    ],
)
def test_names_stand_beside_the_text_where_the_caller_expects_them_or_the_text_is_json(dialect, more, beside):
    request = parse_fields({"model": "m", **more}, dialect, HERE)

    assert in_annotations(request) is beside
    assert (Cites.ANNOTATIONS in request.cites) is ("documents" in more)


@pytest.mark.parametrize(
    ("dialect", "more", "json"),
    [
        (CHAT, {"response_format": JSON_FORMAT}, True),
        (COMPLETIONS, {"response_format": {"type": "json_object"}}, True),
        (COMPLETIONS, {"guided_json": {"type": "object"}}, True),
        (COMPLETIONS, {"structured_outputs": {"json": {"type": "object"}}}, True),
        (COMPLETIONS, {"response_format": {"type": "text"}, "structured_outputs": {"choice": ["a"]}}, False),
        (RESPONSES, {"text": {"format": JSON_FORMAT}}, True),
        (MESSAGES, {"output_config": {"format": {"type": "json_schema", "schema": {}}}}, True),
        (MESSAGES, {"output_format": {"type": "json_schema", "schema": {}}}, True),
        (MESSAGES, {"output_config": {"effort": "low"}}, False),
        (MESSAGES, {"output_config": 7, "response_format": "json"}, False),
    ],
)
def test_each_dialect_has_its_way_to_ask_for_json(dialect, more, json):
    assert wants_json(parse_fields({"model": "m", **more}, dialect, HERE)) is json
