from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.decisions import Effect, Mode, RuleHit, Target, Use
from gateway.domain.facts import NONE, Facts
from gateway.policy.engine import ERROR, PolicySet
from gateway.policy.loading import parse

USER = Facts(application="app", tenant="acme", end_user="ann", groups=("staff",), purpose="support", roles=("app",))
DEST = Facts(provider="openai", model="gpt", region="eu", self_hosted=False, zero_retention=True, trains_on_data=False)
CHUNK = Facts(source="kb/docs", document="a.md", how="declared", tenant="acme", classification="internal")


def policies(rules, head=""):
    return parse({"p.yaml": f"version: 1\n{head}\nrules:\n{rules}"}).policies


def chunk(**labels):
    return Use(Target.CHUNK, CHUNK | labels, USER, DEST)


def without(facts, name):
    return Facts({key: value for key, value in facts.items() if key != name})


def test_what_no_rule_restricts_is_allowed():
    decision = policies("- {id: r, target: chunk, match: {chunk.license: MIT}, effect: deny}").decide(chunk())

    assert (decision.effect, decision.hits, decision.allowed) == (Effect.ALLOW, (), True)


@pytest.mark.parametrize("target", Target)
def test_without_any_rule_everything_is_refused(target):
    decision = PolicySet().decide(Use(target, CHUNK, USER, DEST))

    assert [(hit.rule, hit.effect) for hit in decision.enforced] == [("no-policy", Effect.DENY)]


def test_a_decision_names_the_set_the_rule_the_owner_the_reason_and_the_values_read():
    engine = policies(
        "- {id: r, owner: o@example.com, target: chunk, match: {chunk.classification: internal},"
        " when: 'has(chunk.license) || user.purpose == \"support\"', effect: drop_chunk,"
        " explain: '{chunk.document} for {user.purpose}'}"
    )

    decision = engine.decide(chunk())
    assert decision.policy == engine.digest
    assert decision.winner == RuleHit(
        "r",
        Effect.DROP_CHUNK,
        Mode.ENFORCE,
        "o@example.com",
        "a.md for support",
        (("chunk.classification", "internal"), ("user.purpose", "support")),
    )


EFFECTS = st.sampled_from([Effect.DENY, Effect.QUARANTINE, Effect.DROP_CHUNK, Effect.MASK, Effect.CITE, Effect.FLAG])
RULES = st.lists(
    st.tuples(EFFECTS, st.sampled_from(Mode), st.sampled_from(["kb/docs", "other"])), min_size=1, max_size=6
)


def written(rules):
    lines = (
        f"- {{id: r{number}, target: chunk, mode: {mode}, match: {{chunk.source: {source}}}, effect: {effect}}}"
        for number, (effect, mode, source) in enumerate(rules)
    )
    return "\n".join(lines)


@given(RULES)
def test_the_most_restrictive_enforced_effect_always_wins_and_ties_go_by_id(rules):
    decision = policies(written(rules)).decide(chunk())

    hits = [(e.severity, f"r{n}", m) for n, (e, m, s) in enumerate(rules) if m is not Mode.OFF and s == "kb/docs"]
    acting = sorted(hit for hit in hits if hit[2] is Mode.ENFORCE)
    assert [(hit.effect.severity, hit.rule, hit.mode) for hit in decision.hits] == sorted(hits)
    assert decision.effect.severity == (acting[0][0] if acting else Effect.ALLOW.severity)
    assert (decision.winner.rule if decision.winner else None) == (acting[0][1] if acting else None)


@given(RULES, RULES)
def test_adding_rules_never_widens_what_is_allowed(rules, more):
    before, after = policies(written(rules)).decide(chunk()), policies(written(rules + more)).decide(chunk())

    assert after.effect.severity <= before.effect.severity


