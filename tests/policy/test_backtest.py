from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.decisions import Effect
from gateway.domain.documents import How as Learnt
from gateway.domain.findings import Where
from gateway.policy.backtest import NAMES_MAX, Backtest, How, blind_spots
from gateway.policy.loading import parse
from tests.recorded import AT, INSIDE, OUTSIDE, chunk, found, recorded

NOTHING = "- {id: idle, target: request, match: {request.model: none}, effect: flag}"
OUTSIDE_ONLY = "target: chunk, match: {chunk.classification: confidential, dest.self_hosted: false}"
KEEP = f"- {{id: keep, {OUTSIDE_ONLY}, effect: drop_chunk}}"
MASK = "- {id: mask, target: finding, match: {finding.entity: EMAIL_ADDRESS}, effect: mask}"
DENY = f"- {{id: deny, {OUTSIDE_ONLY}, effect: deny}}"
FLAG = "- {id: flag, target: prompt, match: {prompt.chunks: {gte: 1}}, effect: flag}"


def policies(*rules, head=""):
    return parse(
        {"p.yaml": f"version: 1\ndefaults: {{unlabelled: internal}}\n{head}\nrules:\n" + "\n".join(rules)}
    ).policies


def report(before, after, *responses, keep=100, exact=True, enforced=False):
    trial = Backtest(after, lambda _: (before, exact), keep, enforced=enforced)
    trial.take(responses)
    return trial.report


BOTH = (OUTSIDE, INSIDE)
SECRET = chunk(classification="confidential")


@pytest.mark.parametrize(
    ("before", "after", "response", "how", "was", "becomes", "rule"),
    [
        (NOTHING, KEEP, recorded(SECRET), How.DROPPED, Effect.ALLOW, Effect.DROP_CHUNK, "keep"),
        (KEEP, NOTHING, recorded(SECRET), How.ADMITTED, Effect.DROP_CHUNK, Effect.ALLOW, "keep"),
        (KEEP, DENY, recorded(SECRET), How.DENIED, Effect.DROP_CHUNK, Effect.DENY, "deny"),
        (DENY, KEEP, recorded(SECRET), How.ALLOWED, Effect.DENY, Effect.DROP_CHUNK, "deny"),
        (NOTHING, MASK, recorded(findings=[found()]), How.MASKED, Effect.ALLOW, Effect.MASK, "mask"),
        (MASK, NOTHING, recorded(findings=[found()]), How.UNMASKED, Effect.MASK, Effect.ALLOW, "mask"),
        (NOTHING, FLAG, recorded(SECRET), How.MARKED, Effect.ALLOW, Effect.FLAG, "flag"),
        (NOTHING, DENY, recorded(SECRET, destinations=BOTH), How.REROUTED, Effect.ALLOW, Effect.DENY, "deny"),
        (
            NOTHING,
            MASK,
            recorded(answer=[found(where=Where.RESPONSE)]),
            How.MASKED,
            Effect.ALLOW,
            Effect.MASK,
            "mask",
        ),
    ],
)  # fmt: skip
def test_a_change_says_what_would_become_of_what_and_by_which_rule(before, after, response, how, was, becomes, rule):
    (changed,) = report(policies(before), policies(after), response).changes

    (change,) = changed.changes
    assert (changed.id, changed.how, change.how) == (response.id, how, how)
    assert (change.was, change.becomes, change.rule) == (was, becomes, rule)


def test_the_same_rules_change_nothing_and_other_words_do_not_either():
    again = policies(KEEP, MASK.replace("id: mask", "id: other"))

    found_ = report(policies(KEEP, MASK), again, recorded(SECRET, findings=[found()]), recorded())

    assert (found_.responses, found_.judged, found_.changed) == (2, 2, 0)


def test_changes_are_counted_by_application_source_rule_and_day():
    responses = [
        recorded(SECRET, chunk("b.md", classification="confidential")),
        recorded(SECRET, findings=[found()], application="crm", at=AT + timedelta(days=1)),
        recorded(findings=[found()], application="crm"),
        recorded(),
    ]

    counted = report(policies(NOTHING), policies(KEEP, MASK), *responses)

    assert counted.by_how == {"dropped": 2, "masked": 1}
    assert counted.by_application == {"bot": {"dropped": 1}, "crm": {"dropped": 1, "masked": 1}}
    assert counted.by_source == {"kb/docs": {"dropped": 2}}
    assert counted.by_rule == {"keep": {"dropped": 2}, "mask": {"masked": 2}}
    assert counted.by_day == {"2026-11-20": {"dropped": 1, "masked": 1}, "2026-11-21": {"dropped": 1}}


def test_a_bounded_number_is_listed_and_all_are_counted():
    counted = report(policies(NOTHING), policies(KEEP), *(recorded(SECRET) for _ in range(5)), keep=2)

    assert (counted.changed, len(counted.changes)) == (5, 2)


