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
