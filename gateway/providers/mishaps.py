"""What litellm's exceptions mean. It derives them from the OpenAI SDK's; they are told apart by name and status."""

import re
from collections.abc import Mapping
from typing import cast

from gateway.domain.errors import ProviderFailed, ProviderRefused
from gateway.providers.refusals import Complaint, complaint, refusal
from gateway.providers.resilience import Passing


def meaning(error: Exception, provider: str, secret: str) -> Exception:
    """Return what the caller gets for litellm's *error*, or `Passing` when another try is worth it.

    Its own words stay out: they hold tracebacks and advice about litellm. *secret* is struck out of the provider's.
    """
    if type(error).__name__ == "UnsupportedParamsError":
        return _unsupported(error, provider)
    if _timed_out(error):  # before its status is read, which may be 408, as if the provider had said so
        return Passing(ProviderFailed(f"Provider {provider!r} was silent for too long."))
    inner = getattr(error, "original_exception", None)  # of one that it wrapped because it came in a stream
    error = inner if isinstance(inner, Exception) else error
    status = getattr(error, "status_code", None)
    if not isinstance(status, int) or status >= 500:
        return Passing(ProviderFailed(f"Provider {provider!r} did not answer the request."))
    retry_after = _retry_after(error)
    failure = refusal(provider, status, _said(error), retry_after=retry_after, secret=secret)
    if status == 429:
        return Passing(failure, retry_after=retry_after, is_outage=False)
    return failure


def _timed_out(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, TimeoutError) or type(error).__name__ == "Timeout":
            return True
        error = error.__cause__ or error.__context__
    return False


def _unsupported(error: Exception, provider: str) -> ProviderRefused:
    listed = re.search(r"parameters: (\[[^\]]*\]|\{[^}]*\})", str(error))
    names = re.findall(r"['\"](\w+)['\"]", listed[1]) if listed else []
    sentence = f"Provider {provider!r} does not support {', '.join(map(repr, names)) or 'a parameter'}; leave it out."
    param = names[0] if len(names) == 1 else None
    return ProviderRefused(sentence, status=400, code="unsupported_parameter", param=param)


def _said(error: Exception) -> Complaint:
    """Return the provider's error object, which litellm quotes after words of its own."""
    text = str(error)
    start, end = text.find("{"), text.rfind("}")
    return complaint(text[start : end + 1].encode("utf-8", "replace")) if 0 <= start < end else Complaint()


def _retry_after(error: Exception) -> str | None:
    response = getattr(error, "response", None)
    for headers in (getattr(error, "litellm_response_headers", None), getattr(response, "headers", None)):
        if isinstance(headers, Mapping) and isinstance(headers.get("retry-after"), str):
            return cast(str, headers["retry-after"])
    return None
