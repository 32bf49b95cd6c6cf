from collections import deque
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

import pytest

from gateway.border import Border, Material
from gateway.dialects.chat import CHAT
from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.documents import Chunk, ChunkState, How, Source
from gateway.domain.errors import BadRequest, GatewayError, PolicyViolation
from gateway.domain.facts import Facts
from gateway.domain.findings import Finding
from gateway.domain.principals import Principal
from gateway.lineage.recorder import Content, Notes, Recorder
from gateway.lineage.writer import Writer
from gateway.policy.loading import parse
from gateway.pseudonyms import Pseudonyms
from gateway.routing import Destination, Routes, Routing
from tests.stores.material import POLICY

PRINCIPAL = Principal("bot", "acme", purposes=("support",), purpose="support")
RULES = """
version: 1
defaults: {unlabelled: internal}
rules:
- {id: refuse, owner: a@example.com, target: chunk, effect: deny, explain: "{chunk.document} never leaves",
   match: {chunk.classification: restricted, dest.self_hosted: false}}
- {id: mails, owner: a@example.com, target: finding, effect: mask, explain: "mail",
   match: {finding.entity: EMAIL_ADDRESS, dest.self_hosted: false}}
- {id: no-streams, owner: a@example.com, target: request, effect: deny, explain: "not streamed",
   match: {request.stream: true, dest.self_hosted: false}}
"""
ROUTING = """
- {id: people-at-home, owner: p@example.com, target: finding, effect: {route: {to: home}}, explain: "{finding.entity}",
   match: {finding.entity: PERSON}}
- {id: people-are-masked, owner: p@example.com, target: finding, effect: mask, explain: "{finding.entity} masked",
   match: {finding.entity: PERSON}}
- {id: web-goes-abroad, owner: p@example.com, target: chunk, effect: {route: {to: abroad}}, explain: "the web",
   match: {chunk.trust: web}}
"""
TEXT = "Why, a@b.io?"
MAIL, PERSON = Finding("EMAIL_ADDRESS", 5, 11, 1.0, "d"), Finding("PERSON", 0, 3, 1.0, "d")


@dataclass(frozen=True)
class Quiet:
    """A provider that nobody asks."""

    name: str
    self_hosted: bool = False
    speaks: frozenset[str] = frozenset({"chat.completions"})

    @property
    def facts(self) -> Facts:
        return Facts(provider=self.name, region="eu", self_hosted=self.self_hosted, zero_retention=True,
                     trains_on_data=False)  # fmt: skip

    async def answer(self, request: ChatRequest, model: str) -> AsyncGenerator[Delta, None]:
        raise AssertionError("asked")
        yield Delta({})

    async def prepare(self) -> None: ...

    async def aclose(self) -> None: ...


OUT, ABROAD, HOME = Quiet("out"), Quiet("abroad"), Quiet("home", self_hosted=True)
ROUTES = Routes(
    {"gpt": [Destination.of(OUT, "gpt"), Destination.of(HOME, "llama")], "llama": [Destination.of(HOME, "llama")]},
    {provider.name: provider for provider in (OUT, ABROAD, HOME)},
)


def chunk(**labels: str) -> Chunk:
    return Chunk(Source("file", "kb"), "a.md", "sha256:00", 0, "the plan", How.DECLARED, labels=Facts(labels), rank=1)


def material(request: ChatRequest, chunks: Sequence[Chunk] = (), findings: Sequence[Finding] = ()) -> Material:
    found = [findings if text.value == TEXT else [] for text in request.texts]
    return Material(request, request.texts, found, chunks, [[] for _ in chunks], [[] for _ in chunks])


def asked(stream: bool = False) -> ChatRequest:
    return CHAT.parse({"model": "gpt", "messages": [{"role": "user", "content": TEXT}], "stream": stream})


class Nothing:
    """A store that nobody writes to."""

    head = None


