"""Who asks."""

from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.domain.facts import Facts, shared


class Role(StrEnum):
    """What a key may do; see the control plane's roles."""

    APP = "app"
    POLICY_ADMIN = "policy_admin"
    RESPONDER = "responder"
    AUDITOR = "auditor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated application, and on whose behalf it says that it asks."""

    application: str
    tenant: str
    roles: frozenset[Role] = frozenset()
    purposes: tuple[str, ...] = ()
    """Purposes that its key allows, the usual one first."""
    models: tuple[str, ...] = ("*",)
    """Models that it may name; `*` is all."""
    collections: tuple[str, ...] = ()
    """Collections that it may search."""
    purpose: str = ""
    """The purpose of this use; one of *purposes*."""
    end_user: str = ""
    """The application's own name for the person behind the request; empty when it gave none."""
    groups: tuple[str, ...] = ()
    """Groups of that person; from a verified token only."""
    lineage_namespaces: tuple[str, ...] = ()
    """Patterns of the OpenLineage namespaces that its key may report about."""
    verified: bool = False
    """Whether an identity provider vouches for person and groups, rather than the application."""
    noncommercial: tuple[str, ...] = ()
    """Those of its purposes that are not commercial; every other purpose is."""

    def acting(self, *, purpose: str, end_user: str) -> "Principal":
        """Return the same principal for one request's *purpose* and *end_user*; whom a token names stays who it is."""
        end_user = self.end_user if self.verified else end_user
        if purpose == self.purpose and end_user == self.end_user:
            return self
        return replace(self, purpose=purpose, end_user=end_user)

    @property
    def facts(self) -> Facts:
        """The attributes that a policy reads as `user.…`."""
        facts = Facts(
            application=self.application,
            tenant=self.tenant,
            roles=tuple(sorted(self.roles)),
            purpose=self.purpose,
            commercial=self.purpose not in self.noncommercial,
            end_user=self.end_user,
            groups=self.groups,
            verified=self.verified,
        )
        return shared(facts)
