from gateway.domain.erasures import Erasure, HoldsIt


def test_a_hold_is_a_conflict_and_not_the_callers_mistake():
    refused = HoldsIt("Nothing was erased: the legal hold x lies on this person; release it first.")

    assert (refused.status, refused.code) == (409, "legal_hold")


def test_what_would_be_erased_has_no_place_in_the_log():
    assert (Erasure("subject", responses=3).index, Erasure("subject", responses=3).opening) == (None, "")
