from gateway.dialects.additions import with_message
from tests.dialects import responded


def test_a_whole_answer_has_one_more_message():
    (delta,) = with_message(responded.whole(responded.said("Hi")), "More")

    assert [item["content"][0]["text"] for item in delta.raw["output"]] == ["Hi", "More"]
    assert delta.raw["output"][1]["id"] == "resp_1_sources"


def test_the_events_of_the_message_come_before_the_last_one_under_its_number():
    end = responded.streamed((responded.said("Hi"), ["Hi"]))[-1]

    *added, last = [delta.raw for delta in with_message(end, "More")]

    assert {event["sequence_number"] for event in added} == {end["sequence_number"]}
    assert last["response"]["output"][1] == added[-1]["item"]
    assert end["response"]["output"] == last["response"]["output"][:1]


def test_what_has_no_response_stays_as_it_is():
    assert [delta.raw for delta in with_message({"type": "response.completed", "response": None}, "More")] == [
        {"type": "response.completed", "response": None}
    ]
