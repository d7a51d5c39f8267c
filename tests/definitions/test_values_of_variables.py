"""Values that do not fit, over GraphQL: the answer names the input as a Problem would, and what to write instead."""

from typing import Any

import pytest

from plumb_platform.database import Database
from support.asking import Ask
from support.companies import make_company

CYCLE = "mutation ($input: CreateCycleInput!) { createCycle(input: $input) { __typename } }"
TEMPLATE = "mutation ($input: CreateDefinitionInput!) { createDefinition(input: $input) { __typename } }"
GOALS = """query ($above: Decimal, $states: [GoalState!]) {
    goals(where: {target: {gte: $above}, state: {in: $states}}) { totalCount } }"""
HALF = {"key": "a", "name": "甲", "weight": "50"}
BODY = {"metric": "销售额", "unitOfMeasure": "CNY", "level": "UNITS"}
DECIMAL = '金额与数量须写成半角数字的文字，如 "1234.50"，不带千位分隔符、单位（万、元）与百分号；所给为：{}。'


def weighing(*factors: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"input": {"key": "k", "name": "拆解", "body": {"decomposition": BODY | {"factors": list(factors)} | more}}}


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("document", "variables", "field", "said"),
    [
        (TEMPLATE, weighing(HALF, HALF | {"weight": "５０％"}), "body.decomposition.factors[1].weight", DECIMAL.format("５０％")),
        (GOALS, {"above": "1,200万元"}, "above", DECIMAL.format("1,200万元")),
        (
            GOALS,
            {"states": ["PROPOSED", "已确认"]},
            "states[1]",
            "GoalState 没有取值 已确认。可填：CONFIRMED（已确认）、PROPOSED（已提议，待确认）、DRAFT（草稿）",
        ),
        (TEMPLATE, weighing(HALF, bandPercnt="3"), "body.decomposition.bandPercnt", "您是否想写 bandPercent？"),
        (CYCLE, {"input": {"code": "1", "name": "年度", "endsOn": "2027-12-31"}}, "startsOn", "缺少必填字段 startsOn"),
        (
            CYCLE,
            {"input": {"code": "1", "name": "年度", "startsOn": "2027年1月1日", "endsOn": "2027-12-31"}},
            "startsOn",
            '日期须写作 "2026-01-31"',
        ),
        (TEMPLATE, {"input": {"key": "k", "name": "拆解", "body": {}}}, None, "输入 DefinitionBodyInput 须恰好给出其中一项。"),
    ],
)
async def test_a_value_that_does_not_fit_is_told_at_its_place_with_what_to_write(
    ask: Ask, document: str, variables: dict[str, Any], field: str | None, said: str
) -> None:
    answer = await ask.in_language("zh-CN").body((await make_company()).admin, document, **variables)
    (error,) = answer["errors"]
    assert (error["extensions"]["code"], error["extensions"].get("field")) == ("GRAPHQL_INVALID", field)
    assert said in error["message"]


async def test_no_place_is_told_of_a_document_that_does_not_fit(database: Database, ask: Ask) -> None:
    answer = await ask.body((await make_company()).admin, "{ goals(first: 1) { totalCountt } }")
    assert [error["extensions"] for error in answer["errors"]] == [{"code": "GRAPHQL_INVALID"}]
