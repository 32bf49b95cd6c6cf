import pytest

from gateway.dialects.chat import CHAT
from gateway.domain.chat import Delta
from gateway.domain.documents import ChunkState
from gateway.domain.errors import BadRequest
from gateway.domain.principals import Principal
from gateway.domain.runs import Segment
from gateway.lineage.prompts import Piece, Prompt, PromptText
from gateway.replaying import NotKept, Replaying
from tests.lineage.test_differences import entry, record

BODY = {"model": "gpt", "messages": [{"role": "user", "content": "Read: Ten days."}]}
SOC = Principal("soc", "acme", models=("*",))


class House:
    """A record with its prompt, and a pipeline that remembers what it was asked."""

    def __init__(self, **more) -> None:
        context = [entry("a.md", ChunkState.SENT), entry("b.md", ChunkState.DROPPED)]
        self.record = record("0193", dialect="chat.completions", purpose="support", context=context, **more)
        segment = Segment("chunk", "messages[0].content", 6, 15, "sha256:a.md", "sha256:a.md")
        text = PromptText("messages[0].content", "Read: Ten days.", [Piece(segment, "Ten days.")])
        self.kept = Prompt("0193", [text], [], BODY)

    def response(self, id, tenant):
        return self.record

    def prompt(self, id, tenant):
        return self.kept

    def difference(self, left, right, tenant):
        return left, right, tenant

    async def run(self, request, principal):
        self.asked = request, principal
        yield Delta({})


def replaying(house):
    return Replaying(house, house, {"chat.completions": CHAT})


async def test_the_prompt_is_asked_in_the_name_of_whoever_replays_it():
    house = House()

    found = await replaying(house).replay("0193", SOC, "acme")
    request, principal = house.asked

    assert (request.raw, request.replays) == (BODY, "0193")
    assert [(one.document, one.text) for one in request.context] == [("a.md", "Ten days.")]
    assert (principal.application, principal.purposes, principal.end_user) == ("soc", ("support",), "")
    assert found.replays == "0193"


async def test_a_prompt_with_a_hole_is_not_asked():
    house = House()
    house.kept = Prompt("0193", [], ["sha256:x"], None)

    with pytest.raises(NotKept, match="1 of its pieces"):
        await replaying(house).replay("0193", SOC, "acme")
    assert not hasattr(house, "asked")


async def test_what_no_model_was_asked_is_not_replayed():
    house = House()
    asked = Replaying(house, house, {})

    with pytest.raises(BadRequest, match=r"chat\.completions"):
        await asked.replay("0193", SOC, "acme")
