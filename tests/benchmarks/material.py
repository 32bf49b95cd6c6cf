"""What is asked and answered in every run: a 4 kB prompt of five documents, a new question each time, 37 words back."""

import json
import random

SENTENCE = (
    "the gateway keeps a record of every answer and of each document that fed it so that whoever asks later what the "
    "model saw can be told which rule allowed it and where it first came from"
)
WORDS = SENTENCE.split()
DOCUMENT_SIZE = 780
DOCUMENTS = 5


def _documents() -> list[dict[str, object]]:
    chance = random.Random(7)
    vocabulary = [*WORDS, "tariff", "invoice", "delivery", "contract", "warranty", "Lisbon", "quarterly", "shipment"]
    documents: list[dict[str, object]] = []
    for number in range(DOCUMENTS):
        text = f"Section {number + 1}. "
        while len(text) < DOCUMENT_SIZE:
            text += " ".join(chance.choices(vocabulary, k=12)).capitalize() + ". "
        labels = {
            "classification": "internal", "license": "CC-BY-4.0", "trust": "internal", "tags": ["handbook"],
            "purposes": ["benchmark"], "residency": "eu",
        }  # fmt: skip
        documents.append({"id": f"handbook/{number + 1}.md", "text": text[:DOCUMENT_SIZE], "labels": labels})
    return documents


MODELS = ("bench", "bench-paced")
"""What can be asked for; the second one's stream comes a word every ten milliseconds."""

_PLACE = "question-00000000"


def declared(*, stream: bool, model: str = MODELS[0]) -> bytes:
    """Return the request's body with its documents declared, as Lineward takes them."""
    return _encoded(model, [{"role": "user", "content": _question()}], stream, documents=_documents())


def pasted(*, stream: bool, model: str = MODELS[0]) -> bytes:
    """Return the request's body with its documents in the message, as any other proxy takes them."""
    context = "\n\n".join(str(document["text"]) for document in _documents())
    return _encoded(model, [{"role": "user", "content": f"{context}\n\n{_question()}"}], stream)


def _question() -> str:
    return f"Which rule allowed {_PLACE} in the warranty contract, and who is to be asked about it?"


def _encoded(model: str, messages: list[dict[str, str]], stream: bool, **more: object) -> bytes:
    return json.dumps({"model": model, "messages": messages, "stream": stream, **more}).encode()


def numbered(body: bytes, number: int) -> bytes:
    """Return *body* with another question of the same length."""
    return body.replace(_PLACE.encode(), b"question-%08d" % number)


_HEAD = {"id": "chatcmpl-bench", "created": 1_790_000_000, "model": "bench"}


def answer() -> bytes:
    """Return the whole answer's JSON."""
    message = {"role": "assistant", "content": " ".join(WORDS), "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1010, "completion_tokens": 37, "total_tokens": 1047}
    return json.dumps({**_HEAD, "object": "chat.completion", "choices": [choice], "usage": usage}).encode()


def events() -> list[bytes]:
    """Return the stream's events, a word each; the last one ends it."""
    found: list[bytes] = []
    for position, word in enumerate(WORDS):
        end = "stop" if position == len(WORDS) - 1 else None
        choice = {"index": 0, "delta": {"content": f"{word} "}, "logprobs": None, "finish_reason": end}
        data = json.dumps({**_HEAD, "object": "chat.completion.chunk", "choices": [choice]}).encode()
        found.append(b"data: " + data + b"\n\n")
    found[-1] += b"data: [DONE]\n\n"
    return found
