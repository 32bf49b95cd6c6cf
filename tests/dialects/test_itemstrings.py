import pytest

from gateway.dialects.itemstrings import CONTENT, REASONING, Place, Section, of_item, of_part, told


@pytest.mark.parametrize(
    ("section", "channel", "place"),
    [
        (Section.ITEM, "arguments", "output[3].arguments"),
        (Section.CONTENT, CONTENT, "output[3].content[2].text"),
        (Section.CONTENT, REASONING, "output[3].content[2].text"),
        (Section.CONTENT, "refusal", "output[3].content[2].refusal"),
        (Section.SUMMARY, "summary", "output[3].summary[2].text"),
    ],
)
def test_the_number_of_a_part_tells_its_place(section: Section, channel: str, place: str):
    assert told(section.index(3, 2 if section is not Section.ITEM else 0), channel) == place


def test_what_is_outside_of_the_parts_is_called_by_its_name():
    assert told(-1, "error.message") == "error.message"


@pytest.mark.parametrize("wrong", [None, True, -1, "1", 10**9])
def test_a_number_that_is_none_is_a_part_of_its_own(wrong: object):
    assert Section.CONTENT.index(wrong, 0) != Section.CONTENT.index(0, 0)
    assert Section.CONTENT.index(0, wrong) not in (Section.CONTENT.index(0, 0), Section.CONTENT.index(0, 1))


def test_an_event_speaks_of_the_same_part_as_its_item():
    place = Place(Section.CONTENT, CONTENT, "text")
    item = {"type": "message", "content": [{"type": "output_text", "text": "x"}]}

    event = place.fragment({"output_index": 1, "content_index": 0}, ("delta",), "x", grows=True)

    (whole,) = of_item(item, 1, ("item",), repeats=True)
    assert (event.channel, event.grows, event.repeats) == (whole.channel, True, False)
    assert (whole.path, whole.grows, whole.repeats) == (("item", "content", 0, "text"), False, True)


def test_texts_of_a_part_that_is_no_object_count():
    (found,) = of_part("stray", 7, Section.CONTENT, ("content", 0), repeats=False)

    assert (found.text, found.path) == ("stray", ("content", 0))


def test_annotations_are_whole_in_themselves():
    part = {"type": "output_text", "text": "x", "annotations": [{"type": "url_citation", "url": "u", "title": "t"}]}

    found = {one.channel[1]: one.grows for one in of_part(part, 0, Section.CONTENT, (), repeats=False)}

    assert found == {"content": True, "annotations[0].url": False, "annotations[0].title": False}
