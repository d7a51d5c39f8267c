"""What the case studies say came of their systems, asked over GraphQL from their own two figures each (C28, C79, D9, D14).

The outcomes are no promises of the product; but whoever enters a case's figures is told the change that follows from them. Two of
the cases' figures do not: 1.3 updates a day after one in 14 days are 1720 % more, not 850; and 68 to 86 are 26.47 %, not 27.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from support.asking import Ask
from support.team import Team

DRAFT = """mutation ($input: CreateDefinitionInput!) { createDefinition(input: $input) {
  ... on DefinitionVersion { id version lint { code } } ... on Problem { code } } }"""
PUBLISH = """mutation ($input: PublishVersionInput!) { publishVersion(input: $input) {
  ... on DefinitionVersion { state } ... on Problem { code } } }"""
RECORD = """mutation ($input: RecordObservationsInput!) { recordObservations(input: $input) {
  ... on RecordedObservations { recorded standing } ... on Problem { code } } }"""
CHANGE = """query ($metric: String!, $earlier: MetricWindowInput!, $later: MetricWindowInput!) { metricChange(metric: $metric,
  subject: {kind: COMPANY}, earlier: $earlier, later: $later) { earlier { value } later { value } difference percent better } }"""
VALUE = """query ($metric: String!, $on: Date!) { metricValue(metric: $metric, subject: {kind: COMPANY},
  startsOn: $on, endsOn: $on) { value reason } }"""
LAST = {"type": "NUMBER", "unitOfMeasure": "1", "indicator": "LAGGING", "aggregation": "LAST", "across": "AVERAGE"}
HIGHER, LOWER = "higher", "lower"
OUTCOMES = {
    "000 目标共识会议，天": (LOWER, "3", "1.25", "-1.75", "-58.33"),
    "000 团队整体目标达成率": (HIGHER, "67", "89", "22.00", "32.84"),
    "000 新人首月开单率": (HIGHER, "40", "54", "14.00", "35.00"),
    "000 主动离职率": (LOWER, "20", "14.2", "-5.80", "-29.00"),
    "001 目标达成率": (HIGHER, "42", "68", "26.00", "61.90"),
    "001 关键动作完成率": (HIGHER, "54", "89", "35.00", "64.81"),
    "001 异常预警平均响应时间，天": (LOWER, "7.2", "1.4", "-5.80", "-80.56"),
    "002 目标达成偏差率": (LOWER, "37", "12", "-25.00", "-67.57"),
    "002 周均有效协作次数": (HIGHER, "4.2", "15.6", "11.40", "271.43"),
    "002 管理层决策响应速度，天": (LOWER, "7.3", "1.8", "-5.50", "-75.34"),
    "002 目标穿透率": (HIGHER, "28", "79", "51.00", "182.14"),
    "002 纠偏响应时长，天": (LOWER, "11.2", "3.1", "-8.10", "-72.32"),
    "002 跨部门协作请求": (HIGHER, "100", "310", "210.00", "210.00"),
    "003 审批平均处理时间，天": (LOWER, "5", "1.8", "-3.20", "-64.00"),
    "003 目标对齐度指数": (HIGHER, "58", "83", "25.00", "43.10"),
    "003 人均产出": (HIGHER, "100", "127", "27.00", "27.00"),
    "003 增购收入贡献比": (HIGHER, "18", "41", "23.00", "127.78"),
    "003 认同度": (HIGHER, "43", "79", "36.00", "83.72"),
    "004 目标达成率": (HIGHER, "68", "86", "18.00", "26.47"),
    "004 季度内目标调整次数": (HIGHER, "0.7", "2.3", "1.60", "228.57"),
    "004 公平性满意度": (HIGHER, "5.8", "7.9", "2.10", "36.21"),
}
"""Which way is better, before, after; then the change in the figure's unit and in percent. A base that a case lacks is ours."""


async def publish(team: Team, ask: Ask, key: str, body: Mapping[str, Any]) -> None:
    """Publish a metric as an HRBP does, over the API."""
    hr = team.company.hr
    draft = await ask(hr, DRAFT, input={"key": key, "name": key, "body": {"metric": dict(body)}})
    assert draft.pop("lint") == []
    assert await ask(hr, PUBLISH, input=draft) == {"state": "PUBLISHED"}


