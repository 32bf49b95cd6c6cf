from hypothesis import given
from hypothesis import strategies as st

from gateway.attributing import attribution
from gateway.domain.chat import Text
from gateway.domain.decisions import Decision, Effect, Target
from gateway.domain.documents import ChunkState
from gateway.domain.runs import Edge
from tests.recognition.material import chunk, prose

ALLOW = Decision(Target.CHUNK, Effect.ALLOW)
PARTS = st.sampled_from(
    [prose(1)[:120], prose(2)[:90], "<NAME_1> may return it within thirty days of the purchase.", "No.", "\n", "- "]
)


def edge(one, state=ChunkState.SENT):
    return Edge(one, state, ALLOW)


def told(answer, edges, texts=(), restored=lambda text: text):
    return attribution({(0, "content"): answer}, edges, texts, restored)


def test_what_stands_in_the_request_is_compared_where_it_stands():
    path = ("messages", 0, "content")
    standing = chunk("", "pasted.md", path=path, spans=((4, 4 + len(prose(1))),))
    found = told(prose(1)[:200], [edge(standing)], [Text(path, f"Sum {prose(1)} up", "user")])

    assert {one["document"] for one in found["sentences"] if one["method"] == "overlap"} == {"pasted.md"}
    assert found["unread"] == 0


def test_what_was_dropped_or_is_not_here_is_not_compared_and_the_latter_is_counted():
    edges = [edge(chunk(prose(1)), ChunkState.DROPPED), edge(chunk("", "far.md", digest="sha256:far"))]
    found = told(prose(1)[:200], edges)

    assert not any("document" in one for one in found["sentences"])
    assert found["unread"] == 1
    assert len(found["unattributed"]) == sum(one["method"] == "" for one in found["sentences"])


def test_only_what_an_answer_says_to_its_reader_is_told_of():
    answer = {(0, "reasoning_content"): prose(1), (1, "content"): prose(1)[:200], (2, "arguments"): prose(1)}
    found = attribution(answer, [edge(chunk(prose(1)))], (), lambda text: text)

    assert {(one["index"], one["channel"]) for one in found["sentences"]} == {(1, "content")}


@given(st.lists(PARTS, max_size=6).map(" ".join))
def test_each_sentence_stands_where_it_is_said_to_in_the_answer_as_its_caller_has_it(answer):
    def restored(text):
        return text.replace("<NAME_1>", "Ada Lovelace")

    found = told(answer, [edge(chunk(prose(1)))], (), restored)

    assert all(restored(answer)[one["start"] : one["end"]] == one["text"] for one in found["sentences"])
    open_ones = [at for at, one in enumerate(found["sentences"]) if one["method"] == ""]
    assert found["unattributed"] == open_ones
