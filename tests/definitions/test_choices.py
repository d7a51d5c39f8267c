"""An enum's word that does not exist is answered with those that do, the nearest first, wherever it stood."""

from typing import Any

import pytest

from plumb_platform.database import Database
from support.asking import Ask
from support.companies import make_company

STATES = {
    "zh-CN": "可填：CONFIRMED（已确认）、DRAFT（草稿）、PROPOSED（已提议，待确认）、WITHDRAWN（已撤回）。",
    "en": "It takes: CONFIRMED, DRAFT, PROPOSED, WITHDRAWN.",
}
LITERAL = "{ goals(where: {state: {eq: CONFIRMD}}) { totalCount } }"
QUOTED = '{ goals(where: {state: {eq: "CONFIRMD"}}) { totalCount } }'
IN_VARIABLE = "query ($in: [GoalState!]) { goals(where: {state: {in: $in}}) { totalCount } }"
IN_OBJECT = "query ($where: GoalFilter!) { goals(where: $where) { totalCount } }"
BY_DEFAULT = "query ($in: GoalState! = CONFIRMD) { goals(where: {state: {eq: $in}}) { totalCount } }"
LEVEL = "mutation ($input: CreateDefinitionInput!) { createDefinition(input: $input) { __typename } }"
BODY = {"metric": "销售额", "unitOfMeasure": "CNY", "level": "PEPLE", "factors": []}


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (LITERAL, {}),
        (QUOTED, {}),
        (BY_DEFAULT, {}),
        (IN_VARIABLE, {"in": ["DRAFT", "CONFIRMD"]}),
        (IN_VARIABLE, {"in": ["confirmd"]}),
        (IN_OBJECT, {"where": {"or": [{"state": {"eq": "CONFIRMD"}}]}}),
    ],
)
async def test_what_an_enum_takes_is_told_wherever_it_stands(
    ask: Ask, document: str, variables: dict[str, Any], locale: Any
) -> None:
    answer = await ask.in_language(locale).body((await make_company()).admin, document, **variables)
    assert answer["errors"][0]["message"].endswith(STATES[locale])
    assert "Did you mean" not in answer["errors"][0]["message"]


async def test_what_a_definition_takes_is_told_and_where(database: Database, ask: Ask) -> None:
    given = {"key": "k", "name": "拆解", "body": {"decomposition": BODY}}
    answer = await ask.in_language("zh-CN").body((await make_company()).admin, LEVEL, input=given)
    assert [(error["extensions"]["field"], error["message"].partition("。")[2]) for error in answer["errors"]] == [
        ("body.decomposition.level", "可填：PEOPLE（人员）、UNITS（部门）。")
    ]


async def test_a_value_that_is_no_text_or_has_no_end_leaves_room_for_what_is_taken(database: Database, ask: Ask) -> None:
    admin = (await make_company()).admin
    for given in (1, {"a": 1}, "X" * 400, "') [" * 80):
        answer = await ask.in_language("zh-CN").body(admin, IN_VARIABLE, **{"in": given})
        (error,) = answer["errors"]
        assert ("CONFIRMED（已确认）" in error["message"], len(error["message"]) <= 500) == (True, True)


async def test_nobody_who_is_not_signed_in_is_told_what_there_is(database: Database, ask: Ask) -> None:
    assert "CONFIRMED" not in str(await ask.body(None, LITERAL))