def routing(rules: str = RULES, *, request: ChatRequest | None = None, routes: Routes = ROUTES) -> Routing:
    request = request or asked()
    policies = parse({"p.yaml": rules}).policies
    run = Recorder(Writer(Nothing()), request, PRINCIPAL, Content.MASKED, POLICY)
    border = Border(policies, PRINCIPAL.facts, "acme", Facts(), Notes(), Pseudonyms())
    return Routing(request, routes, border, run, deque(routes.models[request.model]))


def outcomes(on_the_way: Routing) -> list[tuple[str, str, str]]:
    rules = [one.decision.winner.rule if one.decision else "" for one in on_the_way.run.attempts]
    return [(one.provider, one.outcome, rule) for one, rule in zip(on_the_way.run.attempts, rules, strict=True)]


def test_the_first_destination_that_policies_allow_is_taken_and_judges_nothing_beyond_it():
    on_the_way = routing()
    on_the_way.open()

    crossing = on_the_way.cross(material(asked(), [chunk()], [MAIL]))

    assert crossing.destination.name == ("out", "gpt")
    assert [one.name for one in crossing.rest] == [("home", "llama")]
    assert "a@b.io" not in str(crossing.prompt.raw)
    assert on_the_way.run.attempts == []
    assert on_the_way.run.prompt is crossing.border.notes


def test_a_forbidden_destination_is_passed_over_with_its_decision_and_the_next_gets_the_prompt_as_wanted_there():
    on_the_way = routing()
    on_the_way.open()

    crossing = on_the_way.cross(material(asked(), [chunk(classification="restricted")], [MAIL]))

    assert crossing.destination.name == ("home", "llama")
    assert "a@b.io" in str(crossing.prompt.raw)
    assert "the plan" in str(crossing.prompt.raw)
    assert outcomes(on_the_way) == [("out", "forbidden", "refuse")]
    assert [edge.state for edge in on_the_way.run.prompt.edges] == [ChunkState.SENT]


def test_a_request_that_the_first_may_not_be_made_goes_to_the_next_before_any_document_is_looked_for():
    on_the_way = routing(request=asked(stream=True))

    on_the_way.open()

    assert outcomes(on_the_way) == [("out", "forbidden", "no-streams")]
    assert on_the_way.cross(material(asked())).destination.name == ("home", "llama")


def test_when_none_may_have_it_the_first_refusal_is_told_and_recorded():
    rules = RULES.replace(", dest.self_hosted: false", "")
    on_the_way = routing(rules, request=asked(stream=True))

    with pytest.raises(PolicyViolation, match="not streamed"):
        on_the_way.open()

    assert outcomes(on_the_way) == [("out", "forbidden", "no-streams"), ("home", "forbidden", "no-streams")]
    assert [decision.winner.rule for decision in on_the_way.run.prompt.decisions] == ["no-streams"]


def test_a_rule_routes_to_a_provider_and_what_else_holds_there_holds():
    on_the_way = routing(RULES + ROUTING)
    on_the_way.open()

    crossing = on_the_way.cross(material(asked(), [], [PERSON]))

    assert crossing.destination.name == ("home", "gpt")
    assert "<PERSON>" in str(crossing.prompt.raw)
    assert outcomes(on_the_way) == [("out", "routed", "people-at-home")]
    assert on_the_way.run.decision == "routed,masked"


def test_a_rule_that_routes_to_where_the_request_is_has_nothing_to_ask():
    on_the_way = routing(RULES + ROUTING.replace("to: home", "to: gpt"))
    on_the_way.open()

    crossing = on_the_way.cross(material(asked(), [], [PERSON]))

    assert crossing.destination.name == ("out", "gpt")
    assert on_the_way.run.attempts == []


def test_of_several_rules_that_route_the_first_by_id_is_followed_and_its_place_is_judged_too():
    on_the_way = routing(RULES + ROUTING.replace("id: web-goes-abroad", "id: a-web-goes-abroad"))
    on_the_way.open()

    with pytest.raises(PolicyViolation, match="'abroad', which cannot be asked here") as caught:
        on_the_way.cross(material(asked(), [chunk(trust="web")], [PERSON]))

    assert outcomes(on_the_way) == [
        ("out", "routed", "a-web-goes-abroad"),
        ("abroad", "routed", "people-at-home"),
        ("home", "routed", "a-web-goes-abroad"),
    ]
    assert [rule.id for rule in caught.value.rules] == ["a-web-goes-abroad"]


