"""What pydantic has against a body, said in zh-CN and en with the path of the field."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic_core import ErrorDetails

from plumb_tenants.definitions.as_written import name_written
from plumb_tenants.definitions.spelling import SPELLINGS

_ZH: Mapping[str, str] = {
    "missing": "缺少此字段",
    "extra_forbidden": "未知字段",
    "string_type": "须为文本",
    "string_too_short": "文本至少 {min_length} 个字符",
    "string_too_long": "文本最多 {max_length} 个字符",
    "string_pattern_mismatch": "格式不符合要求",
    "decimal_type": "须为十进制数（以字符串书写）",
    "decimal_parsing": "不是有效的十进制数",
    "decimal_max_places": "最多 {decimal_places} 位小数",
    "decimal_max_digits": "最多 {max_digits} 位数字",
    "decimal_whole_digits": "整数部分最多 {whole_digits} 位",
    "finite_number": "须为有限的数",
    "greater_than": "须大于 {gt}",
    "greater_than_equal": "须大于或等于 {ge}",
    "less_than": "须小于 {lt}",
    "less_than_equal": "须小于或等于 {le}",
    "int_type": "须为整数",
    "int_parsing": "须为整数",
    "int_from_float": "须为整数",
    "bool_type": "须为 true 或 false",
    "bool_parsing": "须为 true 或 false",
    "enum": "须为以下之一：{expected}",
    "literal_error": "须为以下之一：{expected}",
    "list_type": "须为列表",
    "tuple_type": "须为列表",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "dict_type": "须为对象",
    "model_type": "须为对象",
    "date_type": "须为日期（YYYY-MM-DD）",
    "date_from_datetime_parsing": "须为日期（YYYY-MM-DD）",
}


_EN: Mapping[str, str] = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such field",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "too_short": "at least {min_length} items",
    "too_long": "at most {max_length} items",
}


def told_apart(details: Sequence[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Yield the errors that somebody made: a list whose items are all wrong is called too short besides, and is not."""
    places = [detail["loc"] for detail in details]
    for detail in details:
        own = detail["loc"]
        within = detail["type"] == "too_short" and any(len(place) > len(own) and place[: len(own)] == own for place in places)
        if not within:
            yield detail


def reasons(detail: ErrorDetails) -> tuple[str, str]:
    """Return the Chinese and the English reason of one error.

    A type that has no Chinese text yet is "not valid"; English without a text of ours is pydantic's.
    """
    context = {key: str(value) for key, value in detail.get("ctx", {}).items()}
    if spelt := SPELLINGS.get(context.get("pattern", "")):
        return spelt
    zh, en = _ZH.get(detail["type"], "值无效"), _EN.get(detail["type"])
    return zh.format_map(context), en.format_map(context) if en else detail["msg"][:1].lower() + detail["msg"][1:]


def field_path(location: Sequence[str | int]) -> str:
    """Return a path as callers write it: `factors[1].bandPercent`."""
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{name_written(step)}"
    return text.removeprefix(".")
