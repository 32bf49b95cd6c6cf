"""What is different between two responses, or between two versions of a text: only that, side by side."""

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.domain.decisions import Decision
from gateway.domain.json import JSON
from gateway.domain.records import ContextEntry, ResponseRecord
from gateway.lineage.prompts import Prompt

_PLAIN = (
    "application", "purpose", "end_user", "conversation", "model", "provider", "region", "model_served", "policy",
    "decision", "state", "error", "reason",
)  # fmt: skip
"""Fields of a record that are compared as they are."""

_TEXTUAL = frozenset({"messages", "input", "prompt", "system", "instructions", "documents", "texts"})
"""Fields of a body that are compared as texts, not as parameters."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not the same on both sides."""

    name: str
    left: JSON
    right: JSON


@dataclass(frozen=True, slots=True)
class ChunkChange:
    """A chunk whose part is not the same; empty where a side does not have it."""

    document: str
    source: str
    chunk: str
    left: str
    """State, rank and rule, such as `sent #2` or `dropped #1 by stays-in-house`."""
    right: str


@dataclass(frozen=True, slots=True)
class TextChange:
    """A text that is not the same."""

    path: str
    lines: Sequence[str]
    """A unified diff without its head."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What is different between two responses."""

    left: str
    right: str
    facts: Sequence[Change]
    parameters: Sequence[Change]
    chunks: Sequence[ChunkChange]
    prompt: Sequence[TextChange]
    answer: Sequence[str]
    """A unified diff; empty when it is the same."""
    findings: Sequence[Change]
    rules: Sequence[Change]
    complete: bool
    """Whether both prompts were kept, so that nothing different can have been missed."""

    @property
    def same(self) -> bool:
        """Whether nothing is different."""
        parts = (self.facts, self.parameters, self.chunks, self.prompt, self.answer, self.findings, self.rules)
        return not any(parts)


def difference(left: ResponseRecord, right: ResponseRecord, prompts: tuple[Prompt, Prompt]) -> Difference:
    """Return what is different between two responses, whose *prompts* are given in the same order."""
    return Difference(
        left=left.id,
        right=right.id,
        facts=[
            Change(name, getattr(left, name), getattr(right, name))
            for name in _PLAIN
            if getattr(left, name) != getattr(right, name)
        ],
        parameters=list(_changes(_parameters(prompts[0]), _parameters(prompts[1]))),
        chunks=list(_chunks(left.context, right.context)),
        prompt=list(_prompts(*prompts)),
        answer=text_difference(left.answer, right.answer),
        findings=list(_changes(_findings(left), _findings(right))),
        rules=list(_changes(_rules(left), _rules(right))),
        complete=not any(prompt.missing or prompt.body is None for prompt in prompts),
    )


def text_difference(left: str, right: str) -> list[str]:
    """Return a unified diff of two texts, without its head; nothing if they are the same."""
    return list(difflib.unified_diff(left.splitlines(), right.splitlines(), n=2, lineterm=""))[2:]


def _changes(left: Mapping[str, JSON], right: Mapping[str, JSON]) -> Iterator[Change]:
    for name in dict.fromkeys([*left, *right]):
        if left.get(name) != right.get(name):
            yield Change(name, left.get(name), right.get(name))


def _parameters(prompt: Prompt) -> Mapping[str, JSON]:
    return {name: value for name, value in (prompt.body or {}).items() if name not in _TEXTUAL}


def _chunks(left: Sequence[ContextEntry], right: Sequence[ContextEntry]) -> Iterator[ChunkChange]:
    sides = [{(one.source, one.document, one.chunk): one for one in side} for side in (left, right)]
    for key in dict.fromkeys([*sides[0], *sides[1]]):
        told = [_part(side.get(key)) for side in sides]
        if told[0] != told[1]:
            source, document, chunk = key
            yield ChunkChange(document, source, chunk, told[0], told[1])


def _part(entry: ContextEntry | None) -> str:
    if entry is None:
        return ""
    return f"{entry.state} #{entry.rank}" + (f" by {entry.rule}" if entry.rule else "")


def _prompts(left: Prompt, right: Prompt) -> Iterator[TextChange]:
    sides = [{text.path: text for text in prompt.texts} for prompt in (left, right)]
    for path in dict.fromkeys([*sides[0], *sides[1]]):
        texts = [side[path].text if path in side else "" for side in sides]
        if texts[0] is not None and texts[1] is not None and (lines := text_difference(texts[0], texts[1])):
            yield TextChange(path, lines)


def _findings(record: ResponseRecord) -> Mapping[str, JSON]:
    return dict(Counter(f"{one.entity} in {one.where}: {one.action}" for one in record.findings))


def _rules(record: ResponseRecord) -> Mapping[str, JSON]:
    spoken: list[Decision] = [*record.decisions, *(one.decision for one in record.context if one.decision)]
    return {hit.rule: str(hit.effect) for decision in spoken for hit in decision.enforced}
