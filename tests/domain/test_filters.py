from gateway.domain.filters import AllOf, AnyOf, Compared, Comparison, all_of, any_of

A, B = (Compared(key, Comparison.EQ, (1,)) for key in "ab")


def test_no_filter_is_everything_and_one_stays_as_it_is():
    assert [all_of([]), all_of([None]), all_of([None, A]), all_of([A, None, B])] == [None, None, A, AllOf((A, B))]
    assert [any_of([A]), any_of([A, B])] == [A, AnyOf((A, B))]
