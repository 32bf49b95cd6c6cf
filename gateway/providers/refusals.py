"""What a provider's errors become: its own words where they are meant for the caller, a clean sentence otherwise."""

import re
from dataclasses import dataclass

import orjson

from gateway.domain.errors import ProviderFailed, ProviderRefused
from gateway.domain.json import JSON

CREDENTIALS = "provider_credentials_refused"
"""Code of the failure that only the operator can repair."""

_LONGEST = 1000
_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,64}")


@dataclass(frozen=True, slots=True)
class Complaint:
    """The OpenAI error object, as far as a provider filled it in."""

    message: str = ""
    type: str | None = None
    code: str | None = None
    param: str | None = None


def complaint(body: bytes) -> Complaint:
    """Return the error object in *body*, in one of the shapes in use; an empty one when there is none.

    Shapes: OpenAI `{"error": {…}}`, vLLM's error object at the top, FastAPI's `{"detail": "…"}`, `{"error": "…"}`.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Complaint()
    if not isinstance(value, dict):
        return Complaint()
    return _complaint(value.get("error") or value.get("detail") or value)


def _complaint(value: JSON) -> Complaint:
    if isinstance(value, str):
        return Complaint(value)
    if not isinstance(value, dict):
        return Complaint()
    message, param = value.get("message"), value.get("param")
    return Complaint(
        message if isinstance(message, str) else "",
        _named(value.get("type")),
        _named(value.get("code")),
        param if isinstance(param, str) else None,
    )


def _named(value: JSON) -> str | None:
    """Return *value* if it is a name that machines compare, so that no text passes for one."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) and _NAME.fullmatch(value) else None


def refusal(
    provider: str, status: int, said: Complaint, *, retry_after: str | None = None, secret: str = ""
) -> ProviderFailed:
    """Return what the caller gets when *provider* answers with the HTTP *status* and *said*.

    4xx keep their status and words, but for 401 and 403: those are about the gateway's own key, not the caller's.
    *secret* is struck out of the words.
    """
    if status in (401, 403):
        return ProviderFailed(
            f"Provider {provider!r} does not accept the gateway's credentials (HTTP {status}): "
            "its operator has to check the api_key and what it may be used for.",
            code=CREDENTIALS,
        )
    if not 400 <= status < 500:
        return ProviderFailed(f"Provider {provider!r} did not answer the request (HTTP {status}).")
    limited = status == 429
    return ProviderRefused(
        _words(said.message, secret) or f"Provider {provider!r} refused the request (HTTP {status}).",
        status=status,
        type=said.type or ("rate_limit_error" if limited else "invalid_request_error"),
        code=said.code or ("rate_limit_exceeded" if limited else "provider_refused"),
        param=said.param,
        retry_after=retry_after,
    )


def _words(message: str, secret: str) -> str:
    message = message.strip()
    if message.startswith("<"):  # a web page is not a sentence
        return ""
    if secret:
        message = message.replace(secret, "[key]")
    return message if len(message) <= _LONGEST else message[:_LONGEST] + " …"


def broken_off(provider: str, error: JSON) -> ProviderFailed:
    """Return what the caller gets when *provider* sends *error* in the place of an answer.

    Its words stay out: nobody judged them, and they may quote the prompt or the answer.
    """
    said = _complaint(error)
    reason = said.code or said.type
    return ProviderFailed(f"Provider {provider!r} broke off its answer{f' ({reason})' if reason else ''}.")
