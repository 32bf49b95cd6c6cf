"""Where a request goes: to the first destination that policies let it go to, as they want it there.

Every destination of a model's route is judged like the first one, fallbacks too, but only when its turn comes: where
the first may be asked, no other costs anything. One that policies refuse is passed over, and the decision stands in the
record. A rule that routes (`effect: {route: {to: local-llama}}`) exchanges what is left of the route for the one that
it names, a model's or a provider's. What it names is judged by all rules, too, and there the rule itself has nothing
more to ask. Of several such rules the one whose id comes first is followed. It may name a model that the caller's key
does not include: who may be asked is then the policy's word, not the caller's.

What is decided for a destination that is passed over is void with it, a quarantine too: the chunk never went there, the
record of the response does not hold that decision, and which destinations get their turn is the route's accident. A
rule that quarantines whatever the destination says so at the one that is taken as well; where none may be asked, that
of the first one holds, which is what the record tells.

In an answer there is nothing left to route: such a rule acts on requests, documents and prompts.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.border import Border, Material
from gateway.domain.chat import ChatRequest
from gateway.domain.decisions import Decision
from gateway.domain.errors import BadRequest, GatewayError, PolicyViolation, RuleRef
from gateway.domain.facts import Facts
from gateway.domain.runs import Attempt
from gateway.interfaces import Provider
from gateway.lineage.recorder import Notes, Recorder
from gateway.redaction import refusal


@dataclass(frozen=True, slots=True)
class Destination:
    """One provider's model, as a request may be sent to it."""

    provider: Provider
    model: str
    facts: Facts
    """What policies read as `dest.…`."""

    @classmethod
    def of(cls, provider: Provider, model: str) -> "Destination":
        """Return *provider*'s *model* with the facts of both."""
        return cls(provider, model, provider.facts | {"model": model})

    @property
    def region(self) -> str:
        """Where the provider processes."""
        return str(self.facts.get("region", ""))

    @property
    def name(self) -> tuple[str, str]:
        """What tells it from others: provider and model."""
        return str(self.facts.get("provider", self.provider.name)), self.model

    def attempt(self, outcome: str, reason: str = "", decision: Decision | None = None) -> Attempt:
        """Return what the record says of it."""
        return Attempt(self.provider.name, self.model, outcome, reason, decision)


Route = Sequence[Destination]
"""Destinations in the order in which they are tried; never empty."""


@dataclass(frozen=True, slots=True)
class Routes:
    """Every place that a request can be sent to."""

    models: Mapping[str, Route]
    """Model name that callers use to its route."""
    providers: Mapping[str, Provider] = field(default_factory=dict)

    def named(self, to: str, model: str) -> Route:
        """Return the route of the model *to*, or *model* of the provider *to*; nothing if there is neither."""
        if to in self.models:
            return self.models[to]
        provider = self.providers.get(to)
        return (Destination.of(provider, model),) if provider else ()

    def means(self, to: str, destination: Destination) -> bool:
        """Return whether *to* names *destination*: its provider, or a model that is asked there."""
        if to in self.models:
            return any(one.name == destination.name for one in self.models[to])
        return to == destination.name[0]


@dataclass(frozen=True, slots=True)
class Crossing:
    """A prompt that policies let go to one destination, as they want it there."""

    destination: Destination
    border: Border
    """The border to it, with everything that was decided there among its notes."""
    prompt: ChatRequest
    rest: Route
    """Where to turn if it gives no answer."""


