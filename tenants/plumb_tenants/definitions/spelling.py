"""How keys, colours, periods and times of day are spelt in bodies: each pattern with the words in which a refusal names it."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

KEY = r"^[a-z][a-z0-9_]{0,39}$"
DEFINITION_KEY = r"^[A-Za-z][A-Za-z0-9_.-]{0,59}$"
FIELD_KEY = r"^[A-Za-z_\u3400-\u9fff][A-Za-z0-9_\u3400-\u9fff]{0,39}$"
SERVER = r"^[a-z][a-z0-9_-]{0,39}$"
SERVER_OR_NONE = r"^([a-z][a-z0-9_-]{0,39})?$"
COLOUR = r"^(#[0-9a-fA-F]{6})?$"
MOMENT = r"^([01]\d|2[0-3]):[0-5]\d$"
PERIOD = r"^\d{4}(-(0[1-9]|1[0-2])|-Q[1-4]|-H[12])?$"
NOT_BLANK = r"\S"

_SERVER_WORDS = (
    "须为时间戳服务器的名称：以小写字母开头，只含小写字母、数字、_ 和 -，最多 40 个字符",
    "must name a timestamp server: a lower-case letter, then lower-case letters, digits, _ and -, 40 characters at most",
)
SPELLINGS = {
    KEY: (
        "须以小写字母开头，只含小写字母、数字和下划线，最多 40 个字符",
        "must begin with a lower-case letter and hold lower-case letters, digits and _ alone, 40 characters at most",
    ),
    DEFINITION_KEY: (
        "须以字母开头，只含字母、数字、_、. 和 -，最多 60 个字符",
        "must begin with a letter and hold letters, digits, _, . and - alone, 60 characters at most",
    ),
    FIELD_KEY: (
        "须以汉字、字母或下划线开头，只含汉字、字母、数字和下划线，最多 40 个字符",
        "must begin with a Han character, a letter or _ and hold these and digits alone, 40 characters at most",
    ),
    SERVER: _SERVER_WORDS,
    SERVER_OR_NONE: _SERVER_WORDS,
    COLOUR: ("须为 # 加六位十六进制数，如 #14304f", "must be # and six hexadecimal digits, such as #14304f"),
    MOMENT: ("须为 00:00 至 23:59 的时刻，如 09:30", "must be a time of day from 00:00 to 23:59, such as 09:30"),
    PERIOD: (
        "须为年、半年、季或月，如 2027、2027-H1、2027-Q1、2027-01",
        "must be a year, half, quarter or month, such as 2027, 2027-H1, 2027-Q1 or 2027-01",
    ),
    NOT_BLANK: ("不能为空白", "must not be blank"),
}

STORED = {"stored": True}
"""The context under which a stored body is read: rules that came after it are not asked of it (A1)."""


@dataclass(frozen=True, slots=True)
class _NotBlank:
    """A pattern that fields got when bodies without it had been published already."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.with_info_after_validator_function(_refuse_blank, handler(source))

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(schema) | {"pattern": NOT_BLANK}


def _refuse_blank(text: str, info: core_schema.ValidationInfo) -> str:
    if info.context is STORED or text.strip():
        return text
    raise PydanticCustomError("string_pattern_mismatch", "must not be blank", {"pattern": NOT_BLANK})


Key = Annotated[str, Field(pattern=KEY)]
DefinitionKey = Annotated[str, Field(pattern=DEFINITION_KEY)]
NotBlank = Annotated[str, _NotBlank()]
"""A text that a new body does not leave blank; bodies that were published before that was asked are read as they are."""
Colour = Annotated[str, Field(pattern=COLOUR)]
Moment = Annotated[str, Field(pattern=MOMENT)]
