import asyncio
from collections.abc import AsyncGenerator

import pytest

from gateway.answers import AnswerBorder
from gateway.border import Border
from gateway.domain.chat import Delta
from gateway.domain.decisions import Effect
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.errors import PolicyViolation
from gateway.domain.facts import Facts
from gateway.domain.findings import Finding, Where
from gateway.lineage.recorder import Notes
from gateway.policy.loading import parse
from gateway.pseudonyms import Pseudonyms

HEAD = """
version: 1
defaults: {unlabelled: internal}
rules:
- {id: any, target: chunk, match: {chunk.trust: web}, effect: flag}
"""
DEST = Facts(provider="p", model="m", region="us", self_hosted=False, zero_retention=True, trains_on_data=False)
USER = Facts(application="a", tenant="acme", end_user="", groups=(), purpose="support", roles=())
MAIL, CARD = Finding("EMAIL_ADDRESS", 0, 6, 1.0, "p"), Finding("CREDIT_CARD", 9, 20, 1.0, "p")
WEB = Chunk(Source("web", "x"), "page", "sha256:00", 0, "t", How.DECLARED, labels=Facts(trust="web"))
HR = Chunk(Source("hr", "x"), "pay", "sha256:00", 0, "t", How.INHERITED, labels=Facts(classification="confidential"))


def answer(rules: str, *chunks: Chunk) -> AnswerBorder:
    policies = parse({"rules.yaml": HEAD + rules}).policies
    border = Border(policies, USER, "acme", DEST, Notes(), Pseudonyms())
    return AnswerBorder(lambda: border, chunks, Notes())


def rule(target: str, match: str, effect: str) -> str:
    about = f"target: {target}, match: {{{match}}}, effect: {effect}"
    return f'- {{id: it, owner: o@x, {about}, explain: "no, {{dest.provider}}"}}\n'


def found(border: AnswerBorder, finding: Finding, where: Where = Where.RESPONSE, place: str = "choices[0]") -> Effect:
    return border.finding(finding, where, place).effect


def test_nothing_is_asked_that_no_rule_speaks_of():
    border = answer("", WEB)

    assert found(border, MAIL) is Effect.ALLOW
    assert (border.hears_calls, border.reads_findings) == (False, False)


@pytest.mark.parametrize(("chunks", "effect"), [((WEB,), Effect.MASK), ((HR,), Effect.ALLOW), ((HR, WEB), Effect.MASK)])
def test_a_masked_answer_loses_every_finding_if_its_context_is_so(chunks, effect):
    border = answer(rule("response", "response.trust: web", "mask"), *chunks)

    assert found(border, MAIL) is effect
    assert found(border, MAIL, Where.TOOL_CALL) is effect


def test_the_strictest_of_finding_and_answer_holds():
    strict = answer(
        rule("response", "response.trust: web", "hash")
        + rule("finding", "finding.entity: CREDIT_CARD", "mask").replace("id: it", "id: card"),
        WEB,
    )

    assert (found(strict, MAIL), found(strict, CARD)) == (Effect.HASH, Effect.MASK)


def test_an_answer_is_judged_again_by_each_kind_of_thing_that_is_found_in_it():
    border = answer(rule("response", "response.entities: {contains: CREDIT_CARD}", "deny"))
    assert found(border, MAIL) is Effect.ALLOW

    with pytest.raises(PolicyViolation) as caught:
        border.finding(CARD, Where.RESPONSE, "choices[0]")

    assert caught.value.message == "no, p (rule it, ask o@x)."
    assert caught.value.findings == (("CREDIT_CARD", 1), ("EMAIL_ADDRESS", 1))


def test_a_call_is_judged_by_its_name_and_by_what_fed_the_answer():
    rules = rule("tool_call", "tool_call.trust: web, tool_call.name: send", "deny")

    answer(rules, HR).call("send", "choices[0]")
    answer(rules, WEB).call("look_up", "choices[0]")
    with pytest.raises(PolicyViolation) as caught:
        answer(rules, WEB).call("send", "choices[0].message.tool_calls[0]")

    assert caught.value.param == "choices[0].message.tool_calls[0]"


def test_what_a_masked_call_asks_for_loses_every_finding_and_other_calls_do_not():
    border = answer(rule("tool_call", "tool_call.name: send", "mask"))
    border.call("send", "choices[0].message.tool_calls[1]")
    border.call("save", "choices[0].message.tool_calls[10]")

    places = {n: f"choices[0].message.tool_calls[{n}].function.arguments" for n in (1, 10)}
    assert found(border, MAIL, Where.TOOL_CALL, places[1]) is Effect.MASK
    assert found(border, MAIL, Where.TOOL_CALL, places[10]) is Effect.ALLOW
    assert found(border, MAIL) is Effect.ALLOW


def test_a_finding_can_be_judged_by_what_fed_the_answer():
    rules = rule("finding", "finding.entity: LINK, finding.trust: web, finding.host: {not_in: [acme.example]}", "mask")
    link = Finding("LINK", 0, 9, 1.0, "links-1", "evil.example")

    assert found(answer(rules, WEB), link) is Effect.MASK
    assert found(answer(rules, HR), link) is Effect.ALLOW
    assert found(answer(rules, WEB), Finding("LINK", 0, 9, 1.0, "links-1", "acme.example")) is Effect.ALLOW


def test_what_is_missing_in_an_answer_is_judged_before_it_ends():
    """Such a rule holds of no part of it, only of the whole."""
    border = answer(
        rule("response", "response.chunks: {gte: 0}", "deny").replace(
            "effect", "when: 'size(response.entities) == 0', effect"
        )
    )
    came: list[str] = []

    async def deltas() -> AsyncGenerator[Delta, None]:
        for text, finish in (("a", None), ("b", "stop")):
            yield Delta({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]})

    async def run() -> None:
        async for delta in border.whole(deltas()):
            came.extend([choice["delta"]["content"] for choice in delta.raw["choices"]])

    with pytest.raises(PolicyViolation):
        asyncio.run(run())
    assert came == ["a"]
