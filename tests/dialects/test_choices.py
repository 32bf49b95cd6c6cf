from gateway.dialects.chat import CHAT
from gateway.domain.chat import Delta


def test_fragments_are_the_words_of_an_answer_and_nothing_of_the_protocol():
    delta = Delta(
        {
            "id": "c1",
            "model": "m",
            "choices": [
                {
                    "index": 1,
                    "delta": {
                        "role": "assistant",
                        "content": "hi",
                        "tool_calls": [
                            {"index": 2, "id": "t", "type": "function", "function": {"name": "f", "arguments": "{"}}
                        ],
                    },
                    "finish_reason": None,
                }
            ],
            "usage": {"note": "n"},
            "citations": ["https://example.com"],
        }
    )

    found = [(fragment.channel, fragment.text, fragment.grows) for fragment in CHAT.fragments(delta)]

    assert found == [
        ((1, "content"), "hi", True),
        ((1, "tool_calls[2].function.name"), "f", False),
        ((1, "tool_calls[2].function.arguments"), "{", True),
        ((-1, "citations[0]"), "https://example.com", False),
    ]
