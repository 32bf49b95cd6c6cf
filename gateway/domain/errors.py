"""Every refusal that can leave the house: one small tree, a class where someone acts on the difference."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.decisions import Decision
from gateway.domain.facts import Value


class GatewayError(Exception):
    """A failure that a caller sees, with a code for machines and a sentence for a person.

    The sentence never holds prompt text, a secret or a detected value.
    """

    status = 500
    """HTTP status when nothing has been sent yet."""
    code = "internal_error"
    type = "server_error"
    """The `type` of the OpenAI error object."""

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        """Path of the offending field of the request, such as `messages[1].content`."""
        self.response_id: str | None = None
        """The run in whose record the failure stands; filled in when the run ends."""
        self.receipt = ""
        """Where in the log that is; filled in when it is durable."""
        if code is not None:
            self.code = code


class BadRequest(GatewayError):
    """The request cannot be understood."""

    status = 400
    code = "invalid_request"
    type = "invalid_request_error"


class TooLarge(BadRequest):
    """The body is longer than the gateway accepts."""

    status = 413
    code = "request_too_large"


class Unauthenticated(GatewayError):
    """No key, or a key that belongs to nobody."""

    status = 401
    code = "invalid_api_key"
    type = "invalid_request_error"


class Forbidden(GatewayError):
    """A known caller asks for what its roles, models, collections or purposes do not include."""

    status = 403
    code = "permission_denied"
    type = "permission_error"


class NotFound(GatewayError):
    """The named thing does not exist for this caller."""

    status = 404
    code = "not_found"
    type = "invalid_request_error"


class Conflict(GatewayError):
    """What is asked for cannot be done in the state that things are in."""

    status = 409
    code = "conflict"
    type = "invalid_request_error"


@dataclass(frozen=True, slots=True)
class RuleRef:
    """A rule as a refusal names it."""

    id: str
    action: str
    """The effect that the rule had: `deny`, `drop_chunk`, `mask` …"""
    owner: str | None = None
    """Whom to ask about the rule."""
    values: tuple[tuple[str, Value], ...] = ()
    """The attributes that it read, as far as the caller may know them."""


class PolicyViolation(GatewayError):
    """A policy refuses the use."""

    status = 403
    code = "policy_violation"
    type = "policy_violation"

    def __init__(
        self,
        message: str,
        *,
        rules: Sequence[RuleRef],
        findings: Sequence[tuple[str, int]] = (),
        param: str | None = None,
        decision: Decision | None = None,
    ) -> None:
        super().__init__(message, param=param)
        self.rules = tuple(rules)
        self.findings = tuple(findings)
        """Entity and how often it was found; never the value."""
        self.decision = decision
        """What the policies said of the use that is refused; of several, of the one that was refused most."""


class GuardUnavailable(GatewayError):
    """A detector or the policy engine could not judge, so nothing may pass."""

    status = 503
    code = "guard_unavailable"


class LineageUnavailable(GatewayError):
    """The record cannot be written, so nothing may be answered."""

    status = 503
    code = "lineage_unavailable"


class ContextUnavailable(GatewayError):
    """A retriever that the request asked for could not search."""

    status = 503
    code = "context_unavailable"


class IdentityUnavailable(GatewayError):
    """Whose token it is cannot be checked, so nobody may ask on that person's behalf."""

    status = 503
    code = "identity_unavailable"


class ProviderFailed(GatewayError):
    """The provider did not give an answer, after its retries."""

    status = 502
    code = "provider_failed"


class ProviderRefused(ProviderFailed):
    """The provider answered with an error of its own (4xx), which keeps its status and its words."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        retry_after: str | None = None,
    ) -> None:
        super().__init__(message, param=param, code=code)
        self.status = status
        self.type = type
        self.retry_after = retry_after
        """The provider's `Retry-After` header, verbatim."""


class ExportFailed(GatewayError):
    """Another system does not take what the log tells."""

    code = "export_failed"


class ConfigurationError(Exception):
    """A configuration or policy file that must not be used; the message names file, line and field."""
