from dataclasses import replace

import pytest

from gateway.domain.decisions import Effect, Target
from gateway.domain.documents import How
from gateway.domain.findings import Where
from gateway.domain.runs import Attempt
from gateway.policy.loading import parse
from gateway.policy.replaying import Replay
from tests.recorded import INSIDE, OUTSIDE, chunk, found, recorded

RULES = """
version: 1
defaults: {unlabelled: internal}
rules:
- {id: dropped, target: chunk, match: {chunk.classification: confidential, dest.self_hosted: false}, effect: drop_chunk}
- {id: denied, target: chunk, match: {chunk.classification: restricted}, effect: deny}
- {id: no-key, target: finding, match: {finding.entity: OPENAI_API_KEY, finding.where: {in: [prompt, response]}},
   effect: deny}
- {id: no-card, target: finding, match: {finding.entity: CREDIT_CARD, finding.where: chunk}, effect: drop_chunk}
- {id: masked, target: finding, match: {finding.entity: EMAIL_ADDRESS, finding.carrier: user}, effect: mask}
- {id: no-web, target: prompt, match: {prompt.trust: web}, effect: deny}
- {id: no-mail, target: tool_call, match: {tool_call.name: send_mail, tool_call.classification: confidential},
   effect: deny}
- {id: no-names, target: finding, match: {finding.entity: PERSON, finding.trust: user_upload}, effect: mask}
- {id: no-cards-back, target: response, match: {response.entities: {contains: CREDIT_CARD}}, effect: deny}
"""
POLICIES = parse({"p.yaml": RULES}).policies


def verdict(one, dest=None):
    replay = Replay(one)
    return replay.judged(POLICIES, dest or replay.went)


def effects(one, dest=None):
    return {(s.target, s.about): (r.effect, r.rule) for s, r in verdict(one, dest).rulings.items()}


def test_every_use_of_a_response_is_asked_about():
    asked = effects(recorded(chunk(), findings=[found()], answer=[found(where=Where.RESPONSE)], tools=["look_up"]))

    assert asked == {
        (Target.REQUEST, ""): (Effect.ALLOW, ""),
        (Target.CHUNK, "a.md"): (Effect.ALLOW, ""),
        (Target.PROMPT, ""): (Effect.ALLOW, ""),
        (Target.FINDING, "EMAIL_ADDRESS"): (Effect.MASK, "masked"),
        (Target.RESPONSE, ""): (Effect.ALLOW, ""),
        (Target.TOOL_CALL, "look_up"): (Effect.ALLOW, ""),
    }


@pytest.mark.parametrize(("dest", "dropped"), [(OUTSIDE, 1), (INSIDE, 0)])
def test_a_chunk_is_judged_for_the_destination(dest, dropped):
    judged = verdict(recorded(chunk(classification="confidential"), chunk("b.md")), dest)

    assert (len(judged.dropped), judged.refused) == (dropped, None)


@pytest.mark.parametrize(
    ("one", "rule"),
    [
        (recorded(chunk(classification="restricted")), "denied"),
        (recorded(chunk(classification="confidential", how=How.INHERITED)), "dropped"),
        (recorded(findings=[found("OPENAI_API_KEY")]), "no-key"),
        (recorded(answer=[found("OPENAI_API_KEY", Where.RESPONSE, carrier="answer")]), "no-key"),
        (recorded(chunk(trust="web")), "no-web"),
        (recorded(answer=[found("CREDIT_CARD", Where.RESPONSE)]), "no-cards-back"),
    ],
)
def test_the_journey_ends_where_it_is_refused(one, rule):
    judged = verdict(one)

    assert judged.rulings[judged.refused].rule == rule


def test_a_pasted_chunk_can_be_left_out_and_one_that_only_took_part_cannot():
    pasted = recorded(chunk(classification="confidential", how=How.RECOGNISED, path=("messages", 0, "content")))

    assert verdict(pasted).refused is None and len(verdict(pasted).dropped) == 1


def test_a_finding_in_a_document_drops_it_and_says_why():
    one = recorded(chunk(), chunk("b.md"), findings=[found("CREDIT_CARD", Where.CHUNK, "a.md", "chunk")])

    (dropped,) = verdict(one).dropped
    assert (dropped.about, verdict(one).rulings[dropped].rule) == ("a.md", "no-card")


def test_a_chunk_that_is_left_out_hands_no_label_on():
    kept = recorded(chunk(classification="confidential"), tools=["send_mail"], destinations=(INSIDE,), answered="house")
    dropped = recorded(chunk(classification="confidential"), tools=["send_mail"])

    assert effects(kept)[Target.TOOL_CALL, "send_mail"] == (Effect.DENY, "no-mail")
    assert effects(dropped)[Target.TOOL_CALL, "send_mail"] == (Effect.ALLOW, "")


def test_where_it_went_is_where_the_answer_came_from_and_what_failed_is_no_way():
    both = (OUTSIDE, INSIDE)

    assert Replay(recorded(destinations=both, answered="house")).went == INSIDE
    assert Replay(recorded(destinations=both, answered="")).went == OUTSIDE
    failed = recorded(destinations=both, answered="house")
    attempts = [Attempt("openai", "gpt", "failed", "timeout"), *failed.outcome.attempts]
    assert Replay(replace(failed, outcome=replace(failed.outcome, attempts=attempts))).route == [INSIDE]


def test_a_finding_in_an_answer_is_judged_by_what_fed_the_answer():
    back = found("PERSON", Where.RESPONSE, carrier="answer")

    assert effects(recorded(chunk(trust="user_upload"), answer=[back]))[Target.FINDING, "PERSON"][1] == "no-names"
    assert effects(recorded(chunk(trust="internal"), answer=[back]))[Target.FINDING, "PERSON"][1] == ""