LABELS = st.fixed_dictionaries(
    {},
    optional={
        "classification": st.sampled_from(["public", "restricted", "cosmic", 7]),
        "license": st.sampled_from(["MIT", "CC-BY-4.0", 1]),
        "expires_at": st.sampled_from(["2020-01-01", "2999-01-01T00:00:00Z", "soon"]),
        "quality": st.floats() | st.integers() | st.just("good"),
        "tags": st.lists(st.text(max_size=3), max_size=3).map(tuple) | st.text(max_size=3),
        "readers": st.sets(st.sampled_from(["ann", "bob"])).map(sorted).map(tuple),
        "quarantined": st.booleans() | st.just("yes"),
        "tenant": st.sampled_from(["acme", "rival"]),
        "colour": st.text(max_size=3),
    },
)
MIXED = policies(
    "- {id: a, target: chunk, match: {chunk.classification: {gte: confidential}}, effect: drop_chunk}\n"
    "- {id: b, target: chunk, when: 'has(chunk.license) && chunk.license.startsWith(\"CC\")', effect: cite}\n"
    "- {id: c, target: chunk, match: {chunk.expires_at: {lte: now}}, effect: drop_chunk}\n"
    "- {id: d, target: chunk, match: {chunk.quality: {lt: 0.5}}, effect: drop_chunk}\n"
    "- {id: e, target: chunk, match: {chunk.tags: {contains: x}}, effect: flag}\n"
    "- {id: f, target: chunk, match: {chunk.readers: {exists: true}}, when: '!(user.end_user in chunk.readers)',"
    " effect: drop_chunk}\n"
    "- {id: g, target: chunk, match: {chunk.license: MIT, user.purpose: {ne: support}}, effect: flag}\n"
    "- {id: h, target: chunk, match: {chunk.expires_at: {gt: now}, dest.region: us}, effect: mask}\n"
)
WRONG = {"classification": ("cosmic", 7), "license": (1,), "expires_at": ("soon",), "quality": ("good",)}


@given(labels=LABELS, dropped=st.sets(st.sampled_from(sorted(CHUNK))))
def test_every_use_gets_a_decision_and_what_cannot_be_read_is_never_allowed(labels, dropped):
    subject = Facts({name: value for name, value in CHUNK.items() if name not in dropped}) | labels
    decision = MIXED.decide(Use(Target.CHUNK, subject, USER, DEST))

    readable = all(labels.get(name) not in wrong for name, wrong in WRONG.items())
    tags_are_text = isinstance(labels.get("tags"), str)
    assert decision.effect in Effect
    if not readable or tags_are_text or "classification" not in subject:
        assert not decision.allowed


READS_ALL = PolicySet(
    (
        *MIXED.rules,
        *policies(
            "- {id: z, target: chunk, effect: flag, match: {"
            + ", ".join(f"{name}: {{exists: true}}" for name in MIXED.schema.visible(Target.CHUNK) if name != "now")
            + "}}\n- {id: y, target: chunk, effect: flag, when: '"
            + " || ".join(
                f"has({name})" for name in MIXED.schema.visible(Target.CHUNK) if name[:5] in ("user.", "dest.")
            )
            + "'}"
        ).rules,
    ),
    MIXED.schema,
    MIXED.defaults,
)
"""The same with rules that read everything, so that no two uses are alike."""


@given(
    labels=LABELS,
    dropped=st.sets(st.sampled_from(sorted(CHUNK))),
    user=st.sampled_from([{"end_user": "ann"}, {"end_user": "bob"}, {"purpose": "sales"}, {"groups": 7}]),
    nameless=st.booleans(),
    region=st.sampled_from(["eu", "us"]),
)
def test_uses_that_no_rule_tells_apart_are_decided_alike_and_each_is_explained_by_its_own_facts(
    labels, dropped, user, nameless, region
):
    subject = Facts({name: value for name, value in CHUNK.items() if name not in dropped}) | labels
    asking = without(USER, "end_user") if nameless else USER
    use = Use(Target.CHUNK, subject, asking | user, DEST | {"region": region})

    decided, ruled, oracle = MIXED.decide(use), MIXED.ruling(use), READS_ALL.decide(use)

    expected = [hit for hit in oracle.hits if hit.rule not in ("y", "z")]
    assert [*decided.hits] == expected
    assert [(hit.rule, hit.effect) for hit in ruled.hits] == [(hit.rule, hit.effect) for hit in expected]
    assert ruled.effect is decided.effect


def test_who_asks_makes_no_difference_to_what_only_rules_about_other_chunks_read():
    rule = "match: {chunk.readers: {exists: true}}, when: '!(user.end_user in chunk.readers)', effect: deny"
    engine = policies(f"- {{id: r, target: chunk, {rule}}}")
    ann, bob = (replace(chunk(), user=USER | {"end_user": name}) for name in ("ann", "bob"))

    assert engine.ruling(ann) is engine.ruling(bob)
    read = [replace(use, subject=CHUNK | {"readers": ("ann",)}) for use in (ann, bob)]
    assert [engine.ruling(use).allowed for use in read] == [True, False]


