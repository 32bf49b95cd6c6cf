"""What policies would say of the chunks that a search finds, before anything is decided about the request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.chat import ChatRequest
from gateway.domain.decisions import Target, Use
from gateway.domain.documents import Chunk
from gateway.domain.facts import Facts
from gateway.domain.filters import Filter
from gateway.domain.principals import Principal
from gateway.pipeline import Policies
from gateway.policy.engine import PolicySet
from gateway.policy.filters import admitted
from gateway.policy.uses import chunk_facts, request_facts
from gateway.routing import Route


class Travels(Protocol):
    """Knows which labels have travelled to chunks, of those that were looked up before."""

    def remembered(self, chunk: Chunk, tenant: str, unlabelled: str | None) -> Chunk:
        """Return *chunk* with the labels that are known to have travelled to it."""


class Contains(Protocol):
    """Knows which documents are out of use."""

    def remembered(self, chunk: Chunk, tenant: str) -> Chunk:
        """Return *chunk*, marked if it is out of use as far as is known."""


@dataclass(frozen=True, slots=True)
class PolicyAdmission:
    """One policy set, one caller, one destination: what a search may fill places with. The border judges it again."""

    policies: PolicySet
    user: Facts
    tenant: str
    dest: Facts
    travels: Travels | None = None
    containment: Contains | None = None

    def admits(self, chunk: Chunk) -> bool:
        """Return whether *chunk* may be used, as far as that is known before its upstream is looked up."""
        if self.travels:
            chunk = self.travels.remembered(chunk, self.tenant, self.policies.defaults.unlabelled)
        if self.containment:
            chunk = self.containment.remembered(chunk, self.tenant)
        use = Use(Target.CHUNK, chunk_facts(chunk, self.tenant), self.user, self.dest)
        return self.policies.decide(use).allowed

    @property
    def filter(self) -> Filter | None:
        """What every chunk passes that is admitted; `None` when no rule is a filter."""
        return admitted(self.policies, self.user, self.dest)


@dataclass(frozen=True, slots=True)
class PolicyAdmissions:
    """Admissions by the policies that decide now, for the first destination of a request's model that may be asked."""

    policies: Policies
    routes: Mapping[str, Route]
    travels: Travels | None = None
    containment: Contains | None = None

    def of(self, request: ChatRequest, principal: Principal) -> PolicyAdmission | None:
        """Return what is admitted for *request*; `None` for a model that is not configured."""
        route = self.routes.get(request.model)
        if route is None:
            return None
        policies, asked = self.policies.current, request_facts(request)
        uses = (Use(Target.REQUEST, asked, principal.facts, destination.facts) for destination in route)
        dest = next((use.dest for use in uses if policies.decide(use).allowed), route[0].facts)
        return PolicyAdmission(policies, principal.facts, principal.tenant, dest, self.travels, self.containment)
