"""The one door to CEL: typed at compile time, bounded at run time.

The Common Expression Language, https://github.com/google/cel-spec, by Google's C++ implementation. It is linear in time
but for nested macros, which its iteration budget stops; regular expressions are RE2.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol

from cel_expr_python import cel  # type: ignore[import-untyped]  # it ships stubs without the marker

from gateway.domain.facts import Value
from gateway.policy.attributes import NOW, SUBJECTS, Attribute, Kind
from gateway.policy.readings import Reading, Unreadable
from gateway.policy.suggestions import no_attribute

LONGEST = 4096
"""Characters that an expression may have."""

GROWTH = 256
"""How many times as large as what it reads a value may become in an expression."""

REMEMBERED = 1024
"""Answers that an expression keeps at hand: many chunks carry the same labels."""


class Expression(Protocol):
    """A condition over attributes."""

    @property
    def text(self) -> str:
        """The expression as it was written."""

    @property
    def references(self) -> tuple[str, ...]:
        """Full names of the attributes that it reads, in order."""

    def holds(self, reading: Reading) -> bool:
        """Return whether it holds; raise `Unreadable` if it cannot be evaluated."""


class ExpressionError(Exception):
    """An expression that must not be used; the message is a sentence for its author."""


@dataclass(frozen=True, slots=True)
class CELExpression:
    """A compiled CEL expression."""

    text: str
    references: tuple[str, ...]
    present: frozenset[str]
    """The references that it asks for with `has`."""
    evaluate: Callable[[tuple[Value | None, ...]], bool | str] = field(compare=False, repr=False)
    """Returns the answer for the values of *references*, or CEL's words about an error."""

    def holds(self, reading: Reading) -> bool:
        """Return whether it holds; raise `Unreadable` if it cannot be evaluated."""
        if reading.wrong:
            for name in self.present & reading.wrong.keys():
                raise Unreadable(name, reading.wrong[name])
        answer = self.evaluate(tuple(map(reading.values.get, self.references)))
        if isinstance(answer, bool):
            return answer
        raise _unreadable(reading, answer)


