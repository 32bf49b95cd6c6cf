"""What pydantic found wrong, in sentences that a person can act on and that hold no value."""

from pydantic_core import ErrorDetails

_SENTENCES = {
    "missing": "is required",
    "string_type": "must be text; put it in quotes",
    "string_too_short": "must not be empty",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "byte_size": "must be a number of bytes or a size such as 20MB",
    "byte_size_unit": "must be a number of bytes or a size such as 20MB",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "value_error": "{error}",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "frozen_set_type": "must be a list",
    "model_type": "must be a mapping of names to values",
    "dict_type": "must be a mapping of names to values",
    "mapping_type": "must be a mapping of names to values",
    "path_type": "must be a path",
    "none_required": "must be empty",
}


def sentence(error: ErrorDetails) -> str:
    """Return what must be otherwise about the value of *error*."""
    known = _SENTENCES.get(error["type"])
    return known.format(**error.get("ctx", {})) if known else f"cannot be used: {error['type'].replace('_', ' ')}"
