import json
from datetime import UTC, datetime

from gateway.commands.exposure import show
from gateway.domain.exposures import Exposures, Total
from tests.commands.running import run
from tests.test_terminal import shown


def test_what_left_is_told_by_type_and_fate(config: str):
    told = json.loads(run("exposure", "--config", config, "--json"))
    printed = run("exposure", "--since", "2026-01-01", "--config", config)

    assert {one["left"] for one in told["data"]} <= {"unmasked", "masked", "withheld"}
    assert told["data"] and "EMAIL" in printed
    assert sum(one["findings"] for one in told["totals"]) == sum(one["findings"] for one in told["data"])
    assert "Nothing was found" in run("exposure", "--app", "nobody", "--user", "none", "--config", config)
    assert "Nothing was found" in run("exposure", "--until", "2020-01-01", "--config", config)


def test_what_is_not_split_by_provider_is_counted_all_the_same():
    since = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    told = shown(show, Exposures([], False, since, [Total("EMAIL_ADDRESS", "provider", "mask", 1_234_567)]))

    assert "since 2026-01-02 03:04:05" in told and "--until" in told
    assert "EMAIL_ADDRESS" in told and "1,234,567" in told
