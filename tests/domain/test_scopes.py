from itertools import product

from gateway.domain.scopes import Scope, joined


def test_no_two_scopes_have_the_same_digest():
    scopes = [Scope(*parts) for parts in product(("", "a", "aa"), repeat=4)]

    assert len({scope.digest for scope in scopes}) == len(scopes)


def test_parts_are_joined_as_no_other_parts_are():
    assert joined("ab", "c") != joined("a", "bc")
