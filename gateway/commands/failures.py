"""How a command ends that could not do its work."""

import sys
from collections.abc import Callable

from gateway.domain.errors import BadRequest, ConfigurationError, GatewayError


def told(run: Callable[[], None]) -> None:
    """Run the command; a failure that we foresaw is one sentence on standard error, not a traceback.

    Exits with 2 for a wrong configuration or argument, with 1 for everything else.
    """
    try:
        run()
    except ConfigurationError as exc:
        print(f"lineward: {exc}", file=sys.stderr)  # noqa: T201 - it talks to a terminal
        sys.exit(2)
    except GatewayError as exc:
        print(f"lineward: {exc.message}", file=sys.stderr)  # noqa: T201
        sys.exit(2 if isinstance(exc, BadRequest) else 1)
