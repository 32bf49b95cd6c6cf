import pytest

from gateway.detectors.room import Room
from gateway.domain.errors import GuardUnavailable


def test_what_does_not_fit_is_refused_at_once() -> None:
    room = Room("d", requests=2, size=10)

    with room.taken(6), pytest.raises(GuardUnavailable, match="The detector d has as much waiting"), room.taken(5):
        pass
    with room.taken(1), room.taken(1), pytest.raises(GuardUnavailable), room.taken(1):
        pass


def test_a_place_is_free_again_whatever_happened() -> None:
    room = Room("d", requests=1, size=10)

    with pytest.raises(KeyError), room.taken(10):
        raise KeyError
    with room.taken(10) as place:
        assert place is None
