from gateway.domain.errors import GatewayError, LineageUnavailable, PolicyViolation, ProviderRefused, RuleRef


def test_every_error_has_a_status_a_code_and_a_type():
    def tree(kind: type[GatewayError]) -> list[type[GatewayError]]:
        return [kind, *(leaf for child in kind.__subclasses__() for leaf in tree(child))]

    for kind in tree(GatewayError):
        assert 400 <= kind.status < 600
        assert kind.code and kind.type


def test_a_refusal_names_its_rules():
    error = PolicyViolation("no", rules=[RuleRef("r1", "deny")], findings=[("US_SSN", 1)])

    assert error.rules[0].id == "r1"
    assert (error.status, error.code) == (403, "policy_violation")


def test_a_providers_refusal_keeps_its_status():
    assert ProviderRefused("slow down", status=429).status == 429
    assert LineageUnavailable("x").status == 503
