from gateway.domain.decisions import Decision, Effect, Mode, RuleHit, Target


def test_effects_are_ordered_from_deny_to_allow():
    assert Effect.DENY.severity < Effect.DROP_CHUNK.severity < Effect.MASK.severity < Effect.ALLOW.severity


def test_a_shadow_rule_never_wins():
    shadow = RuleHit("strict", Effect.DENY, Mode.SHADOW)
    acting = RuleHit("mild", Effect.FLAG)

    decision = Decision(Target.CHUNK, Effect.FLAG, (shadow, acting))

    assert decision.winner == acting
    assert decision.allowed


def test_dropping_and_denying_are_not_allowing():
    assert not Decision(Target.CHUNK, Effect.DROP_CHUNK).allowed
    assert Decision(Target.CHUNK, Effect.MASK).allowed
