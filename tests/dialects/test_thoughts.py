import pytest

from gateway.dialects.thoughts import is_masked, is_opaque, is_thought, signed, type_of
from gateway.domain.chat import UNSIGNED


@pytest.mark.parametrize("block", [None, "thinking", [], {}, {"type": 3}, {"type": "text"}])
def test_what_is_no_thought_is_none(block):
    assert not is_thought(block) and not is_masked(block) and not signed(block)


def test_a_thought_is_known_by_its_type_and_a_masked_one_by_its_signature():
    thought = {"type": "thinking", "thinking": "Hm", "signature": "c2ln"}

    assert type_of(thought) == "thinking"
    assert is_thought(thought) and signed(thought) and not is_masked(thought)
    assert is_masked({**thought, "signature": UNSIGNED})
    assert not is_masked({"type": "text", "signature": UNSIGNED})
    assert not signed({**thought, "signature": ""})


def test_what_nobody_can_read_is_the_signature_and_a_redacted_thought():
    assert is_opaque({"type": "thinking"}, "signature") and not is_opaque({"type": "thinking"}, "data")
    assert is_opaque({"type": "redacted_thinking"}, "data")
