import pytest

from gateway.domain.errors import ProviderFailed, ProviderRefused
from gateway.providers.mishaps import meaning
from gateway.providers.resilience import Passing


class Odd(Exception):
    """An exception shaped like litellm's."""

    def __init__(self, message: str, status: object = None, headers: dict | None = None) -> None:
        super().__init__(message)
        self.status_code = status
        self.litellm_response_headers = headers


class Timeout(Odd):
    pass


class UnsupportedParamsError(Odd):
    pass


def test_the_providers_words_are_found_in_litellms():
    error = meaning(
        Odd('litellm.X: YException - {"error": {"message": "too long", "type": "t"}}. Handle it', 400), "p", ""
    )

    assert isinstance(error, ProviderRefused)
    assert (error.status, error.message, error.type) == (400, "too long", "t")


@pytest.mark.parametrize("text", ["litellm.X: Traceback (most recent call last)", "litellm.X: {not json}", ""])
def test_litellms_own_words_never_reach_the_caller(text):
    assert meaning(Odd(text, 400), "p", "").message == "Provider 'p' refused the request (HTTP 400)."


@pytest.mark.parametrize("error", [Odd("x", 500), Odd("x", 503), Odd("x"), Odd("x", "500"), KeyError("x")])
def test_what_nobody_can_repair_now_may_pass(error):
    meant = meaning(error, "p", "")

    assert isinstance(meant, Passing) and meant.is_outage
    assert meant.failure.message == "Provider 'p' did not answer the request."


def wrapped(inner: Exception) -> Odd:
    error = Odd("litellm.MidStreamFallbackError", 503)
    error.__cause__, error.original_exception = inner, inner
    return error


@pytest.mark.parametrize("error", [Timeout("x", 408), wrapped(TimeoutError()), wrapped(Timeout("x", 408))])
def test_a_time_out_is_not_the_providers_own_408(error):
    meant = meaning(error, "p", "")

    assert isinstance(meant, Passing)
    assert (meant.failure.status, meant.failure.message) == (502, "Provider 'p' was silent for too long.")


def test_an_error_that_was_wrapped_keeps_its_status():
    meant = meaning(wrapped(Odd("x", 404)), "p", "")

    assert isinstance(meant, ProviderRefused) and meant.status == 404


def test_a_rate_limit_may_pass_and_keeps_its_header():
    meant = meaning(Odd("x", 429, {"retry-after": "7"}), "p", "")

    assert isinstance(meant, Passing) and not meant.is_outage
    assert (meant.failure.status, meant.retry_after) == (429, "7")


def test_our_own_bad_key_is_not_told_as_the_callers():
    meant = meaning(Odd("x", 401), "p", "")

    assert type(meant) is ProviderFailed and meant.code == "provider_credentials_refused"


@pytest.mark.parametrize(
    ("text", "sentence", "param"),
    [
        (
            "a does not support parameters: ['seed'], for b. ['other']",
            "Provider 'p' does not support 'seed'; leave it out.",
            "seed",
        ),
        ("parameters: {'n': 2, 'seed': 1}", "Provider 'p' does not support 'n', 'seed'; leave it out.", None),
        ("reworded", "Provider 'p' does not support a parameter; leave it out.", None),
    ],
)
def test_parameters_that_are_not_supported_are_named(text, sentence, param):
    error = meaning(UnsupportedParamsError(text, 400), "p", "")

    assert (error.status, error.code, error.message, error.param) == (400, "unsupported_parameter", sentence, param)
