"""OpenAI's `file_search` tool, where it names the gateway's own collections."""

from collections.abc import Set as AbstractSet
from typing import cast

from gateway.dialects.searchfilters import filters, score_threshold
from gateway.dialects.typed import top_k
from gateway.domain.chat import Cites, Search
from gateway.domain.json import JSON, Object

RESULTS = "file_search_call.results"
"""What a caller includes to be told what was found."""

SAID = frozenset({Cites.SEARCH})

_USUAL_RESULTS = 20
"""How many results OpenAI's own search gives when the caller does not say."""


def searched(body: Object, collections: AbstractSet[str]) -> tuple[Object, list[Search], frozenset[Cites]]:
    """Return *body* without the searches of its tools that are for the gateway's own *collections*, and these searches.

    With them comes how the caller wants to be told of them. A vector store that is none of *collections* stays, and so
    does its tool. Raises `BadRequest`.
    """
    tools = body.get("tools")
    if not isinstance(tools, list) or not any(_ours(tool, collections) for tool in tools):
        return body, [], frozenset()
    searches: list[Search] = []
    kept: list[JSON] = []
    for position, tool in enumerate(tools):
        ours = _ours(tool, collections)
        if ours and isinstance(tool, dict):
            searches += _searches(tool, ours, f"tools[{position}]")
            foreign = [name for name in cast("list[JSON]", tool["vector_store_ids"]) if name not in ours]
            if foreign:
                kept.append({**tool, "vector_store_ids": foreign})
        else:
            kept.append(tool)
    wants_results = isinstance(included := body.get("include"), list) and RESULTS in included
    return _with_tools(body, kept), searches, SAID | ({Cites.SEARCH_RESULTS} if wants_results else frozenset())


def _ours(tool: JSON, collections: AbstractSet[str]) -> list[str]:
    """Return which of the stores that *tool* searches are ours."""
    if not isinstance(tool, dict) or tool.get("type") != "file_search":
        return []
    names = tool.get("vector_store_ids")
    return [name for name in names if isinstance(name, str) and name in collections] if isinstance(names, list) else []


def _searches(tool: Object, names: list[str], at: str) -> list[Search]:
    limit = top_k(tool.get("max_num_results") or _USUAL_RESULTS, f"{at}.max_num_results")
    wanted = filters(tool.get("filters"), f"{at}.filters")
    score = score_threshold(tool.get("ranking_options"), f"{at}.ranking_options")
    return [Search(name, limit, wanted, score) for name in dict.fromkeys(names)]


def _with_tools(body: Object, tools: list[JSON]) -> Object:
    """Return *body* with *tools*, and without a choice among tools that can no longer be made."""
    changed: Object = {**body, "tools": tools}
    choice = body.get("tool_choice")
    types = {tool.get("type") for tool in tools if isinstance(tool, dict)}
    if isinstance(choice, dict) and choice.get("type") == "file_search" and "file_search" not in types:
        del changed["tool_choice"]
    included = body.get("include")
    if isinstance(included, list) and RESULTS in included and "file_search" not in types:
        changed["include"] = [one for one in included if one != RESULTS]
    if not tools:
        del changed["tools"]
        if choice == "required":
            del changed["tool_choice"]
    return changed
