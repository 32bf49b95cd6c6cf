"""The documents that Anthropic's messages bring along: document blocks, search results, and what tools have found.

They stand in the request already, each text of them one chunk in its place.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.dialects.documents import DECLARED
from gateway.dialects.thoughts import type_of
from gateway.dialects.toolresults import results_in
from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.json import JSON, Object, Path

_CALLS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})


def declared_in(messages: Sequence[Object]) -> Iterator[Chunk]:
    """Yield the documents in *messages*, the conversation of a request, in order."""
    blocks = list(_blocks(messages))
    tools = {_name(block.get("id")): _name(block.get("name")) for _, block in blocks if type_of(block) in _CALLS}
    for at, block in blocks:
        if type_of(block).endswith("tool_result"):
            tool = tools.get(_name(block.get("tool_use_id"))) or "tool"
            yield from _results(block.get("content"), (*at, "content"), tool)
        else:
            yield from _documents(block, at, DECLARED)


def withheld(block: JSON, notice: str) -> Object:
    """Return a block that says *notice* and nothing of *block*, of its kind."""
    given = block if isinstance(block, dict) else {}
    citations = given.get("citations")
    cites: Object = {"citations": {"enabled": True}} if isinstance(citations, dict) and citations.get("enabled") else {}
    text: Object = {"type": "text", "text": notice}
    if given.get("type") == "document":
        return {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": notice}, **cites}
    if given.get("type") == "search_result":
        return {"type": "search_result", "source": "withheld", "title": "withheld", "content": [text], **cites}
    return text


def _blocks(messages: Sequence[Object]) -> Iterator[tuple[Path, Object]]:
    for number, message in enumerate(messages):
        content = message.get("content")
        for position, block in enumerate(content if isinstance(content, list) else ()):
            if isinstance(block, dict):
                yield ("messages", number, "content", position), block


def _results(content: JSON, at: Path, tool: str) -> Iterator[Chunk]:
    """Yield the documents in the result of *tool*: what it found, or the blocks in which it gives them itself."""
    if isinstance(content, str):
        yield from results_in(content, at, tool)
    elif isinstance(content, list):
        for position, block in enumerate(content):
            yield from _results(block, (*at, position), tool)
    elif isinstance(content, dict):
        text = content.get("text")
        if content.get("type") == "text" and isinstance(text, str):
            yield from results_in(text, (*at, "text"), tool)
        elif content.get("type") == "web_fetch_result":
            yield from _results(content.get("content"), (*at, "content"), tool)
        else:
            yield from _documents(content, at, Source("lineward", f"tool:{tool}"))


def _documents(block: Object, at: Path, source: Source) -> Iterator[Chunk]:
    """Yield the chunks of *block* if it is a document or a search result."""
    title, origin = _name(block.get("title")), block.get("source")
    if block.get("type") == "search_result":
        name = _name(origin)
        yield from _Named(source, name or title, title or None, name).chunks(block.get("content"), at, ("content",))
    elif block.get("type") == "document" and isinstance(origin, dict):
        named = _Named(source, title, title or None, "")
        if origin.get("type") == "text":
            yield from named.chunks(origin.get("data"), at, ("source", "data"))
        elif origin.get("type") == "content":
            yield from named.chunks(origin.get("content"), at, ("source", "content"))


@dataclass(frozen=True, slots=True)
class _Named:
    """What a block says of the document that its texts are from."""

    source: Source
    document: str
    """Empty when it says nothing: then its text names it."""
    title: str | None
    origin: str

    def chunks(self, content: JSON, block: Path, within: Path) -> Iterator[Chunk]:
        """Yield the chunks in *content*, a text or blocks of it, which stands at *within* in *block*.

        The block goes with its chunk if that is all there is in it.
        """
        if isinstance(content, str):
            yield self._chunk(content, content, 0, (*block, *within), block)
            return
        parts = (
            [part.get("text") if isinstance(part, dict) else None for part in content or ()]
            if isinstance(content, list)
            else []
        )
        texts = [(position, text) for position, text in enumerate(parts) if isinstance(text, str) and text]
        whole = "\n".join(text for _, text in texts)
        for ordinal, (position, text) in enumerate(texts):
            at = (*block, *within, position)
            yield self._chunk(text, whole, ordinal, (*at, "text"), block if len(parts) == 1 else at)

    def _chunk(self, text: str, whole: str, ordinal: int, path: Path, block: Path) -> Chunk:
        return Chunk(
            source=self.source,
            document=self.document or digest(whole),
            version=digest(whole),
            ordinal=ordinal,
            text=text,
            how=How.DECLARED,
            title=self.title,
            url=self.origin if "://" in self.origin else None,
            path=path,
            spans=((0, len(text)),),
            block=block,
        )


def _name(value: JSON) -> str:
    return value if isinstance(value, str) else ""
