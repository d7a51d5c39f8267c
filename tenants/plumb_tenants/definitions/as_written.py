"""Bodies as callers write them: fields in camelCase, choices by their GraphQL names; what is stored keeps the model's own names.

Whatever tells a caller of a place in a body goes through here: findings, Problems, differences, the JSON Schema.
"""

import re
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.alias_generators import to_camel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core.core_schema import DecimalSchema, EnumSchema, LiteralSchema, ModelFieldsSchema, WithDefaultSchema

from plumb_platform.numbers.canonical import plain_decimal

Json = Any
_STEP = re.compile(r"\[[^\]]*\]|\w+")


def path_written(path: str) -> str:
    """Return a path of the model's names as callers write it: `figure_sources[2].report_field` is `figureSources[2].reportField`.

    What stands in brackets is a place or a key that somebody gave, and stays.
    """
    return _STEP.sub(lambda step: step[0] if step[0].startswith("[") else name_written(step[0]), path)


def name_written(name: str) -> str:
    """Return a field's name as GraphQL has it."""
    return to_camel(name) if "_" in name else name


def choice_written(word: str) -> str:
    """Return the GraphQL name of a word out of a `Literal`: `zh-CN` is ZH_CN."""
    return re.sub(r"\W", "_", word, flags=re.ASCII).upper()


def body_written(model: BaseModel) -> dict[str, Json]:
    """Return a body as JSON of which a caller could make the input that it came from; Decimals and days are strings."""
    fields = type(model).model_fields
    return {name_written(name): _written(getattr(model, name), info.annotation) for name, info in fields.items()}


def _written(value: Any, said: Any) -> Json:
    if isinstance(value, BaseModel):
        return body_written(value)
    if isinstance(value, list | tuple):
        inner = next(iter(get_args(said)), None)
        return [_written(item, inner) for item in value]
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Decimal):
        return plain_decimal(value)
    if isinstance(value, date):
        return value.isoformat()
    return choice_written(value) if isinstance(value, str) and _is_literal(said) else value


def _is_literal(said: Any) -> bool:
    return get_origin(said) is Literal or any(_is_literal(each) for each in get_args(said) if get_origin(each) is Literal)


class WrittenSchema(GenerateJsonSchema):
    """The JSON Schema of what `body_written` returns: a client that renders a form from it sends back the names that it found."""

    def model_fields_schema(self, schema: ModelFieldsSchema) -> dict[str, Any]:
        """Name the fields as GraphQL does."""
        fields = {name_written(name): field for name, field in schema["fields"].items()}
        return super().model_fields_schema({**schema, "fields": fields})

    def get_title_from_name(self, name: str) -> str:
        """Give a field named `firstMonth` the title First Month."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).title()

    def enum_schema(self, schema: EnumSchema) -> dict[str, Any]:
        """Name the choices as GraphQL does."""
        return super().enum_schema(schema) | {"type": "string", "enum": [member.name for member in schema["members"]]}

    def literal_schema(self, schema: LiteralSchema) -> dict[str, Any]:
        """Name the words as GraphQL does."""
        return super().literal_schema({**schema, "expected": [choice_written(word) for word in schema["expected"]]})

    def decimal_schema(self, schema: DecimalSchema) -> dict[str, Any]:  # noqa: ARG002 - pydantic calls it
        """Let a Decimal travel as a string."""
        return {"type": "string", "format": "decimal", "pattern": r"^-?\d+(\.\d+)?$"}

    def get_default_value(self, schema: WithDefaultSchema) -> Any:
        """Name a default word as GraphQL does."""
        value = super().get_default_value(schema)
        return choice_written(value) if schema["schema"]["type"] == "literal" and isinstance(value, str) else value

    def encode_default(self, dft: Any) -> Any:
        """Write a default as a caller would."""
        return _written(dft, None)
