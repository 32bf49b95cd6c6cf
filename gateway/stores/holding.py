"""Legal holds: what lies under one is neither erased nor removed for its age."""

from collections.abc import Iterator, Sequence

from gateway.domain.digests import new_id
from gateway.domain.erasures import Hold, HoldsIt
from gateway.domain.principals import Principal
from gateway.domain.runs import Held, IncidentStep, RunEvent, RunState
from gateway.stores.additions import short
from gateway.stores.asides import Asked
from gateway.stores.compression import compressor
from gateway.stores.decoding import decode
from gateway.stores.packing import pack_id, unpack_id, unpack_time
from gateway.stores.questions import Questions

KINDS = ("response", "subject", "document")

_ACTIVE = """SELECT h.event, h.id, e.at, h.tenant, h.kind, h.target, e.detail FROM hold h
    JOIN event e ON e.idx = h.event WHERE h.action = 'place' AND h.tenant = ? AND NOT EXISTS (
    SELECT 1 FROM hold r WHERE r.id = h.id AND r.tenant = h.tenant AND r.action = 'release') ORDER BY h.event"""
_INCIDENTS = """SELECT i.incident, i.step, i.subject, e.at, e.idx FROM incident i JOIN event e ON e.idx = i.event
    WHERE e.tenant = ? ORDER BY i.event, i.position"""
_TENANTS = """SELECT tenant FROM hold UNION SELECT e.tenant FROM incident i JOIN event e ON e.idx = i.event"""


def placed(by: Principal, kind: str, target: str, reason: str = "") -> RunEvent:
    """Return the event that places a hold of *by*'s tenant on *target*; its run is the hold's id."""
    return RunEvent(new_id(), RunState.COMPLETE, Held(by, "place", kind, target, reason), by.tenant)


def released(by: Principal, hold: Hold) -> RunEvent:
    """Return the event that releases *hold*."""
    body = Held(by, "release", hold.kind, hold.target)
    return RunEvent(hold.id, RunState.COMPLETE, body, hold.tenant)


def active(ask: Asked, tenant: str) -> list[Hold]:
    """Return the holds that lie on something of *tenant*: those of their own, then those of its incidents' items."""
    own = [
        Hold(unpack_id(bytes(name)), unpack_time(at), owner, kind, target, _reason(bytes(detail)), index)
        for index, name, at, owner, kind, target, detail in ask.rows(_ACTIVE, tenant)
    ]
    return [*own, *_of_incidents(ask, tenant)]


def _of_incidents(ask: Asked, tenant: str) -> Iterator[Hold]:
    """Yield a hold, named like its incident, for each item of an incident that is held and not freed."""
    items: dict[bytes, dict[str, None]] = {}
    held: dict[bytes, tuple[int, int]] = {}
    for name, step, subject, at, index in ask.rows(_INCIDENTS, tenant):
        incident = bytes(name)
        if step == IncidentStep.ADDED:
            items.setdefault(incident, {})[subject] = None
        elif step == IncidentStep.REMOVED:
            items.get(incident, {}).pop(subject, None)
        elif step == IncidentStep.HELD:
            held[incident] = (at, index)
        elif step == IncidentStep.FREED:
            held.pop(incident, None)
    for incident, (at, index) in held.items():
        for subject in items.get(incident, ()):
            kind, _, target = subject.partition("/")
            reason = "an incident"
            yield Hold(unpack_id(incident), unpack_time(at), tenant, kind, target, reason, index, of_incident=True)


def refuse(holds: Sequence[Hold], kind: str, targets: Sequence[str]) -> None:
    """Raise `HoldsIt`, which names the hold, if one of *holds* lies on one of *targets* of that *kind*."""
    known = {short(target) for target in targets}
    for hold in holds:
        if hold.kind == kind and hold.target in known:
            because = f" ({hold.reason})" if hold.reason else ""
            raise HoldsIt(
                f"Nothing was erased: the legal hold {hold.id}{because} lies on "
                f"{'this person' if kind == 'subject' else f'the {kind} {hold.target}'}; release it first."
            )


class SQLHolds:
    """The holds that the store has, on connections that only read."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    def active(self, tenant: str | None) -> Sequence[Hold]:
        """Return the holds that lie on something of *tenant*, or of all. Raises `LineageUnavailable`."""
        with self._questions.asking(None) as ask:
            asked = Asked(ask.cursor, sqlite=self._questions.sqlite)
            tenants = [row[0] for row in asked.rows(_TENANTS)] if tenant is None else [tenant]
            return [hold for owner in tenants for hold in active(asked, owner)]

    def hold(self, id: str, tenant: str | None) -> Hold | None:
        """Return the hold with that *id*, as long as it is not released."""
        return next((hold for hold in self.active(tenant) if pack_id(hold.id) == pack_id(id)), None)


def _reason(detail: bytes) -> str:
    body = decode("hold", compressor().unpack(detail))
    return body.reason if isinstance(body, Held) else ""
