from gateway.domain.decisions import HIDING, Decision, Effect, Mode, RuleHit, Target


def test_effects_are_ordered_from_deny_to_allow():
    assert Effect.DENY.severity < Effect.DROP_CHUNK.severity < Effect.MASK.severity < Effect.ALLOW.severity


def test_a_pseudonym_takes_the_value_out_and_yields_to_a_mask():
    assert Effect.PSEUDONYMISE in HIDING
    assert Effect.MASK.severity < Effect.PSEUDONYMISE.severity < Effect.HASH.severity


def test_a_shadow_rule_never_wins():
    shadow = RuleHit("strict", Effect.DENY, Mode.SHADOW)
    acting = RuleHit("mild", Effect.FLAG)

    decision = Decision(Target.CHUNK, Effect.FLAG, (shadow, acting))

    assert decision.winner == acting
    assert decision.allowed


def test_dropping_and_denying_are_not_allowing():
    assert not Decision(Target.CHUNK, Effect.DROP_CHUNK).allowed
    assert Decision(Target.CHUNK, Effect.MASK).allowed


def test_a_refusal_says_what_can_be_done_whatever_is_refused():
    hit = RuleHit("r", Effect.DENY, owner="o@x")

    for target in Target:
        assert Decision(target, Effect.DENY, (hit,)).remedy.endswith(", or ask o@x about the rule.")
        assert Decision(target, Effect.FLAG, (hit,)).remedy == ""
    assert "whoever keeps the policies" in Decision(Target.PROMPT, Effect.DENY).remedy


def test_a_decision_beside_another_tells_the_rules_of_both_the_most_restrictive_first():
    cite = Decision(Target.CHUNK, Effect.CITE, (RuleHit("credit", Effect.CITE),))
    mask = Decision(Target.FINDING, Effect.MASK, (RuleHit("mails", Effect.MASK),))

    assert [hit.rule for hit in mask.beside(cite).hits] == ["mails", "credit"]
    assert mask.beside(cite).winner.rule == "mails" and mask.beside(mask) == mask
