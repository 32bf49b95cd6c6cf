from gateway.domain.attributions import Attribution


def test_nothing_is_attributed_without_an_answer():
    assert (Attribution("0193").sentences, Attribution("0193").unattributed) == ((), ())
