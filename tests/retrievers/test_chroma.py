import asyncio
import gc
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.chunking import chunks
from gateway.dialects.chat import CHAT
from gateway.domain.chat import ChatRequest
from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, Document, How, Source
from gateway.domain.errors import BadRequest, ConfigurationError, ContextUnavailable, Forbidden, NotFound
from gateway.domain.facts import Facts
from gateway.domain.filters import Compared, Comparison, Filter
from gateway.domain.principals import Principal
from gateway.embedders.onnx import OnnxEmbedder
from gateway.retrievers.chroma import ChromaAddress, ChromaCollections, ChromaIndex, ChromaRetriever
from gateway.retrievers.entries import metadata
from tests.retrievers.server import chroma_server
from tests.retrievers.words import WordEmbedder

KB = Source("file", "/kb")
WHO = Principal("bot", "acme", collections=("kb", "more"))


def document(id: str, text: str, source: Source = KB, **labels) -> Document:
    return Document(source, id, text, digest(text), title=id, labels=Facts(labels))


def request(question: str, *collections: str) -> ChatRequest:
    body = {"model": "m", "messages": [{"role": "user", "content": question}], "collections": list(collections)}
    return CHAT.parse(body)


class House:
    """Two collections in one folder, with all that reads and writes them."""

    def __init__(self, folder: Path) -> None:
        address = ChromaAddress(folder)
        self.embedder = WordEmbedder()
        self.collections = ChromaCollections({"kb": address, "more": address})
        self.index = ChromaIndex(self.collections, self.embedder)
        self.retriever = ChromaRetriever(self.collections, self.embedder)

    async def put(self, *documents: Document, collection: str = "kb", tenant: str = "acme") -> None:
        cut = [chunks(one) for one in documents]
        vectors = await self.embedder.embed([chunk.text for one in cut for chunk in one])
        await self.index.put(collection, tenant, cut, vectors)

    async def found(self, question: str, *collections: str, who: Principal = WHO) -> list[str]:
        hits = await self.retriever.retrieve(request(question, *(collections or ("kb",))), who)
        return [hit.text for hit in hits]


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path / "chroma")
    yield house
    house.collections.close()


async def test_the_nearest_chunks_come_first_with_everything_known_of_them(house):
    refunds = document("refunds.md", "refunds take ten days", classification="internal", readers=("hr", "ops"))
    await house.put(refunds, document("reactor.md", "liquid sodium cools the reactor"))

    first, second = await house.retriever.retrieve(request("how long do refunds take", "kb"), WHO)

    assert replace(first, score=None) == replace(chunks(refunds)[0], how=How.RETRIEVED)
    assert 0 <= second.score < first.score <= 1
    assert first.digest == digest("refunds take ten days")


async def test_a_request_that_asks_for_no_search_gets_none(house):
    assert list(await house.retriever.retrieve(request("anything"), WHO)) == []
    assert house.embedder.asked == []


async def test_no_more_than_asked_for_come_back(house):
    await house.put(*(document(f"{n}.md", f"page number {n}") for n in range(20)))

    body = {"type": "lineward", "parameters": {"collection": "kb", "top_n_documents": 3}}
    asked = CHAT.parse({"model": "m", "messages": [{"role": "user", "content": "page"}], "data_sources": [body]})

    assert len(await house.retriever.retrieve(asked, WHO)) == 3