def test_a_decision_about_what_carries_no_moment_outlives_the_minute():
    engine = policies("- {id: r, target: chunk, match: {chunk.expires_at: {lte: now}}, effect: drop_chunk}")
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)

    assert engine.decide(chunk(), noon) is engine.decide(chunk(), noon + timedelta(days=9))
    over = chunk(expires_at="2026-03-02")
    assert [engine.decide(over, noon + timedelta(days=day)).allowed for day in (0, 9)] == [True, False]


@pytest.mark.parametrize("label", [1, 1.0, True])
def test_labels_that_python_holds_equal_are_decided_alike_in_any_order(label):
    """They share a remembered decision; reading them must not depend on which came first."""
    engine = policies("- {id: r, target: chunk, match: {chunk.legal_hold: true}, effect: flag}")
    first = engine.decide(chunk(legal_hold=label))

    assert first == engine.decide(chunk(legal_hold=True))
    assert first.winner.values == (("chunk.legal_hold", True),)


@pytest.mark.parametrize("name", ["purpose", "tenant"])
def test_an_absent_attribute_of_the_user_that_a_rule_reads_is_a_denial_in_the_rule_s_name(name):
    engine = policies(f"- {{id: r, owner: o, target: request, match: {{user.{name}: x}}, effect: flag}}")
    decision = engine.decide(Use(Target.REQUEST, NONE, without(USER, name), DEST))

    sentence = f"user.{name} is missing."
    assert decision.enforced == (
        RuleHit("r", Effect.DENY, Mode.ENFORCE, "o", f"Rule r cannot be judged: {sentence}", ((ERROR, sentence),)),
    )


def test_an_expression_that_reads_an_absent_attribute_is_a_denial():
    decision = policies("- {id: r, target: chunk, when: 'chunk.license == \"MIT\"', effect: flag}").decide(chunk())

    assert decision.effect is Effect.DENY
    assert decision.winner.reason == "Rule r cannot be judged: chunk.license is missing."


def test_a_bomb_is_a_denial():
    bomb = "chunk.tags.all(a, chunk.tags.all(b, chunk.tags.all(c, a + b + c != '''')))"
    decision = policies(f"- {{id: r, target: chunk, when: '{bomb}', effect: flag}}").decide(chunk(tags=("x",) * 300))

    assert (decision.effect, "too many steps" in decision.winner.reason) == (Effect.DENY, True)


def test_a_rule_in_shadow_is_noted_and_alters_nothing_not_even_by_an_error():
    engine = policies(
        "- {id: r, target: chunk, mode: shadow, effect: deny}\n"
        "- {id: s, target: chunk, mode: shadow, match: {dest.region: x}, effect: deny}"
    )
    decision = engine.decide(Use(Target.CHUNK, CHUNK, USER, without(DEST, "region")))

    assert [(hit.rule, hit.mode) for hit in decision.hits] == [("r", Mode.SHADOW), ("s", Mode.SHADOW)]
    assert (decision.effect, decision.enforced) == (Effect.ALLOW, ())


def test_a_rule_that_is_off_is_not_even_evaluated():
    engine = policies("- {id: r, target: chunk, mode: off, when: 'chunk.license == \"x\"', effect: deny}")

    assert engine.decide(chunk()).hits == ()


@pytest.mark.parametrize(
    ("day", "effect"), [("2026-03-30", Effect.DENY), ("2026-03-31", Effect.ALLOW), ("2026-04-01", Effect.ALLOW)]
)
def test_a_rule_sleeps_from_the_day_that_it_names(day, effect):
    engine = policies("- {id: r, target: chunk, until: 2026-03-31, effect: deny}")
    evening = datetime.fromisoformat(f"{day}T23:59:59+00:00")

    assert engine.decide(chunk(), evening).effect is effect
    assert engine.decide(chunk(), evening.astimezone(timezone(timedelta(hours=9)))).effect is effect


def test_a_rule_sleeps_before_the_day_on_which_it_begins():
    engine = policies("- {id: r, target: chunk, since: 2026-03-31, until: 2026-04-02, effect: deny}")
    days = [datetime(2026, 3, 30, 23, 59, 59, tzinfo=UTC) + timedelta(days=day) for day in range(5)]

    assert [engine.decide(chunk(), day).allowed for day in days] == [True, False, False, True, True]
    assert engine.decide(chunk(), days[0] + timedelta(seconds=1)).effect is Effect.DENY