def test_what_a_rule_routes_to_is_refused_like_any_other_destination():
    on_the_way = routing(RULES + ROUTING.replace("to: home", "to: abroad"))
    on_the_way.open()

    with pytest.raises(PolicyViolation, match=r"a\.md never leaves \(rule refuse, ask a@example\.com\)"):
        on_the_way.cross(material(asked(), [chunk(classification="restricted")], [PERSON]))

    assert outcomes(on_the_way) == [("out", "routed", "people-at-home"), ("abroad", "forbidden", "refuse")]


def test_a_rule_that_routes_to_what_cannot_be_asked_refuses():
    on_the_way = routing(RULES + ROUTING, routes=Routes({"gpt": [Destination.of(OUT, "gpt")]}))
    on_the_way.open()

    with pytest.raises(PolicyViolation, match="only be answered by 'home', which cannot be asked here") as caught:
        on_the_way.cross(material(asked(), [], [PERSON]))

    assert [(rule.id, rule.owner) for rule in caught.value.rules] == [("people-at-home", "p@example.com")]


def test_a_destination_that_does_not_speak_the_dialect_is_passed_over():
    mute = Destination.of(Quiet("mute", speaks=frozenset()), "m")
    on_the_way = routing(routes=Routes({"gpt": [mute, *ROUTES.models["gpt"]]}))

    on_the_way.open()

    assert outcomes(on_the_way) == [("mute", "forbidden", "")]
    with pytest.raises(BadRequest, match="Provider 'mute' does not answer"):
        routing(routes=Routes({"gpt": [mute]})).open()


@pytest.mark.parametrize(
    ("first", "then", "chunks", "findings", "reason"),
    [
        ("out", HOME, [], [MAIL], ""),  # it asks for less: what is masked may go there
        ("home", OUT, [], [MAIL], "The policies ask for other masking or fewer documents at out."),
        ("home", OUT, [chunk(classification="restricted")], [], "a.md never leaves (rule refuse, ask a@example.com)."),
        ("out", ABROAD, [], [MAIL], ""),  # it asks for the same
    ],
)
def test_a_fallback_after_a_failure_gets_the_very_prompt_that_was_recorded_or_nothing(
    first: str, then: Quiet, chunks: Sequence[Chunk], findings: Sequence[Finding], reason: str
):
    routes = Routes({"gpt": [Destination.of(ROUTES.providers[first], "m")]})
    on_the_way = routing(routes=routes)
    on_the_way.open()
    given = material(asked(), chunks, findings)
    crossing = on_the_way.cross(given)

    border = on_the_way.forbidden(Destination.of(then, "m"), given, crossing.prompt)

    assert (border.message if isinstance(border, GatewayError) else "") == reason


@pytest.mark.parametrize(("effect", "passes"), [("cite", False), ("fence", False), ("flag", True)])
def test_a_fallback_that_is_owed_more_is_passed_over(effect: str, passes: bool):
    rule = f"{{id: more, target: chunk, effect: {effect}, match: {{dest.provider: abroad}}}}"
    on_the_way = routing(f"{RULES}- {rule}\n")
    on_the_way.open()
    given = material(asked(), [chunk()])
    crossing = on_the_way.cross(given)

    border = on_the_way.forbidden(Destination.of(ABROAD, "m"), given, crossing.prompt)

    assert isinstance(border, Border) == passes


def test_a_fallback_that_a_rule_routes_away_is_passed_over():
    rules = RULES + ROUTING.replace("match: {finding.entity: PERSON}", "match: {dest.provider: abroad}")
    on_the_way = routing(rules)
    on_the_way.open()
    given = material(asked(), [], [PERSON])
    crossing = on_the_way.cross(given)

    border = on_the_way.forbidden(Destination.of(ABROAD, "m"), given, crossing.prompt)

    assert isinstance(border, PolicyViolation)
    assert crossing.destination.name == ("out", "gpt")