class Public:
    """Admits only public texts, and remembers who asked for what."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def of(self, request: ChatRequest, principal: Principal) -> "Public":
        self.asked.append((principal.application, request.model))
        return self

    def admits(self, chunk: Chunk) -> bool:
        return chunk.labels.get("classification") == "public"

    @property
    def filter(self) -> Filter:
        return Compared("classification", Comparison.IN, ("public",))


@pytest.mark.parametrize("secrets", [1, 3, 60])
async def test_what_policies_refuse_takes_no_place_from_what_they_allow(house, secrets):
    """However many refused chunks are nearer, and however many places they would have taken."""
    await house.put(*(document(f"s{n}", f"red apples {n}", classification="restricted") for n in range(secrets)))
    await house.put(*(document(f"p{n}", f"red pears and more {n}", classification="public") for n in range(9)))
    admissions = Public()
    house.retriever = ChromaRetriever(house.collections, house.embedder, admissions=admissions)

    hits = await house.retriever.retrieve(request("red apples", "kb"), WHO)

    labels = [hit.labels["classification"] for hit in hits]
    assert (labels.count("public"), labels.count("restricted")) == (5, min(secrets, 5))
    assert admissions.asked == [("bot", "m")]


async def test_several_collections_are_searched_and_the_best_come_first(house):
    await house.put(document("a", "red apples"))
    await house.put(document("b", "red apples and pears"), collection="more")

    assert await house.found("red apples and pears", "kb", "more") == ["red apples and pears", "red apples"]


async def test_another_tenant_s_chunks_never_come_back(house):
    await house.put(*(document(f"{n}", f"salary table {n}") for n in range(30)), tenant="rival")
    await house.put(document("mine", "lunch menu"))

    assert await house.found("salary table") == ["lunch menu"]
    assert await house.found("salary table", who=replace(WHO, tenant="nobody")) == []


@pytest.mark.parametrize("tenant", ["rival", None])
async def test_a_chunk_that_strayed_into_a_tenant_s_collection_does_not_come_back(house, tenant):
    """Chroma may be written by others; what an entry says of its tenant is looked at all the same."""
    [stray] = chunks(document("stray", "salary table"))
    said = metadata(tenant, stray) if tenant else {"made": "elsewhere"}
    [vector] = await house.embedder.embed([stray.text])
    await house.put(document("mine", "lunch menu"))
    await house.collections.call(
        "kb",
        "acme",
        house.embedder.version,
        lambda found: found.upsert(ids=["x"], embeddings=[vector], documents=[stray.text], metadatas=[said]),
    )

    assert await house.found("salary table") == ["lunch menu"]


@pytest.mark.parametrize("name", ["kb", "k", "-", "x" * 480])
async def test_names_of_any_length_can_be_searched(tmp_path, name):
    collections = ChromaCollections({name: ChromaAddress(tmp_path)})
    retriever = ChromaRetriever(collections, WordEmbedder())

    found = await retriever.retrieve(request("q", name), replace(WHO, collections=(name,)))

    assert found == []
    collections.close()


async def test_an_empty_collection_finds_nothing(house):
    assert await house.found("anything") == []


async def test_a_collection_that_the_key_does_not_name_is_forbidden_whether_it_exists_or_not(house):
    stranger = replace(WHO, collections=())

    for name in ("kb", "nowhere"):
        with pytest.raises(Forbidden, match=f"'bot' may not search the collection '{name}'") as refused:
            await house.found("q", name, who=stranger)
        assert refused.value.param == "collections"
    assert house.embedder.asked == []


async def test_a_collection_that_is_not_configured_is_not_found(house):
    with pytest.raises(NotFound, match="no collection 'gone'") as refused:
        await house.found("q", "kb", "gone", who=replace(WHO, collections=("kb", "gone")))

    assert refused.value.code == "collection_not_found"


async def test_a_search_without_a_question_is_refused(house):
    with pytest.raises(BadRequest, match="no text of a user") as refused:
        await house.found("  ")

    assert refused.value.param == "messages"


async def test_a_repeated_question_is_embedded_once(house):
    await house.put(document("a", "red apples"))
    house.embedder.asked.clear()

    answers = [await house.found("red apples?") for _ in range(3)]

    assert answers == [["red apples"]] * 3
    assert house.embedder.asked == ["red apples?"]


async def test_the_questions_asked_longest_ago_are_forgotten(house):
    house.retriever = ChromaRetriever(house.collections, house.embedder, remembered=2)

    for question in ("one", "two", "one", "three", "one", "two"):
        await house.found(question)

    assert house.embedder.asked == ["one", "two", "three", "two"]


async def test_a_new_version_takes_the_place_of_the_old_one(house):
    await house.put(document("a", "old words " * 400), document("b", "stays"))

    await house.put(document("a", "new words"))

    assert sorted(await house.found("old words")) == ["new words", "stays"]


async def test_labels_that_are_gone_do_not_stay_behind(house):
    await house.put(document("a", "text", classification="public", trust="web"))

    await house.put(document("a", "text", classification="restricted"))

    [hit] = await house.retriever.retrieve(request("text", "kb"), WHO)
    assert hit.labels == Facts(classification="restricted")


async def test_the_same_name_in_another_source_or_tenant_is_another_document(house):
    await house.put(document("a", "ours"), document("a", "theirs", Source("file", "/else")))
    await house.put(document("a", "rival text"), tenant="rival")

    await house.put(document("a", "ours anew"))
    await house.index.remove("kb", "acme", [document("a", "", Source("file", "/else"))])

    assert await house.found("ours theirs") == ["ours anew"]
    assert await house.found("x", who=replace(WHO, tenant="rival")) == ["rival text"]


async def test_a_document_is_held_only_if_it_is_whole_and_alone(house):
    long = document("a", "many words " * 300)
    cut = chunks(long)
    await house.put(long)

    assert await house.index.holds("kb", "acme", [cut]) == [True]
    assert await house.index.holds("kb", "rival", [cut]) == [False]
    assert await house.index.holds("more", "acme", [cut]) == [False]
    assert await house.index.holds("kb", "acme", [[replace(chunk, title="other") for chunk in cut]]) == [False]
    await house.index.put("kb", "acme", [cut[:-1]], await house.embedder.embed([chunk.text for chunk in cut[:-1]]))
    assert await house.index.holds("kb", "acme", [cut, chunks(document("b", "x"))]) == [False, False]


async def test_a_long_document_is_written_in_slices(house):
    words = document("a", "word " * 250_000)

    await house.put(words)

    assert await house.index.holds("kb", "acme", [chunks(words)]) == [True]
    await house.put(document("a", "short"))
    assert await house.found("word") == ["short"]


async def test_many_tasks_may_search_and_write_at_once(house):
    await house.put(document("fixed", "fixed star"))

    async def write(number: int) -> None:
        for turn in range(5):
            await house.put(document(f"{number}", f"moving {turn}"))

    async def read(_: int) -> bool:
        return all(["fixed star" in await house.found("fixed star") for _ in range(10)])

    *_, seen = await asyncio.gather(*map(write, range(4)), *map(read, range(4)))

    assert seen
    assert sorted(await house.found("x")) == ["fixed star", *["moving 4"] * 4]


async def test_what_was_written_is_there_after_a_restart(house, tmp_path):
    await house.put(document("a", "kept"))
    house.collections.close()

    again = House(tmp_path / "chroma")

    assert await again.found("kept") == ["kept"]
    again.collections.close()


async def test_vectors_of_another_model_are_never_compared(house):
    await house.put(document("a", "text"))
    house.retriever = ChromaRetriever(house.collections, WordEmbedder("words:2"))

    with pytest.raises(ContextUnavailable, match=r"holds vectors of the embedder 'words:1'.*'words:2'"):
        await house.found("text")


async def test_a_folder_that_cannot_be_opened_is_a_refusal_that_quotes_nothing(tmp_path):
    (tmp_path / "chroma").write_text("a file, not a folder")
    house = House(tmp_path / "chroma")

    with pytest.raises(ContextUnavailable, match=r"^The collection 'kb' cannot be used: \w+\.$"):
        await house.found("secret question")


async def test_a_search_that_hangs_is_given_up(house):
    class Hanging(WordEmbedder):
        async def embed(self, texts):
            await asyncio.sleep(60)

    house.retriever = ChromaRetriever(house.collections, Hanging(), timeout=0.05)

    with pytest.raises(ContextUnavailable, match=r"longer than 0\.05 seconds"):
        await house.found("q")


@pytest.mark.parametrize("name", ["", "a b", "umläut", "x" * 481, "a/b"])
def test_names_that_chroma_does_not_take_are_told_at_the_start(name):
    with pytest.raises(ConfigurationError, match="letters, digits"):
        ChromaCollections({name: ChromaAddress(Path("x"))})


@pytest.mark.parametrize("fields", [{}, {"path": Path("x"), "host": "h"}])
def test_an_address_is_a_folder_or_a_server(fields):
    with pytest.raises(ConfigurationError, match="either 'path' or 'host'"):
        ChromaAddress(**fields)


async def test_nothing_is_connected_to_whatever_the_environment_says(house, monkeypatch):
    attempts = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: attempts.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: attempts.append(args))
    monkeypatch.setenv("ANONYMIZED_TELEMETRY", "True")
    monkeypatch.setenv("CHROMA_SERVER_HOST", "collector.example.com")
    monkeypatch.setenv("CHROMA_API_IMPL", "chromadb.api.fastapi.FastAPI")
    monkeypatch.setenv("CHROMA_OTEL_COLLECTION_ENDPOINT", "http://collector.example.com")

    await house.put(document("a", "text"))

    assert await house.found("text") == ["text"]
    assert attempts == []


@pytest.fixture
def server(tmp_path):
    """Return the port of a Chroma server."""
    with chroma_server(tmp_path / "server") as port:
        yield port


async def test_a_server_holds_collections_as_a_folder_does(house, server):
    house.collections = ChromaCollections({"kb": ChromaAddress(host="127.0.0.1", port=server)})
    house.index = ChromaIndex(house.collections, house.embedder)
    house.retriever = ChromaRetriever(house.collections, house.embedder)

    await house.put(document("a", "red apples", readers=("hr",)), document("b", "blue plums"))
    await house.put(document("b", "blue berries"))

    [hit, other] = await house.retriever.retrieve(request("red apples", "kb"), WHO)
    assert hit.labels == Facts(readers=("hr",))
    assert other.text == "blue berries"
    house.collections.close()
    gc.collect()


async def test_a_server_that_is_not_there_is_a_refusal(house):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        house.collections = ChromaCollections({"kb": ChromaAddress(host="127.0.0.1", port=unused.getsockname()[1])})
        house.retriever = ChromaRetriever(house.collections, house.embedder)

        with pytest.raises(ContextUnavailable, match="'kb' cannot be used"):
            await house.found("q")


async def test_meaning_is_found_with_the_real_model(tmp_path):
    house = House(tmp_path)
    house.embedder = OnnxEmbedder()
    house.index = ChromaIndex(house.collections, house.embedder)
    house.retriever = ChromaRetriever(house.collections, house.embedder)
    await house.put(
        document("refunds", "Customers are repaid within ten days of sending the goods back."),
        document("reactor", "Liquid sodium carries heat away from the core."),
        document("lunch", "The canteen serves soup at noon."),
    )

    found = await house.found("When do I get my money?")

    assert found[0].startswith("Customers are repaid")
    house.collections.close()
