from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.decisions import Target
from gateway.domain.documents import How
from gateway.domain.findings import Where
from gateway.policy.backtest import Backtest
from gateway.policy.loading import parse
from gateway.policy.pairs import Pair, ruled_alike
from gateway.policy.replaying import Replay
from tests.recorded import INSIDE, OUTSIDE, chunk, found, recorded

RULES = (
    "{id: idle, target: request, match: {request.model: none}, effect: flag}",
    "{id: idle, target: request, match: {request.model: gpt}, effect: flag}",
    "{id: keep, target: chunk, match: {chunk.classification: confidential, dest.self_hosted: false},"
    " effect: drop_chunk}",
    "{id: keep, target: chunk, match: {chunk.classification: confidential}, effect: flag}",
    "{id: home, target: chunk, match: {chunk.classification: restricted, dest.self_hosted: false},"
    " effect: {route: {to: house}}}",
    "{id: deny, target: prompt, match: {prompt.classification: restricted, dest.self_hosted: false}, effect: deny}",
    "{id: deny, target: prompt, match: {prompt.chunks: {gt: 1}}, effect: flag}",
    "{id: mask, target: finding, match: {finding.entity: EMAIL_ADDRESS}, effect: mask}",
    "{id: card, target: finding, match: {finding.entity: CREDIT_CARD, finding.where: chunk}, effect: drop_chunk}",
    "{id: tool, target: tool_call, match: {tool_call.classification: confidential}, effect: deny}",
    "{id: back, target: response, match: {response.entities: {contains: CREDIT_CARD}}, effect: deny}",
)


def policies(rules, unlabelled="internal"):
    """Return the set of *rules*; of those with the same id the first."""
    named = {rule.partition(",")[0]: rule for rule in reversed(rules)}
    lines = "".join(f"\n- {rule}" for rule in named.values())
    return parse({"p.yaml": f"version: 1\ndefaults: {{unlabelled: {unlabelled}}}\nrules:{lines or ' []'}\n"}).policies


SETS = st.lists(st.sampled_from(RULES), min_size=1, unique=True).map(policies)
CHUNKS = st.builds(
    chunk,
    st.sampled_from(["a.md", "b.md"]),
    how=st.sampled_from([How.RETRIEVED, How.INHERITED]),
    classification=st.sampled_from(["internal", "confidential", "restricted"]),
)
ENTITIES = st.sampled_from(["EMAIL_ADDRESS", "CREDIT_CARD"])
FINDINGS = st.lists(
    st.builds(found, ENTITIES) | st.builds(found, ENTITIES, st.just(Where.CHUNK), st.just("a.md"), st.just("chunk")),
    max_size=2,
)
RESPONSES = st.builds(
    lambda chunks, **more: recorded(*chunks, **more),
    st.lists(CHUNKS, max_size=3),
    findings=FINDINGS,
    answer=st.lists(st.builds(found, ENTITIES, st.just(Where.RESPONSE), carrier=st.just("answer")), max_size=1),
    tools=st.sampled_from([(), ("look_up",)]),
    answered=st.sampled_from(["openai", "house", ""]),
    destinations=st.sampled_from([(OUTSIDE,), (OUTSIDE, INSIDE), (INSIDE, OUTSIDE)]),
)


def effects(verdict):
    told = {subject: ruling.effect for subject, ruling in verdict.rulings.items()}
    return told, verdict.dropped, verdict.refused


@given(SETS, SETS, RESPONSES)
def test_a_pair_decides_as_the_first_set_and_if_it_sees_no_difference_the_second_decides_so_too(one, other, response):
    replay, pair = Replay(response), Pair(one, other, ruled_alike(one, other))

    judged = replay.judged(pair, replay.went)

    assert judged == replay.judged(one, replay.went)
    if not pair.differ:
        assert effects(replay.judged(other, replay.went)) == effects(judged)


@given(SETS, SETS, RESPONSES)
def test_a_back_test_reports_what_it_would_without_looking_for_differences_first(one, other, response):
    trial, plain = (kind(other, lambda _: (one, True)) for kind in (Backtest, Plain))
    trial.take([response])
    plain.take([response])

    assert trial.report == plain.report


class Plain(Backtest):
    """Judges every response with both sets, at every destination."""

    def _settled(self, pair, replay, before):
        return False


def test_sets_are_alike_about_targets_whose_rules_are_the_same_in_any_order():
    one, other = policies(RULES), policies([RULES[1], *RULES[:0:-1]])

    assert ruled_alike(one, one) == frozenset(Target)
    assert ruled_alike(one, other) == frozenset(Target) - {Target.REQUEST, Target.CHUNK, Target.PROMPT}
    assert ruled_alike(one, policies(RULES, "public")) == frozenset()
    assert ruled_alike(parse({}).policies, policies(RULES[:1])) == frozenset()
