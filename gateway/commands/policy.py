"""`lineward policy`: check policy files, run their tests, and tell what they decided."""

import os
from pathlib import Path
from typing import Annotated

import typer

from gateway import terminal
from gateway.activating import ActivePolicies
from gateway.building import guards_of
from gateway.commands.backtest import policy_backtest
from gateway.commands.differences import policy_diff, policy_schema
from gateway.commands.explaining import explained, show_explained
from gateway.commands.options import AsJSON, Config, ledger_of, missing, out, print_json, settings_of
from gateway.commands.recording import record
from gateway.guards import Guards
from gateway.policy.checking import Problem
from gateway.policy.checking import check as check_policies
from gateway.policy.checking import test as test_policies
from gateway.policy.loading import load as load_policies
from gateway.settings import VARIABLE, Settings

policy = typer.Typer(no_args_is_help=True, help="Check and try policies.")
policy.command("backtest")(policy_backtest)
policy.command("diff")(policy_diff)
policy.command("schema")(policy_schema)


@policy.command("check")
def policy_check(
    path: Annotated[Path, typer.Argument(exists=True)] = Path("policies"),
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Look for what is wrong or forgotten in policy files; with a configuration, also for what nothing there can do."""
    problems = check_policies(path)
    if (config or VARIABLE in os.environ) and not any(problem.fatal for problem in problems):
        settings = settings_of(config)
        hashes = settings.policies.hash_key is not None
        policies = load_policies(path)
        unmet = _guards(settings, path).problems(policies, hashes=hashes, destinations=settings.destinations)
        problems += [Problem(None, None, sentence) for sentence in unmet]
    if as_json:
        print_json(problems)
    else:
        terminal.show_problems(out, problems)
    raise typer.Exit(1 if problems else 0)


@policy.command("test")
def policy_test(path: Annotated[Path, typer.Argument(exists=True)] = Path("policies"), as_json: AsJSON = False) -> None:
    """Run the tests that stand in policy files."""
    results = test_policies(path)
    if as_json:
        print_json(results)
    else:
        terminal.show_tests(out, results)
    raise typer.Exit(0 if all(result.passed for result in results) else 1)


@policy.command("explain")
def policy_explain(response_id: str, config: Config = None, as_json: AsJSON = False) -> None:
    """Tell which rules decided a response, and the values that they read."""
    settings = settings_of(config)
    story = ledger_of(config).response(response_id, None)
    if story is None:
        raise missing(f"No response {response_id!r} is recorded here.")
    record(settings, "read response", f"response/{response_id}", tenant=story.tenant)
    loaded = _guards(settings, settings.policies.path).loaded(load_policies(settings.policies.path))
    rules = explained(settings, story)
    if as_json:
        told = {"policy": story.policy, "decisions": story.decisions, "context": story.context, "rules": rules}
        facts = {"destinations": story.destinations, "tool_calls": story.tool_calls}
        print_json({**told, **facts, "loaded": loaded.told})
    else:
        terminal.show_decisions(out, story)
        show_explained(out, rules)
        terminal.show_loaded(out, loaded)


def _guards(settings: Settings, policies: Path) -> Guards:
    """Return the detectors that *settings* configure, under the policies at that path; no store is opened."""
    return guards_of(settings, ActivePolicies(load_policies(policies)))