@dataclass(slots=True)
class Routing:
    """One request on its way to the first destination that may have it."""

    request: ChatRequest
    routes: Routes
    border: Border
    """The border as it is for every destination, but for what is known of the destination."""
    run: Recorder
    """Where everything is written down that is decided on the way."""
    waiting: deque[Destination]
    """Destinations whose turn may still come."""
    refused: GatewayError | None = None
    """Why the first destination that was judged may not have it."""
    notes: Notes = field(default_factory=Notes)
    """What was decided there."""
    _current: tuple[Destination, Border] | None = None
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def open(self) -> None:
        """Raise `PolicyViolation` when the request may not be made, whatever documents it finds, to any destination.

        `BadRequest` when none can be asked in its dialect.
        """
        self._current = self._next()
        if self._current is None:
            raise self._refusal()

    def cross(self, material: Material) -> Crossing:
        """Return how *material* goes to the first destination that may have it.

        Raises the first refusal, `PolicyViolation` or `BadRequest`, when none may.
        """
        while self._current:
            destination, border = self._current
            try:
                prompt = border.prompt(material)
                if not border.notes.routed:
                    return Crossing(destination, border, prompt, tuple(self.waiting))
            except PolicyViolation as exc:
                if not border.notes.routed:
                    self._pass_over(destination, border, exc)
            if border.notes.routed:
                self._turn(destination, border)
            self._current = self._next()
        raise self._refusal()

    def forbidden(self, destination: Destination, material: Material, sent: ChatRequest) -> Border | GatewayError:
        """Return the border to *destination* if the very prompt *sent* elsewhere may go there, or why it may not.

        What is written down of that prompt was durable before any provider heard of it, and has to stay true of every
        one that does. So it goes on as it is or not at all: policies may ask for nothing at the other destination that
        has not been done to it already.
        """
        if reason := unanswered(self.request, destination.provider):
            return BadRequest(reason)
        border = self._border(destination)
        try:
            border.request(self.request)
            prompt = border.prompt(material)
        except PolicyViolation as exc:
            return exc
        if border.notes.routed:
            return refusal(_wish(border.notes))
        done = self.run.prompt
        if not (done.obliges(border.notes) and (prompt.raw == sent.raw or done.covers(border.notes))):
            return BadRequest(f"The policies ask for other masking or fewer documents at {destination.name[0]}.")
        return border

    def _next(self) -> tuple[Destination, Border] | None:
        """Return the next destination to which the request may be made, for all that is known without its documents."""
        while self.waiting:
            destination = self.waiting.popleft()
            if destination.name in self._seen:
                continue
            self._seen.add(destination.name)
            border = self._border(destination)
            if reason := unanswered(self.request, destination.provider):
                self._pass_over(destination, border, BadRequest(reason, param="model", code="unsupported_endpoint"))
                continue
            try:
                border.request(self.request)
            except PolicyViolation as exc:
                self._pass_over(destination, border, exc)
                continue
            self.run.prompt = border.notes
            return destination, border
        return None

    def _border(self, destination: Destination) -> Border:
        routes = self.routes  # not `self`, which has the border: a request shall be gone as soon as it is answered

        def here(to: str) -> bool:
            return routes.means(to, destination)

        return replace(self.border, dest=destination.facts, notes=Notes(), here=here)

    def _pass_over(self, destination: Destination, border: Border, error: GatewayError) -> None:
        decision = error.decision if isinstance(error, PolicyViolation) else None
        self.run.attempts.append(destination.attempt("forbidden", error.message, decision))
        self._refuse(destination, border, error)

    def _turn(self, destination: Destination, border: Border) -> None:
        """Follow the rule that routes the request away from *destination*."""
        decision = _wish(border.notes)
        to = border.target(decision)
        self.run.attempts.append(destination.attempt("routed", decision.enforced[0].reason, decision))
        found = self.routes.named(to, destination.model)
        self.waiting = deque(one for one in found if one.name not in self._seen)
        if not self.waiting:
            self._refuse(destination, border, _unreachable(decision, to))

    def _refuse(self, destination: Destination, border: Border, error: GatewayError) -> None:
        """Let *error* be what the caller is told if it is the first and no other destination may have the request."""
        if self.refused is None:
            self.refused, self.notes = error, border.notes
            self.run.bound_for([one.facts for one in (destination, *self.waiting)])

    def _refusal(self) -> GatewayError:
        """Return the first refusal, with the record telling what was decided there."""
        self.run.prompt = self.notes
        return self.refused or BadRequest("No provider is configured for this model.", param="model")


def unanswered(request: ChatRequest, provider: Provider) -> str:
    """Return why *provider* cannot be asked in the dialect of *request*; empty when it can."""
    dialect = request.dialect
    if dialect.name in provider.speaks:
        return ""
    return f"Provider {provider.name!r} does not answer {dialect.name} (/v1{dialect.path}); name another model."


def _wish(notes: Notes) -> Decision:
    """Return the decision to route that is followed: that of the rule whose id comes first."""
    return min(notes.routed, key=lambda decision: decision.enforced[0].rule)


def _unreachable(decision: Decision, to: str) -> PolicyViolation:
    """Return the refusal of what a rule sends to *to*, when it cannot be asked there."""
    rule = decision.enforced[0]
    asked = f", ask {rule.owner}" if rule.owner else ""
    return PolicyViolation(
        f"This may only be answered by {to!r}, which cannot be asked here: {rule.reason.rstrip('.')} "
        f"(rule {rule.rule}{asked}).",
        rules=[RuleRef(rule.rule, rule.effect, rule.owner)],
        decision=decision,
    )