async def record(team: Team, ask: Ask, rows: Iterator[tuple[str, date, str]]) -> int:
    """Record values of the company by metric and day, and return how many stand."""
    observations = [
        {"externalId": f"{metric}{day}", "metric": metric, "subject": {"kind": "COMPANY"}, "day": str(day), "value": value}
        for metric, day, value in rows
    ]
    said = await ask(team.company.hr, RECORD, input={"source": "hr", "observations": observations})
    return int(said["standing"])


def window(first: date, days: int = 1) -> dict[str, str]:
    """Return so many days from the first on."""
    return {"startsOn": str(first), "endsOn": str(first + timedelta(days - 1))}


async def test_each_outcome_of_the_cases_follows_from_its_two_figures(team: Team, ask: Ask) -> None:
    for key in (HIGHER, LOWER):
        await publish(team, ask, key, LAST | {"direction": key.upper()})
    days = {name: [date(2025, 1, 1) + timedelta(2 * place + late) for late in (0, 1)] for place, name in enumerate(OUTCOMES)}
    said = (
        (way, day, value)
        for name, (way, before, after, *_) in OUTCOMES.items()
        for day, value in zip(days[name], (before, after), strict=True)
    )
    assert await record(team, ask, said) == 2 * len(OUTCOMES)
    found = {}
    for name, (way, *_) in OUTCOMES.items():
        earlier, later = map(window, days[name])
        change = await ask(team.company.hr, CHANGE, metric=way, earlier=earlier, later=later)
        assert change["better"] is True, name
        found[name] = (change["difference"], change["percent"])
    assert found == {name: (difference, percent) for name, (*_, difference, percent) in OUTCOMES.items()}


async def test_from_an_update_in_two_weeks_to_more_than_one_a_day_is_1720_percent_and_not_850(team: Team, ask: Ask) -> None:
    """Ten in 140 days, then 13 in every ten days: 182."""
    await publish(team, ask, "updates", {"type": "COUNT", "unitOfMeasure": "次", "indicator": "LEADING", "places": 0})
    first, after = date(2025, 1, 1), date(2025, 7, 1)

    def rows() -> Iterator[tuple[str, date, str]]:
        yield from (("updates", first + timedelta(14 * n), "1") for n in range(10))
        yield from (("updates", after + timedelta(n), "4" if n % 10 == 9 else "1") for n in range(140))

    assert await record(team, ask, rows()) == 150
    windows = {"earlier": window(first, 140), "later": window(after, 140)}
    assert await ask(team.company.hr, CHANGE, metric="updates", **windows) == {
        "earlier": {"value": "10"},
        "later": {"value": "182"},
        "difference": "172",
        "percent": "1720.00",
        "better": True,
    }


@pytest.mark.parametrize(
    ("parts", "index"),
    [
        (("60", "90", "50"), ("70.00", None)),
        (("45", "70", "60"), ("58.00", None)),
        (("80", "95", "65"), ("83.00", None)),
        (("60", "90", None), (None, "NO_INPUT")),
    ],
)
async def test_the_alignment_index_is_a_formula_of_the_companys_own(
    team: Team, ask: Ask, parts: tuple[str | None, ...], index: tuple[str | None, str | None]
) -> None:
    """C79, D9: 40/40/20; a source that is missing makes no zero of itself."""
    keys = ("keywords", "linked_tasks", "cross_unit")
    for key in keys:
        await publish(team, ask, key, LAST)
    inputs = [{"name": name, "metric": key} for name, key in zip(("关键词匹配", "任务关联", "跨部门协作"), keys, strict=True)]
    formula = "关键词匹配 * 40% + 任务关联 * 40% + 跨部门协作 * 20%"
    await publish(team, ask, "index", {**LAST, "aggregation": "SUM", "across": "SUM", "formula": formula, "inputs": inputs})
    day = date(2025, 9, 30)
    await record(team, ask, ((key, day, value) for key, value in zip(keys, parts, strict=True) if value is not None))
    found = await ask(team.company.hr, VALUE, metric="index", on=str(day))
    assert (found["value"], found["reason"]) == index