def compiled(text: str, visible: Mapping[str, Attribute]) -> CELExpression:
    """Return the expression *text* over the *visible* attributes, by full name.

    Raises `ExpressionError` for a syntax error, an unknown attribute, operands of types that do not fit, a result that
    is not a boolean, a pattern that is no RE2, loops that exceed the budget whatever they are given, or that could make
    values grow beyond all bounds.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"An expression has at most {LONGEST} characters.")
    if _growth(text) > GROWTH:
        raise ExpressionError("The expression takes too much memory: its loops use their values again and again.")
    references, present = _names(text, visible)
    variables = {name: _TYPES[attribute.kind] for name, attribute in visible.items()}
    variables |= {f"has.{name}": cel.Type.BOOL for name in present}
    try:
        program = cel.NewEnv(variables=variables).compile(_TOKEN.sub(_presence, text))
    except RuntimeError as error:
        raise ExpressionError(_sentence(str(error), visible)) from error
    if program.return_type() != cel.Type.BOOL:
        raise ExpressionError(f"The expression is of type {program.return_type().name().lower()}, not true or false.")
    evaluate = lru_cache(maxsize=REMEMBERED)(_evaluator(program.eval, references, present))
    _try_out(evaluate(tuple(_SAMPLES[visible[name].kind] for name in references)))
    return CELExpression(text, references, present, evaluate)


def _evaluator(
    run: Callable[..., cel.Value], references: tuple[str, ...], present: frozenset[str]
) -> Callable[[tuple[Value | None, ...]], bool | str]:
    asked = tuple((f"has.{name}", references.index(name)) for name in present)

    def evaluate(values: tuple[Value | None, ...]) -> bool | str:
        data: dict[str, object] = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in zip(references, values, strict=True)
            if value is not None
        }
        for variable, position in asked:
            data[variable] = values[position] is not None
        try:
            answer = run(data=data).value()
        except (RuntimeError, UnicodeError) as error:
            return str(error)
        return answer if isinstance(answer, bool) else str(answer)

    return evaluate


_TYPES = {
    Kind.STRING: cel.Type.STRING,
    Kind.INT: cel.Type.INT,
    Kind.DOUBLE: cel.Type.DOUBLE,
    Kind.BOOL: cel.Type.BOOL,
    Kind.TIMESTAMP: cel.Type.TIMESTAMP,
    Kind.LIST: cel.Type.List(cel.Type.STRING),
}

_SAMPLES: Mapping[Kind, Value] = {
    Kind.STRING: "a",
    Kind.INT: 1,
    Kind.DOUBLE: 1.0,
    Kind.BOOL: True,
    Kind.TIMESTAMP: datetime(2026, 1, 1, tzinfo=UTC),
    Kind.LIST: ("a", "b"),
}

_TOKEN = re.compile(
    r"""
      (?P<passive> //[^\n]*
        | [bB]?[rR][bB]?(?: \"{3}.*?\"{3} | '{3}.*?'{3} | "[^"\n]*" | '[^'\n]*' )
        | [bB]?(?: \"{3}(?:\\.|[^\\])*?\"{3} | '{3}(?:\\.|[^\\])*?'{3} | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' ) )
    | (?<![\w.]) has \s*\(\s* (?P<has> [a-z_]+ \s*\.\s* \w+ ) \s*\)
    | (?<![\w.]) (?P<name> [A-Za-z_]\w* \s*\.\s* [A-Za-z_]\w* | now\b )
    """,
    re.VERBOSE | re.DOTALL,
)
"""What matters in an expression's text: strings and comments (to pass over), `has(a.b)`, and names `a.b`."""


def _names(text: str, visible: Mapping[str, Attribute]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the attributes that *text* reads, and those of them that it asks for with `has`."""
    namespaces = {*SUBJECTS.values(), "user", "dest", NOW}
    references: dict[str, None] = {}
    present: set[str] = set()
    for token in _TOKEN.finditer(text):
        name = "".join((token["has"] or token["name"] or "").split())
        if name.partition(".")[0] not in namespaces:
            continue
        if name not in visible:
            raise ExpressionError(no_attribute(name, visible))
        references[name] = None
        if token["has"]:
            present.add(name)
    return tuple(references), frozenset(present)


_LOOP = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(\s*([A-Za-z_]\w*)\s*,")


def _growth(text: str) -> float:
    """Return at most how many times as large as what *text* reads the values in it become.

    CEL counts the steps of loops and not what they make. A value is doubled only by using the variable of a loop twice;
    of *n* loops whose variables are used *s* times in all, the product is greatest when each is used *s / n* times.
    """
    code = _TOKEN.sub(lambda token: " " if token["passive"] else token[0], text)
    loops = Counter(_LOOP.findall(code))
    growth = 1.0
    for name, number in loops.items():
        used = len(re.findall(rf"(?<![\w.]){name}\b", code)) - number
        growth *= max(1.0, used / number) ** min(number, 64)
    return growth


def _presence(token: re.Match[str]) -> str:
    """Return the variable that stands for `has(a.b)`, as long as what it replaces; CEL's own macro is for messages."""
    if not token["has"]:
        return token[0]
    return ("has." + "".join(token["has"].split())).ljust(len(token[0]))


def _try_out(answer: bool | str) -> None:
    """Raise `ExpressionError` if the *answer* for values of the right types shows that no values can help."""
    for symptom, sentence in _FLAWS.items():
        if isinstance(answer, str) and symptom in answer:
            raise ExpressionError(sentence)


_FLAWS = {
    "budget": "The expression takes too many steps, whatever it reads.",
    "regular expression": "A pattern in the expression is no RE2 regular expression.",
    "No value with name": "The expression names an attribute in a way that cannot be read; write `chunk.source`.",
}


def _unreadable(reading: Reading, problem: str) -> Unreadable:
    """Return what to raise: the attribute that is at fault if one is; never CEL's own words, which hold values."""
    missing = re.search(r'No value with name "([\w.]+)"', problem)
    if missing:
        name = missing[1]
        return Unreadable(name, reading.wrong.get(name, f"{name} is missing."))
    if "budget" in problem:
        return Unreadable("", "its expression takes too many steps.")
    return Unreadable("", "its expression cannot be evaluated on these values.")


def _sentence(problem: str, visible: Mapping[str, Attribute]) -> str:
    """Return CEL's error message as one sentence with its place."""
    found = re.search(r"<input>:(\d+):(\d+): (.*)", problem)
    if not found:
        return (
            "The expression is nested too deeply." if "recursion" in problem else "The expression cannot be compiled."
        )
    line, column, words = found.groups()
    undeclared = re.search(r"undeclared reference to '([\w.]+)'", words)
    if undeclared and "." in undeclared[1]:
        return no_attribute(undeclared[1], visible)
    return f"In the expression, line {line}, column {column}: {words.removeprefix('Syntax error: ')}."
