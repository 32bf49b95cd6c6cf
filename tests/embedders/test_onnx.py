import asyncio
import socket
import time
import zipfile

import pytest

from gateway.domain.errors import ConfigurationError, ContextUnavailable
from gateway.embedders import onnx
from gateway.embedders.onnx import OnnxEmbedder


@pytest.fixture(scope="module")
def embedder():
    return OnnxEmbedder()


async def test_the_event_loop_stays_free(embedder):
    await embedder.embed(["loaded"])
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    clock = asyncio.create_task(tick())
    started = time.monotonic()
    await embedder.embed(["A sentence of some length. " * 40] * 10)
    elapsed = time.monotonic() - started
    clock.cancel()

    assert ticks > elapsed / 0.05


async def test_only_the_first_256_tokens_count(embedder):
    start = "word " * 300

    one, other = await embedder.embed([start + "cats", start + "quantum chromodynamics"])

    assert one == other


async def test_a_text_has_one_vector_whatever_stands_beside_it(embedder):
    beside = await embedder.embed(["short", "a much longer text " * 30, "short"])

    assert beside[0] == beside[2] == (await embedder.embed(["short"]))[0]


async def test_no_connection_is_made(monkeypatch):
    attempts = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: attempts.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: attempts.append(args))

    await OnnxEmbedder().embed(["nothing leaves"])

    assert attempts == []


def test_nothing_is_loaded_before_the_first_use():
    started = time.perf_counter()
    OnnxEmbedder()

    assert time.perf_counter() - started < 0.1


async def test_the_tokenizer_may_be_a_plain_file(embedder, tmp_path):
    with zipfile.ZipFile(embedder._tokenizer_path) as archive:
        archive.extract("tokenizer.json", tmp_path)

    plain = OnnxEmbedder(tokenizer_path=tmp_path / "tokenizer.json")

    assert await plain.embed(["same"]) == await embedder.embed(["same"])
    assert plain.version == embedder.version


def test_a_path_that_is_not_there_is_named_at_once(tmp_path):
    with pytest.raises(ConfigurationError, match=r"absent\.onnx is not there"):
        OnnxEmbedder(model_path=tmp_path / "absent.onnx")


def test_a_package_that_is_not_installed_is_named():
    with pytest.raises(ConfigurationError, match=r"model\.onnx of the Python package some-model, which is not inst"):
        onnx._existing(None, "some-model", "some_model_that_is_nowhere", "model.onnx")


def test_there_must_be_a_thread():
    with pytest.raises(ConfigurationError, match="threads"):
        OnnxEmbedder(threads=0)


async def test_a_broken_model_is_a_refusal_that_names_the_file(tmp_path):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a model")

    with pytest.raises(ContextUnavailable, match=r"broken\.onnx .* cannot be loaded"):
        await OnnxEmbedder(model_path=broken).embed(["text"])


def test_policies_learn_that_the_text_stays_in_the_house(embedder):
    assert embedder.facts["self_hosted"] is True
    assert embedder.facts["trains_on_data"] is False


def test_another_model_has_another_version(embedder, tmp_path):
    other = tmp_path / "model.onnx"
    other.write_bytes(b"other weights")

    assert OnnxEmbedder(model_path=other).version != embedder.version
