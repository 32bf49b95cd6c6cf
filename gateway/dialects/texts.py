"""The texts of a request's body, whatever its dialect: every string but the protocol's own words."""

import re
from collections.abc import Iterator

from gateway.domain.chat import Text
from gateway.domain.json import JSON, Name, Object, Path, strings

KINDS = {"system": "system", "developer": "system", "user": "user", "assistant": "history", "tool": "tool"}
"""Role of a message to the kind of its texts."""

_DATA = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;[\w.+=-]+)*;base64,[A-Za-z0-9+/_-]*={0,2}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_BEGINNINGS = (
    "JVBERi0",
    "UEsDB",
    "0M8R4KGx",
    "e1xydG",
    "iVBORw0KGgo",
    "/9j/",
    "R0lGOD",
    "UklGR",
    "SUQz",
    "T2dnU",
    "H4sI",
)
"""How PDF, Office and RTF files, pictures, sound and archives begin in base64."""
_SHORTEST = 64
"""Characters that a file in base64 has at least."""
_PROTOCOL = frozenset({"system", "developer", "user", "assistant", "tool", "function", "text", "image_url", "file",
                       "input_audio", "refusal", "object", "string", "number", "integer", "boolean", "array",
                       "json_object", "json_schema"})  # fmt: skip


_KEYS = """
    additionalProperties annotations arguments audio best_of budget_tokens cache_control call_id citations cited_text
    code collections container content context data data_sources default description detail dimensions
    disable_parallel_tool_use display document_id document_index document_title documents echo enabled encoding_format
    encrypted_content encrypted_index end_block_index end_char_index end_page_number enum file file_data file_id
    file_url filename filters format frequency_penalty function id image_url images include include_usage index input
    input_audio input_schema input_type instructions is_error items json_schema logit_bias logprobs max_chunks_per_doc
    max_completion_tokens max_num_results max_output_tokens max_tokens max_tokens_per_doc max_uses mcp_servers
    media_type messages metadata mime_type modalities model n name output parallel_tool_calls parameters partial_json
    prediction presence_penalty previous_response_id prompt prompt_cache_key properties query rank_fields
    ranking_options reasoning reasoning_effort refusal required response_format return_documents rewrite_query role
    safety_identifier schema score search_result_index seed server_name service_tier signature source start_block_index
    start_char_index start_page_number status stop stop_sequences store stream stream_options strict structured_messages
    suffix summary system temperature text texts thinking title tool_call_id tool_calls tool_choice tool_use_id tools
    top_k top_logprobs top_n top_p truncation ttl type url user user_id vector_store_ids verbosity web_search_options
"""
USUAL_KEYS = frozenset(_KEYS.split())
"""Keys that the APIs themselves define; any other may have been chosen by anybody, for what it says."""

_ANSWER = """
    action actions attributes b64_json categories category_applied_input_types category_scores choices
    completion_tokens created created_at delta embedding end_index explanation file_citation file_path finish_reason
    flagged
    function_call has_more input_tokens lineward logits message next_page object operation output_index
    output_tokens partial prompt_tokens queries relevance_score result results revised_prompt score search_query
    sequence_number start_index stop_reason stop_sequence token tokens top_logprobs total_tokens transcript
    url_citation
"""
ANSWER_KEYS = USUAL_KEYS | frozenset(_ANSWER.split())
"""Keys that the APIs define for their answers, beside those; any other may be a model's own."""


def readable(value: JSON, at: Path, kind: str) -> Iterator[Text]:
    """Yield the texts in *value*, which stands at *at*: strings, and keys that are nobody's usual words.

    A role or type that the protocol itself knows is none.
    """
    for path, text in strings(value, at, USUAL_KEYS):
        if text in _PROTOCOL and path[-1] in ("role", "type"):
            continue
        yield Text(path, text, "binary" if is_file(text) else kind, _is_json(path))


def is_file(text: str) -> bool:
    """Return whether *text* is a file in base64: a `data:` URL, or the bytes of a format that is known."""
    if text.startswith("data:"):
        return _DATA.fullmatch(text) is not None
    return text.startswith(_BEGINNINGS) and len(text) >= _SHORTEST and _BASE64.fullmatch(text) is not None


def named(raw: Object, name: str, position: int, kind: str = "other") -> Iterator[Text]:
    """Yield the texts in the field *name* of *raw*, its number *position*: the name, unless usual, and the value."""
    if name not in USUAL_KEYS:
        yield Text((Name(name, position),), name, kind)
    yield from readable(raw[name], (name,), kind)


def text_of(content: JSON) -> str:
    """Return the text of a message's *content*, string or parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        return "\n".join(text for text in texts if isinstance(text, str))
    return ""


def _is_json(path: Path) -> bool:
    """Return whether the text at *path* is JSON itself: the arguments of a call in the history."""
    return path[-1] == "arguments" and len(path) > 1 and path[-2] in ("function", "function_call")
