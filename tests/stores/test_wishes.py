from datetime import UTC, datetime

import pytest

from gateway.domain.errors import BadRequest
from gateway.domain.searches import Wish
from gateway.stores.wishes import questions, shape, values


def test_wishes_of_one_shape_share_their_questions():
    one = questions(shape(Wish(text="a", application="bot")))
    other = questions(shape(Wish(text="b", application="other")))

    assert one is other
    assert questions(shape(Wish(end_user="u"))) is not one


def test_a_state_that_there_is_not_is_told():
    with pytest.raises(BadRequest, match=r"There is no state 'gone'; there are .*OPEN.*sent") as caught:
        shape(Wish(state="gone"))

    assert caught.value.param == "state"


def test_values_are_as_the_tables_have_them():
    given = values(Wish(source="s3://bucket/key", until=datetime(1970, 1, 2, tzinfo=UTC), document="nul\0"))

    assert (given["namespace"], given["source"]) == ("s3://bucket", "key")
    assert (given["since"], given["until"]) == (0, 86_400_000_000)
    assert given["document"] == "nul\ufffd"
