"""Parameters that a route does not know are refused: behind a misspelt filter would come all that there is."""

from fastapi import Request
from fastapi.routing import APIRoute

from gateway.domain.errors import BadRequest


async def known_only(request: Request) -> None:
    """Raise `BadRequest` for a parameter in the query that the route of *request* does not know."""
    route = request.scope["route"]
    known = sorted(one.alias for one in route.dependant.query_params) if isinstance(route, APIRoute) else []
    for name in request.query_params:
        if name not in known:
            told = f"known are {', '.join(known)}" if known else "it takes none"
            raise BadRequest(
                f"{name[:100]!r} is no parameter of this path; {told}.", param=name[:100], code="unknown_parameter"
            )
