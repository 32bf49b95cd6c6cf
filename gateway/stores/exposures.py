"""What was found in prompts and answers, and whether it left: counted from the record."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from gateway.domain.decisions import HIDING, REFUSING, Effect
from gateway.domain.exposures import Asked, Exposure, Exposures, Left, Total
from gateway.domain.findings import Where
from gateway.domain.runs import Body, Intent, Outcome
from gateway.stores.compression import compressor
from gateway.stores.decoding import decode
from gateway.stores.packing import pack_time, plain, unpack_time
from gateway.stores.queries import EVENT, OUTCOME, RESPONSE, Asking, Query
from gateway.stores.questions import Questions
from gateway.stores.statements import table
from gateway.stores.tables import EventRow, FindingRow, OutcomeRow, ResponseRow

FINDING = table(FindingRow).c

BOUND = 100_000
"""Findings whose way is told, the newest: that takes a look into each entry."""

EVERYTHING = Asked()

_EVER = 1 << 62
_CALLER = {"application": RESPONSE.application, "end_user": RESPONSE.end_user}
_EFFECTS = {str(effect): effect for effect in Effect}
_TO_CALLER = frozenset({Where.RESPONSE, Where.TOOL_CALL})


class SQLExposures:
    """Answers from the store that *questions* asks."""

    def __init__(self, questions: Questions, bound: int = BOUND) -> None:
        self._questions = questions
        self._bound = bound

    def exposures(self, tenant: str | None, asked: Asked = EVERYTHING) -> Exposures:
        """Return what was found of what is *asked*, by kind, way and fate. Raises `LineageUnavailable`."""
        given: dict[str, object] = {
            "since": pack_time(asked.since) if asked.since else 0,
            "until": pack_time(asked.until) if asked.until else _EVER,
            "application": plain(asked.application),
            "end_user": plain(asked.end_user),
        }
        newest, kinds = _questions(frozenset(name for name in _CALLER if given[name]))
        counts: Counter[tuple[str, Left, str, str, str, str]] = Counter()
        responses: dict[tuple[str, Left, str, str, str, str], set[int]] = {}
        ways: dict[int, tuple[str, str]] = {}
        with self._questions.asking(tenant) as ask:
            rows = ask(newest, limit=self._bound + 1, **given)
            counted, complete = rows[: self._bound], len(rows) <= self._bound
            for event, entity, border, action, _ in counted:
                if event not in ways:
                    ways[event] = _way(ask, event)
                to = _to(border)
                provider, region = ways[event]
                key = entity, _left(action, provider), to, provider, region, action
                counts[key] += 1
                responses.setdefault(key, set()).add(event)
            every = Counter(row[1:4] for row in rows) if complete else {row[:3]: row[3] for row in ask(kinds, **given)}
        found = [Exposure(*key, count, len(responses[key])) for key, count in counts.items()]
        order = list(Left)
        found.sort(key=lambda one: (order.index(one.left), -one.findings, one.entity, one.provider))
        return Exposures(found, complete, None if complete else unpack_time(counted[-1][4]), _totals(every))


def _totals(every: Mapping[tuple[str, str, str], int]) -> Sequence[Total]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for (entity, border, action), count in every.items():
        counts[entity, _to(border), action] += count
    return [Total(*key, count) for key, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]


def _to(border: str) -> str:
    return "caller" if border in _TO_CALLER else "provider"


def _left(action: str, provider: str) -> Left:
    effect = _EFFECTS.get(action, Effect.ALLOW)
    if effect in REFUSING or not provider:
        return Left.WITHHELD
    return Left.MASKED if effect in HIDING else Left.UNMASKED


def _way(ask: Asking, event: int) -> tuple[str, str]:
    """Return the provider that the prompt or answer of *event* went to or came from, and its region."""
    bodies = [_body(kind, detail) for row in ask(_detail, event=event) for kind, detail in (row[:2], row[2:]) if kind]
    intent = next((body for body in bodies if isinstance(body, Intent)), None)
    outcome = next((body for body in bodies if isinstance(body, Outcome)), None)
    if intent is None:
        return (outcome.provider if outcome else ""), ""
    provider = outcome.provider if outcome and outcome.provider else intent.provider
    regions: Mapping[str, str] = {
        str(facts.get("provider", "")): str(facts.get("region", "")) for facts in intent.destinations
    }
    return provider, intent.region if provider == intent.provider else regions.get(provider, "")


def _body(kind: str, detail: bytes) -> Body:
    return decode(kind, compressor().unpack(detail))


@lru_cache
def _questions(whose: frozenset[str]) -> tuple[Query, Query]:
    """Return the questions for the `limit` newest findings, and for how many there are of each kind.

    They are about the time from `since` to `until`, and about the callers that the parameters *whose* name.
    """

    def newest(tenant: bool) -> Select[Any]:
        found = _in_time(whose, tenant, FINDING.event, FINDING.entity, FINDING.border, FINDING.action, EVENT.at)
        return found.order_by(FINDING.event.desc(), FINDING.position).limit(bindparam("limit"))

    def kinds(tenant: bool) -> Select[Any]:
        kind = (FINDING.entity, FINDING.border, FINDING.action)
        return _in_time(whose, tenant, *kind, func.count()).group_by(*kind)

    return newest, kinds


def _in_time(whose: frozenset[str], tenant: bool, *columns: Any) -> Select[Any]:
    found = (
        select(*columns)
        .join_from(table(FindingRow), table(EventRow), EVENT.idx == FINDING.event)
        .where(EVENT.at >= bindparam("since"), EVENT.at <= bindparam("until"))
    )
    if whose:
        found = found.join(table(ResponseRow), RESPONSE.id == EVENT.run)
        found = found.where(*(_CALLER[name] == bindparam(name) for name in sorted(whose)))
    return found.where(EVENT.tenant == bindparam("tenant")) if tenant else found


def _detail(tenant: bool) -> Select[Any]:
    """Type and detail of `event`, and of the outcome if it is an intent that has one."""
    ending = table(EventRow).alias("ending")
    return (
        select(EVENT.type, EVENT.detail, ending.c.type, ending.c.detail)
        .select_from(table(EventRow))
        .outerjoin(table(OutcomeRow), OUTCOME.seq == EVENT.idx)
        .outerjoin(ending, ending.c.idx == OUTCOME.event)
        .where(EVENT.idx == bindparam("event"))
    )