def test_the_clock_decides_what_is_over_and_a_remembered_decision_lives_a_minute():
    time = [datetime(2026, 3, 1, 11, 59, 59, tzinfo=UTC).timestamp()]
    rule = "- {id: r, target: chunk, match: {chunk.expires_at: {lte: now}}, effect: drop_chunk}"
    engine = replace(policies(rule), clock=lambda: time[0])
    use = chunk(expires_at="2026-03-01T12:00:00Z")
    before = engine.decide(use)
    time[0] += 1

    assert before.effect is Effect.ALLOW
    assert engine.decide(use).effect is Effect.DROP_CHUNK


def test_a_set_that_does_not_read_the_time_does_not_ask_for_it():
    asked = []
    engine = replace(policies("- {id: r, target: chunk, effect: flag}"), clock=lambda: asked.append(1) or 0.0)
    engine.decide(chunk())

    assert asked == []


def test_a_default_stands_in_for_a_label_that_is_not_there_only():
    rule = "- {id: r, target: chunk, match: {chunk.classification: confidential}, effect: drop_chunk}"
    engine = policies(rule, "defaults: {unlabelled: confidential}")
    bare = without(CHUNK, "classification")

    assert engine.decide(Use(Target.CHUNK, bare, USER, DEST)).effect is Effect.DROP_CHUNK
    assert engine.decide(chunk(classification="public")).effect is Effect.ALLOW
    assert engine.decide(chunk(classification="cosmic")).effect is Effect.DENY


def test_without_a_default_a_text_without_classification_is_denied():
    rule = "- {id: r, target: chunk, match: {chunk.classification: confidential}, effect: drop_chunk}"
    decision = policies(rule).decide(Use(Target.CHUNK, without(CHUNK, "classification"), USER, DEST))

    assert decision.winner.reason == "Rule r cannot be judged: chunk.classification is missing."


@pytest.mark.parametrize(
    ("effect", "on_error", "expected"),
    [
        ("flag", "deny", Effect.DENY),
        ("flag", "drop_chunk", Effect.DROP_CHUNK),
        ("deny", "drop_chunk", Effect.DENY),
    ],
)
def test_a_chunk_that_cannot_be_judged_is_dropped_or_refuses_the_request(effect, on_error, expected):
    """It never fares better than if the rule had applied."""
    engine = policies(
        f"- {{id: r, target: chunk, match: {{chunk.trust: web}}, effect: {effect}}}",
        f"defaults: {{on_error: {on_error}}}",
    )

    assert engine.decide(chunk(trust="the pub")).effect is expected


def test_only_a_chunk_can_be_dropped_for_an_error():
    engine = policies(
        "- {id: r, target: request, match: {user.purpose: x}, effect: flag}", "defaults: {on_error: drop_chunk}"
    )

    assert engine.decide(Use(Target.REQUEST, NONE, NONE, DEST)).effect is Effect.DENY


def test_rules_of_other_targets_are_not_asked():
    engine = policies("- {id: r, target: prompt, effect: deny}")

    assert engine.decide(chunk()).effect is Effect.ALLOW


def test_tenants_and_quarantine_hold_without_a_rule_about_them():
    engine = policies("- {id: r, target: prompt, effect: flag}")

    assert engine.decide(chunk(tenant="rival")).winner.rule == "tenant-isolation"
    assert engine.decide(chunk(quarantined=True)).winner.rule == "quarantine"


def test_a_route_tells_where_to():
    engine = policies("- {id: r, target: prompt, effect: {route: {to: local-llama}}}")
    decision = engine.decide(Use(Target.PROMPT, Facts(chunks=0, entities=()), USER, DEST))

    assert decision.effect is Effect.ROUTE
    assert engine.parameters(decision.winner) == Facts(to="local-llama")


def test_threads_that_ask_at_once_get_the_same_answers():
    uses = [chunk(tags=(f"t{number}",), quality=number / 100, license="CC-BY-4.0") for number in range(100)]
    alone = [MIXED.decide(use) for use in uses]
    fresh = replace(MIXED)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(fresh.decide, uses * 4))

    assert together == alone * 4
