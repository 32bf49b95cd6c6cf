from typing import Annotated

import pytest
from pydantic import ByteSize, Field, TypeAdapter, ValidationError

from gateway.complaints import sentence
from gateway.domain.principals import Role


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        (int, "many", "must be a whole number"),
        (int, 1.5, "must be a whole number"),
        (float, "fast", "must be a number"),
        (bool, "maybe", "must be true or false"),
        (str, 5, "must be text; put it in quotes"),
        (Annotated[str, Field(min_length=1)], "", "must not be empty"),
        (Annotated[int, Field(ge=1, le=9)], 0, "must be 1 or more"),
        (Annotated[int, Field(ge=1, le=9)], 10, "must be 9 or less"),
        (ByteSize, "20 potatoes", "must be a number of bytes or a size such as 20MB"),
        (tuple[str, ...], 1, "must be a list"),
        (dict[str, str], [], "must be a mapping of names to values"),
        (Role, "king", "must be 'app', 'policy_admin', 'responder', 'auditor' or 'admin'"),
        (Annotated[str, Field(pattern="a+")], "b", "cannot be used: string pattern mismatch"),
    ],
)
def test_what_must_be_otherwise_is_one_sentence_without_the_value(kind: object, value: object, told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)

    assert [sentence(error) for error in caught.value.errors()] == [told]
