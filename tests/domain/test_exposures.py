from gateway.domain.exposures import Left


def test_what_left_as_it_was_comes_first():
    assert list(Left) == [Left.UNMASKED, Left.MASKED, Left.WITHHELD]
