from dataclasses import fields

from gateway.domain.records import ResponseRecord
from gateway.domain.searches import Hit, Place
from tests.test_terminal import RECORD


def test_a_hit_is_the_record_and_why_it_was_found():
    place = Place("answer", "phrase", 1.0, "text")
    hit = Hit.of(RECORD, [place])

    assert hit.matches == (place,)
    assert all(getattr(hit, field.name) == getattr(RECORD, field.name) for field in fields(ResponseRecord))
