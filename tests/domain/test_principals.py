from gateway.domain.principals import Principal, Role


def test_a_principal_acts_for_one_request_without_changing():
    key = Principal("bot", "acme", frozenset({Role.APP}), ("support",), purpose="support")

    acting = key.acting(purpose="support", end_user="u1")

    assert acting.facts["end_user"] == "u1"
    assert key.end_user == ""
