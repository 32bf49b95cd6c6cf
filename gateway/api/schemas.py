"""JSON Schemas of the bodies that models' endpoints take and refuse with, as far as the gateway checks them."""

from gateway.domain.json import JSON, Object

TEXT: Object = {"type": "string"}
SOME_TEXT: Object = {"type": "string", "minLength": 1}
FLAG: Object = {"type": "boolean"}
ANYTHING: Object = {"type": "object"}
NUMBERS: Object = {"type": "array", "items": {"type": "integer"}, "minItems": 1}


def of(required: list[str], **properties: JSON) -> Object:
    """Return the schema of an object with *properties*, of which some are *required*; further ones are welcome."""
    return {"type": "object", "required": list[JSON](required), "properties": properties}


def some(items: Object) -> Object:
    """Return the schema of a list with at least one of *items*."""
    return {"type": "array", "items": items, "minItems": 1}


def one_of(*choices: Object) -> Object:
    """Return the schema of what is one of *choices*."""
    return {"anyOf": list[JSON](choices)}


DOCUMENT = one_of(
    SOME_TEXT,
    of(
        ["text"],
        id={"type": ["string", "integer"]},
        text=SOME_TEXT,
        title=TEXT,
        url=TEXT,
        source=TEXT,
        version=TEXT,
        score={"type": "number"},
        labels=ANYTHING,
    ),
)
DOCUMENTS: Object = {"type": "array", "items": DOCUMENT}
LINEWARD = of([], purpose=TEXT, conversation={"type": "string", "maxLength": 256})
INPUT = one_of(TEXT, some(TEXT), some(ANYTHING), NUMBERS, some(NUMBERS))

CHAT = of(
    ["model", "messages"],
    model=SOME_TEXT,
    messages=some(of(["role"], role=TEXT)),
    stream=FLAG,
    user=TEXT,
    documents=DOCUMENTS,
    collections={"type": "array", "items": {"anyOf": [TEXT, ANYTHING]}},
    data_sources={"type": "array", "items": ANYTHING},
    lineward=LINEWARD,
)
COMPLETIONS = of(
    ["model", "prompt"], model=SOME_TEXT, prompt=INPUT, stream=FLAG, user=TEXT, documents=DOCUMENTS, lineward=LINEWARD
)
RESPONSES = of(
    ["model"],
    model=SOME_TEXT,
    input=one_of(TEXT, some(ANYTHING)),
    instructions=TEXT,
    previous_response_id=TEXT,
    tools={"type": "array", "items": ANYTHING},
    stream=FLAG,
    documents=DOCUMENTS,
    lineward=LINEWARD,
)
TURNS = some(of(["role", "content"], role={"enum": ["user", "assistant"]}, content=one_of(TEXT, some(ANYTHING))))
MESSAGES = of(
    ["model", "messages", "max_tokens"],
    model=SOME_TEXT,
    messages=TURNS,
    max_tokens={"type": "integer", "minimum": 1},
    system=one_of(TEXT, some(ANYTHING)),
    stream=FLAG,
    documents=DOCUMENTS,
    lineward=LINEWARD,
)
COUNT = of(["model", "messages"], model=SOME_TEXT, messages=TURNS)
EMBEDDINGS = of(["model", "input"], model=SOME_TEXT, input=INPUT, user=TEXT, lineward=LINEWARD)
MODERATIONS = of(["input"], model=SOME_TEXT, input=INPUT, lineward=LINEWARD)
RERANK = of(
    ["model", "query", "documents"],
    model=SOME_TEXT,
    query=SOME_TEXT,
    documents=some(DOCUMENT),
    top_n={"type": "integer", "minimum": 1},
    return_documents=FLAG,
    lineward=LINEWARD,
)
SEARCH = of(
    ["query"],
    query=one_of(TEXT, some(TEXT)),
    max_num_results={"type": "integer", "minimum": 1, "maximum": 50},
    rewrite_query=FLAG,
    model=SOME_TEXT,
    lineward=LINEWARD,
)
GUARDRAIL = of(
    ["input_type"],
    input_type={"enum": ["request", "response"]},
    texts={"type": "array", "items": TEXT},
    structured_messages={"type": "array", "items": ANYTHING},
    tools={"type": "array", "items": ANYTHING},
    tool_calls={"type": "array", "items": ANYTHING},
    images={"type": "array", "items": TEXT},
    request_data=ANYTHING,
    litellm_call_id=TEXT,
    litellm_trace_id=TEXT,
    model=TEXT,
)
VERDICT = of(
    ["action"],
    action={"enum": ["NONE", "BLOCKED", "GUARDRAIL_INTERVENED"]},
    blocked_reason=TEXT,
    texts={"type": "array", "items": TEXT},
)

_TOLD: Object = {"type": "object", "description": "The response's id, the rules, and findings by entity."}
ERROR = of(
    ["error"],
    error=of(
        ["message", "type", "param", "code"],
        message=TEXT,
        type=TEXT,
        param={"type": ["string", "null"]},
        code=TEXT,
        lineward=_TOLD,
    ),
)
MESSAGES_ERROR = of(["type", "error"], type={"enum": ["error"]}, error=of(["type", "message"], type=TEXT, message=TEXT))

PERSON: Object = {
    "name": "x-lineward-user-token",
    "in": "header",
    "required": False,
    "description": "The token (JWT) of the person on whose behalf the application asks, from the identity provider of "
    "the gateway's `identity`; not read without one. `identity.header` may name another header",
    "schema": TEXT,
}
"""A parameter of every endpoint that is asked on behalf of somebody."""
