"""Values: effective visits (C31), every aggregation, formulas, units, months, age and version of each figure (C27)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import fetch, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError, NotFound
from plumb_tenants.formulas.service import Reason
from plumb_tenants.metrics.service import (
    MetricValue,
    MonthlyValue,
    SubjectKind,
    keep_value,
    monthly_values,
    read_value,
    roll_up,
    value_between,
    values_between,
)
from support.companies import add_person, add_unit
from support.metrics_made import LIBRARY, observed, publish_body, publish_library, republish, say
from support.team import Team

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
SAID_AT = datetime(2026, 4, 1, 4, tzinfo=UTC)


def march(day: int) -> date:
    return date(2026, 3, day)


async def value(team: Team, metric: str, *, actor: Actor | None = None, code: str = "E1", **more: Any) -> MetricValue:
    """Return a value of March as HR, or another caller, reads it."""
    caller = actor or team.company.hr
    period = {"starts_on": FIRST, "ends_on": LAST} | more
    subject = (period.pop("kind", SubjectKind.PERSON), code)
    async with tenant_transaction(caller):
        return await read_value(caller, metric_key=metric, subject=subject, **period)


async def five_visits(team: Team) -> None:
    """Five visits at five hospitals; three of them have a follow-up later, one an earlier one, one none."""
    visits = [observed(f"V{n}", "visit", "E1", march(n), object_code=f"H{n}") for n in range(1, 6)]
    later = [observed(f"F{n}", "follow_up", "E2", march(n + 7), object_code=f"H{n}") for n in range(1, 4)]
    earlier = observed("F4", "follow_up", "E1", march(3), object_code="H4")
    await say(team.company.hr, *visits, *later, earlier)


async def test_a_visit_counts_when_a_later_follow_up_exists(team: Team) -> None:
    versions = await publish_library(team.company.hr, "visit", "follow_up", "effective_visit")
    await five_visits(team)
    assert (await value(team, "visit")).value == 5
    found = await value(team, "effective_visit")
    assert (found.value, found.definition_version_id, found.definition_number) == (Decimal(3), versions["effective_visit"], 1)
    gone = observed("F2", "follow_up", "E2", march(9), object_code="H2", revision=2, deleted=True)
    await say(team.company.hr, gone)
    assert (await value(team, "effective_visit")).value == 2


async def test_a_follow_up_on_the_day_of_the_visit_counts_by_the_hour_and_within_the_days_that_are_said(team: Team) -> None:
    hr = team.company.hr
    await publish_library(hr, "visit", "follow_up", "effective_visit")
    event = {"of": "visit", "followed_by": "follow_up", "same": "BOTH", "within_days": 3}
    await publish_body(hr, "metric", "quick", LIBRARY["visit"] | {"event": event})
    nine, ten = (datetime(2026, 3, 5, hour, tzinfo=UTC) for hour in (9, 10))
    await say(
        hr,
        observed("V1", "visit", "E1", march(5), object_code="H1", happened_at=nine),
        observed("F1", "follow_up", "E1", march(5), object_code="H1", happened_at=ten),
        observed("V2", "visit", "E1", march(5), object_code="H2", happened_at=ten),
        observed("F2", "follow_up", "E1", march(5), object_code="H2", happened_at=nine),
        observed("V3", "visit", "E1", march(5), object_code="H3"),
        observed("F3", "follow_up", "E1", march(9), object_code="H3"),
        observed("V4", "visit", "E1", march(5), object_code="H4"),
        observed("F4", "follow_up", "E2", march(6), object_code="H4"),
        observed("V5", "visit", "E1", march(5)),
    )
    assert (await value(team, "effective_visit")).value == 3
    assert (await value(team, "quick")).value == 1


async def test_each_aggregation_gives_its_own_figure(team: Team) -> None:
    hr = team.company.hr
    await publish_library(hr)
    await five_visits(team)
    await say(
        hr,
        *(observed(f"O{n}", "order_count", "E1", march(20)) for n in range(2)),
        *(observed(f"R{n}", "revenue", "E1", march(n), amount) for n, amount in ((2, "100000.10"), (9, "-20000.05"))),
        *(observed(f"P{n}", "price_band", "E1", march(n), amount) for n, amount in ((1, "10"), (2, "10"), (3, "11"))),
        observed("D1", "payment_cycle", "E1", march(30), "60"),
        observed("D2", "payment_cycle", "E1", march(2), "90"),
        observed("D3", "payment_cycle", "E2", march(1), "30"),
        *(observed(f"H{n}", "hospital", "E1", march(n), object_code=code) for n, code in ((1, "三甲"), (2, "三甲"), (3, "二甲"))),
    )
    async with tenant_transaction(hr):
        subject = (SubjectKind.PERSON, "E1")
        keys = ("revenue", "price_band", "payment_cycle", "hospital", "conversion", "activity")
        found = [(await read_value(hr, metric_key=key, subject=subject, starts_on=FIRST, ends_on=LAST)).value for key in keys]
    expected = ("80000.05", "10.33", "60.00", "2", "66.67", "8.00")
    assert [str(each) for each in found] == list(expected)
    unit = await value(team, "payment_cycle", kind=SubjectKind.UNIT, code="HN")
    assert unit.value == Decimal("45.00")
    parts = (await value(team, "activity")).parts
    assert parts == {"有效拜访": Decimal(3), "医院数": Decimal(2)}


async def test_no_input_is_null_and_a_division_by_zero_is_undefined_and_neither_is_zero(team: Team) -> None:
    await publish_library(team.company.hr)
    assert ((nothing := await value(team, "revenue")).value, nothing.reason) == (None, Reason.NO_INPUT)
    assert ((nothing := await value(team, "activity")).value, nothing.reason) == (None, Reason.NO_INPUT)
    await say(
        team.company.hr,
        observed("V1", "visit", "E1", march(1), object_code="H1"),
        observed("O1", "order_count", "E1", march(2)),
    )
    assert (await value(team, "effective_visit")).value == 0
    undefined = await value(team, "conversion")
    assert (undefined.value, undefined.reason, dict(undefined.parts)) == (
        None,
        Reason.DIVISION_BY_ZERO,
        {"order_count": Decimal(1), "effective_visit": Decimal(0)},
    )


async def test_a_unit_has_the_value_of_all_below_it_and_the_company_that_of_all(team: Team) -> None:
    hr, company = team.company.hr, team.company
    below = await add_unit(company, "GD", "广东", parent=team.unit)
    other = await add_unit(company, "HB", "华北")
    await add_person(company, "G1", "赵代表", unit=below)
    await add_person(company, "B1", "钱代表", unit=other)
    await publish_library(hr, "revenue")
    amounts = {"E1": "1.00", "E2": "2.00", "G1": "4.00", "B1": "8.00"}
    await say(hr, *(observed(f"R-{code}", "revenue", code, march(5), amount) for code, amount in amounts.items()))
    await say(hr, observed("R-u", "revenue", "GD", march(5), "16.00", subject_kind=SubjectKind.UNIT))
    await say(hr, observed("R-c", "revenue", "", march(5), "32.00", subject_kind=SubjectKind.COMPANY))
    async with tenant_transaction(hr):
        rolled = await roll_up(hr, metric_key="revenue", starts_on=FIRST, ends_on=LAST)
    assert {each.code: each.value.value for each in rolled} == {"GD": 20, "HB": 8, "HN": 23}
    assert (await value(team, "revenue", kind=SubjectKind.COMPANY, code="")).value == Decimal("63.00")
    async with tenant_transaction(team.manager):
        seen = await roll_up(team.manager, metric_key="revenue", starts_on=FIRST, ends_on=LAST)
    assert {each.code: each.value.value for each in seen} == {"GD": 20, "HN": 23}


async def test_months_are_whole_and_one_without_input_is_null(team: Team) -> None:
    hr, person = team.company.hr, team.owner.person_id
    assert person is not None
    with clock_at(SAID_AT):
        await publish_library(hr, "revenue")
        days = {"R1": date(2026, 1, 31), "R2": date(2026, 3, 1), "R3": date(2026, 3, 31)}
        await say(hr, *(observed(code, "revenue", "E1", day, "5.00") for code, day in days.items()))
    async with tenant_transaction(hr):
        found = await monthly_values(hr, metric_key="revenue", subject_id=person, first=date(2026, 1, 15), last=date(2026, 3, 10))
    months = [(date(2026, 1, 1), Decimal("5.00")), (date(2026, 2, 1), None), (date(2026, 3, 1), Decimal("10.00"))]
    assert found == [MonthlyValue(month, amount, SAID_AT) for month, amount in months]


async def test_other_domains_get_values_by_id_and_never_usage_data(team: Team) -> None:
    hr = team.company.hr
    people = [each.person_id for each in (team.owner, team.colleague) if each.person_id]
    versions = await publish_library(hr, "revenue", "logins")
    await say(hr, observed("R1", "revenue", "E1", march(5), "7.00"), observed("L1", "logins", "E1", march(5)))
    period: dict[str, Any] = {"starts_on": FIRST, "ends_on": LAST}
    async with tenant_transaction(team.owner):
        one = await value_between(team.owner, metric_key="revenue", subject_id=people[0], **period)
        none = await value_between(team.owner, metric_key="revenue", subject_id=people[1], **period)
        many = await values_between(team.owner, metric_key="revenue", subject_ids=people, **period)
        codes = []
        for act in (
            value_between(team.owner, metric_key="logins", subject_id=people[0], **period),
            value_between(team.owner, metric_key="logins", subject_id=people[0], version_id=versions["logins"], **period),
            monthly_values(team.owner, metric_key="logins", subject_id=people[0], first=FIRST, last=LAST),
            value_between(team.owner, metric_key="revenue", subject_id=team.cycle, **period),
            value_between(team.owner, metric_key="revenue", subject_id=people[0], starts_on=LAST, ends_on=FIRST),
        ):
            with pytest.raises(DomainError) as caught:
                await act
            codes.append(caught.value.code)
    assert one is not None
    assert (one.value, none, {key: each.value for key, each in many.items()}) == (Decimal(7), None, {people[0]: Decimal("7.00")})
    assert codes == ["USAGE_NOT_SCORED"] * 3 + ["NOT_FOUND", "METRIC_PERIOD_INVALID"]
    assert (await value(team, "logins")).value == 1


async def test_a_value_under_an_earlier_version_is_what_that_version_says(team: Team) -> None:
    hr, person = team.company.hr, team.owner.person_id
    assert person is not None
    versions = await publish_library(hr, "visit", "follow_up", "effective_visit")
    await five_visits(team)
    subject: dict[str, Any] = {"subject": (SubjectKind.PERSON, "E1"), "starts_on": FIRST, "ends_on": LAST}
    async with tenant_transaction(hr):
        await keep_value(hr, metric_key="effective_visit", **subject)
        definition = await fetch_value("select id from definition where key = 'effective_visit'")
    changed = LIBRARY["effective_visit"] | {"event": {"of": "visit", "followed_by": "follow_up", "within_days": 6}}
    second = await republish(hr, versions["effective_visit"], definition, changed)
    await say(hr, observed("F5", "follow_up", "E1", march(10), object_code="H5"))
    async with tenant_transaction(hr):
        await keep_value(hr, metric_key="effective_visit", **subject)
        kept = await fetch("select number, value, definition_version_id from metric_record order by number")
        period: dict[str, Any] = {"starts_on": FIRST, "ends_on": LAST}
        pinned = await value_between(
            hr, metric_key="effective_visit", subject_id=person, version_id=versions["effective_visit"], **period
        )
    assert [tuple(row.values()) for row in kept] == [(1, 3, versions["effective_visit"]), (2, 1, second)]
    assert pinned is not None
    assert (pinned.value, pinned.definition_version_id) == (Decimal(4), versions["effective_visit"])


async def test_a_figure_older_than_the_companys_limit_is_stale(team: Team) -> None:
    hr = team.company.hr
    with clock_at(SAID_AT):
        await publish_library(hr, "visit", "follow_up", "effective_visit")
        never = await value(team, "visit")
        assert (never.as_of, never.stale) == (None, True)
        await say(hr, observed("V1", "visit", "E1", march(30)), observed("F1", "follow_up", "E1", march(31)))
    year: dict[str, Any] = {"starts_on": FIRST, "ends_on": date(2026, 12, 31)}
    seen = []
    for hours in (24, 24.01):
        with clock_at(SAID_AT + timedelta(hours=hours)):
            seen.append(await value(team, "visit", **year))
            assert not (await value(team, "visit")).stale  # March is over: what was said after it does not grow stale
    assert [(each.as_of, each.stale) for each in seen] == [(SAID_AT, False), (SAID_AT, True)]
    with clock_at(SAID_AT + timedelta(hours=30)):
        await say(hr, source="crm", covered=["visit"])
        assert not (await value(team, "visit", **year)).stale
        found = await value(team, "effective_visit", **year)
        assert (found.as_of, found.stale) == (SAID_AT, True)
        await publish_body(hr, "freshness", "default", {"hours": 24, "sources": [{"source": "crm", "hours": 48}]})
        assert not (await value(team, "effective_visit", **year)).stale
    with clock_at(SAID_AT + timedelta(hours=48.01)):
        assert (await value(team, "effective_visit", **year)).stale


async def test_only_sources_that_the_metric_names_count(team: Team) -> None:
    hr = team.company.hr
    await publish_body(hr, "metric", "revenue", LIBRARY["revenue"] | {"sources": ["erp"]})
    await say(hr, observed("R1", "revenue", "E1", march(5), "7.00"))
    await say(hr, observed("R1", "revenue", "E1", march(5), "9.00"), source="erp")
    assert (await value(team, "revenue")).value == Decimal("9.00")


async def test_a_value_is_read_within_ones_reach_only(team: Team) -> None:
    await publish_library(team.company.hr, "revenue")
    await say(team.company.hr, observed("R1", "revenue", "E1", march(5), "7.00"))
    assert (await value(team, "revenue", actor=team.owner)).value == 7
    assert (await value(team, "revenue", actor=team.manager)).value == 7
    unknown: list[tuple[Actor, dict[str, Any]]] = [
        (team.colleague, {}),
        (team.owner, {"kind": SubjectKind.UNIT, "code": "HN"}),
        (team.manager, {"kind": SubjectKind.COMPANY, "code": ""}),
        (team.company.hr, {"code": "E9"}),
    ]
    for actor, asked in unknown:
        with pytest.raises(NotFound):
            await value(team, "revenue", actor=actor, **asked)
