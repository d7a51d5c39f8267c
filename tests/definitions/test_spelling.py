"""A value spelt against its pattern is refused in words that say how it is spelt, in zh and en, for every kind (C21)."""

from collections.abc import Iterator
from typing import Any

import pytest

from plumb_platform.errors import InvalidInput
from plumb_tenants.definitions.kinds import kind_of, registered_kinds
from plumb_tenants.definitions.rules import check_body
from plumb_tenants.definitions.spelling import SPELLINGS

GOALS = {"key": "sales", "title": "销售额", "metric": "revenue", "unit_of_measure": "元", "target": "1", "weight": "100"}


def patterns(schema: Any) -> Iterator[str]:
    """Yield the patterns of text fields; those of decimal numbers are pydantic's own and begin with a look ahead."""
    if isinstance(schema, dict):
        pattern = schema.get("pattern")
        if isinstance(pattern, str) and not pattern.startswith("^(?!"):
            yield pattern
        for word, each in schema.items():
            yield from patterns(each) if word != "default" else ()
    elif isinstance(schema, list):
        for each in schema:
            yield from patterns(each)


@pytest.mark.parametrize("name", registered_kinds())
def test_every_pattern_of_a_kind_has_words(name: str) -> None:
    schema = kind_of(name).body.model_json_schema(mode="serialization")
    assert set(patterns(schema)) - set(SPELLINGS) == set()


@pytest.mark.parametrize(
    ("kind", "body", "zh", "en"),
    [
        (
            "letter",
            {"accent": "red"},
            "accent：须为 # 加六位十六进制数，如 #14304f",
            "accent: must be # and six hexadecimal digits",
        ),
        (
            "seal",
            {"timestamp_server": "DFN!"},
            "timestampServer：须为时间戳服务器的名称",
            "timestampServer: must name a timestamp server",
        ),
        (
            "goal_set",
            {"goals": [GOALS | {"key": "Sales"}]},
            "goals[0].key：须以小写字母开头",
            "goals[0].key: must begin with a lower-case",
        ),
        ("goal_set", {"goals": [GOALS | {"title": " "}]}, "[0].title：不能为空白", "[0].title: must not be blank"),
    ],
)
def test_a_value_spelt_otherwise_is_told_how_to_spell_it(kind: str, body: Any, zh: str, en: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_body(kind_of(kind), body)
    assert zh in caught.value.text("zh-CN")
    assert en in caught.value.text("en")