def test_names_that_callers_choose_do_not_fill_the_memory():
    many = (recorded(SECRET, application=f"a{number}") for number in range(NAMES_MAX + 6))

    counted = report(policies(NOTHING), policies(KEEP), *many)

    assert counted.by_application["(others)"] == {"dropped": 6}
    assert len(counted.by_application) == NAMES_MAX + 1


def test_time_is_what_it_was_then():
    rule = "- {id: over, target: chunk, match: {chunk.expires_at: {lte: now}}, effect: drop_chunk}"
    expiring = chunk(expires_at="2026-11-20T11:00:00Z")

    counted = report(
        policies(NOTHING), policies(rule), recorded(expiring), recorded(expiring, at=AT - timedelta(days=1))
    )

    assert counted.by_day == {"2026-11-20": {"dropped": 1}}


def test_rules_in_shadow_change_nothing_unless_they_are_tried_as_enforced():
    shadow = policies(KEEP.replace("target", "mode: shadow, target"))

    assert report(policies(NOTHING), shadow, recorded(SECRET)).changed == 0
    assert report(policies(NOTHING), shadow, recorded(SECRET), enforced=True).by_how == {"dropped": 1}


@pytest.mark.parametrize(
    ("rule", "old", "lacks"),
    [
        (KEEP, recorded(SECRET, destinations=()), "dest.self_hosted"),
        ("- {id: m, target: request, match: {dest.model: x}, effect: deny}", recorded(destinations=()), "dest.model"),
        (
            "- {id: c, target: finding, match: {finding.carrier: user}, effect: mask}",
            recorded(destinations=(), findings=[found(carrier="")]),
            "finding.carrier",
        ),
        (
            "- {id: t, target: tool_call, match: {tool_call.name: x}, effect: deny}",
            recorded(destinations=()),
            "tool_call.name",
        ),
    ],
)
def test_what_an_older_record_lacks_is_counted_and_not_guessed(rule, old, lacks):
    counted = report(policies(NOTHING), policies(rule), old)

    assert (counted.judged, counted.changed) == (0, 0)
    assert counted.unjudged == {f"Its record is of a release that did not keep {lacks}.": 1}


def test_an_older_record_is_judged_by_rules_that_need_no_more_than_it_has():
    rule = "- {id: r, target: request, match: {dest.provider: openai, dest.region: us}, effect: deny}"

    assert report(policies(NOTHING), policies(rule), recorded(destinations=())).by_how == {"denied": 1}


def test_what_failed_before_any_policy_was_asked_is_not_judged():
    failed = recorded(destinations=(), answered="", error="model_not_found")
    failed = replace(failed, intent=replace(failed.intent, provider=""))

    assert report(policies(NOTHING), policies(KEEP), failed).unjudged == {"It failed before any policy was asked.": 1}


def test_a_response_that_its_own_set_does_not_decide_as_recorded_is_counted():
    assert report(policies(DENY), policies(DENY), recorded(SECRET)).unlike == 1
    assert report(policies(DENY), policies(DENY), recorded(SECRET, decision="denied", answered="")).unlike == 0
    assert report(policies(DENY), policies(DENY), recorded(SECRET), exact=False).substituted == 1


def test_an_inherited_chunk_that_is_refused_refuses_the_request():
    inherited = recorded(chunk(classification="confidential", how=Learnt.INHERITED))

    assert report(policies(NOTHING), policies(KEEP), inherited).by_how == {"denied": 1}


def test_a_response_goes_to_the_first_destination_that_the_new_set_lets_it_go_to():
    """A confidential document had to stay in the house; when it need not, the route begins outside."""
    stayed = recorded(SECRET, destinations=BOTH, answered="house")

    assert report(policies(DENY), policies(NOTHING), stayed).by_how == {"rerouted": 1}
    assert report(policies(DENY), policies(DENY, MASK), stayed).by_how == {}


def test_a_rule_that_routes_takes_the_response_elsewhere():
    route = policies(
        "- {id: r, target: chunk, match: {chunk.classification: confidential}, effect: {route: {to: house}}}"
    )

    assert report(policies(NOTHING), route, recorded(SECRET)).by_how == {"rerouted": 1}
    assert report(route, route, recorded(SECRET)).by_how == {}
    assert report(route, policies(NOTHING), recorded(SECRET)).by_how == {"rerouted": 1}


def test_differences_that_no_record_shows_are_said():
    allow = "allow:\n- {entities: [EMAIL_ADDRESS], values: [info@example.com]}"
    person = "- {id: p, target: finding, match: {finding.entity: PERSON}, effect: mask}"

    said = blind_spots(policies(MASK), policies(MASK, person, head=allow))

    assert "allow different values" in said[0] and "PERSON" in said[1]
    assert len(blind_spots(policies(MASK), policies(MASK))) == 1
