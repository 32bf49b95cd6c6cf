from gateway.dialects.chat import CHAT
from gateway.domain.chat import Citation, Cites, Delta
from gateway.domain.documents import Chunk, How, Source

CHUNK = Chunk(Source("file", "kb"), "a.md", "sha256:00", 0, "text", How.DECLARED, title="A")


def test_what_the_provider_cited_itself_stays():
    own = {"type": "url_citation", "url_citation": {"url": "https://elsewhere.example"}}
    message = {"role": "assistant", "content": "x [doc1]", "annotations": [own]}
    delta = Delta({"choices": [{"index": 0, "message": message}]})
    part = CHAT.parts(delta)[0]

    before, after = CHAT.cited(delta, part, (), [Citation(1, CHUNK, "x", 0, 1, 8)], frozenset({Cites.ANNOTATIONS}))

    first, second = after.raw["choices"][0]["message"]["annotations"]
    assert (before, first) == ([], own)
    assert second["url_citation"]["title"] == "A"
