"""Growth targets on a stored base: 7.2亿 and 15 % are 828,000,000.00, and the base's version is kept (C48)."""

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.actor import Actor
from plumb_platform.database import fetch, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_tenants.metrics.service import SubjectKind, grown, record_base, set_growth_target
from support.asking import Ask
from support.metrics_made import observed, publish_library, say
from support.team import Team

CENT = Decimal("0.01")
YEAR: dict[str, Any] = {"starts_on": date(2025, 1, 1), "ends_on": date(2025, 12, 31)}
COMPANY = (SubjectKind.COMPANY, "")
STATE = "select (select count(*) from growth_base) || ',' || (select count(*) from growth_target)"
TARGET = """mutation ($input: SetGrowthTargetInput!) { setGrowthTarget(input: $input) {
  ... on GrowthTarget { metric base baseNumber baseReason percent target } ... on Problem { code field } } }"""


async def based(team: Team, value: str | None = "720000000.00", **changes: Any) -> int:
    """Record a base of the company as HR and return its number."""
    asked = {"metric_key": "revenue", "subject": COMPANY, "reason": "2025 年审计营收"} | YEAR | changes
    async with tenant_transaction(team.company.hr):
        stored = await record_base(team.company.hr, value=None if value is None else Decimal(value), **asked)
    return stored.number


async def targeted(team: Team, percent: str = "15", **changes: Any) -> Any:
    asked = {"metric_key": "revenue", "subject": COMPANY} | YEAR | changes
    async with tenant_transaction(team.company.hr):
        return await set_growth_target(team.company.hr, percent=Decimal(percent), **asked)


async def refused(team: Team, act: Callable[[], Awaitable[Any]]) -> tuple[str, str | None]:
    async with tenant_transaction(team.company.hr):
        before = await fetch_value(STATE)
    with pytest.raises(DomainError) as caught:
        await act()
    async with tenant_transaction(team.company.hr):
        assert await fetch_value(STATE) == before
    return caught.value.code, caught.value.field


async def test_a_missing_or_negative_base_is_refused_and_so_is_a_rate_that_is_none(team: Team) -> None:
    await publish_library(team.company.hr, "revenue", "logins")
    assert await refused(team, lambda: targeted(team)) == ("GROWTH_BASE_MISSING", "base")
    assert await refused(team, lambda: based(team, None)) == ("GROWTH_BASE_MISSING", "base")
    assert await refused(team, lambda: based(team, "-0.01")) == ("GROWTH_BASE_NEGATIVE", "value")
    await say(team.company.hr, observed("R1", "revenue", "E1", date(2025, 3, 1), "-5.00"))
    assert await refused(team, lambda: based(team, None)) == ("GROWTH_BASE_NEGATIVE", "value")
    for value in ("0.001", "NaN", "1E18"):
        assert await refused(team, lambda value=value: based(team, value)) == ("GROWTH_BASE_INVALID", "value")  # type: ignore[misc] # mypy infers no lambda default
    assert await refused(team, lambda: based(team, reason=" ")) == ("GROWTH_REASON_MISSING", "reason")
    assert await refused(team, lambda: based(team, metric_key="logins")) == ("USAGE_NOT_SCORED", "metric")
    await based(team)
    for percent in ("-100.0001", "10000.1", "NaN", "0.00001"):
        assert await refused(team, lambda percent=percent: targeted(team, percent)) == ("GROWTH_PERCENT_INVALID", "percent")  # type: ignore[misc] # the same


async def test_720_million_and_15_percent_are_828_million_and_the_version_of_the_base_is_kept(team: Team, ask: Ask) -> None:
    await publish_library(team.company.hr, "revenue")
    assert (await based(team, "700000000.00"), await based(team)) == (1, 2)
    asked = {"metric": "revenue", "subject": {"kind": "COMPANY"}, "startsOn": "2025-01-01", "endsOn": "2025-12-31"}
    assert await ask(team.company.hr, TARGET, input=asked | {"percent": "15"}) == {
        "metric": "revenue",
        "base": "720000000",
        "baseNumber": 2,
        "baseReason": "2025 年审计营收",
        "percent": "15",
        "target": "828000000.00",
    }
    assert await based(team, "730000000.00") == 3
    async with tenant_transaction(team.company.hr):
        kept = await fetch("select b.number, t.target from growth_target t join growth_base b on b.id = t.base_id")
    assert [tuple(row.values()) for row in kept] == [(2, Decimal("828000000.000000"))]


async def test_the_base_may_be_what_was_observed(team: Team) -> None:
    await publish_library(team.company.hr, "revenue")
    await say(team.company.hr, *(observed(f"R{n}", "revenue", "E1", date(2025, n, 1), "100.00") for n in (1, 6, 12)))
    who = {"subject": (SubjectKind.PERSON, "E1")}
    assert await based(team, None, **who) == 1
    target = await targeted(team, "18", **who)
    async with tenant_transaction(team.company.hr):
        assert await fetch_value("select target from growth_target where id = $1", target) == Decimal("354.00")


async def test_a_growth_target_is_seen_within_ones_reach(team: Team, ask: Ask) -> None:
    async def count(actor: Actor) -> int:
        return int((await ask(actor, "{ growthTargets { totalCount } }"))["totalCount"])

    await publish_library(team.company.hr, "revenue")
    await based(team, "100.00", subject=(SubjectKind.PERSON, "E1"))
    await targeted(team, subject=(SubjectKind.PERSON, "E1"))
    callers = (team.company.hr, team.manager, team.owner, team.colleague)
    assert [await count(each) for each in callers] == [1, 1, 1, 0]


@given(st.decimals(0, 10**12, places=2), st.decimals(-100, 1000, places=4))
def test_growth_is_the_base_and_its_percentage_to_the_cent(base: Decimal, percent: Decimal) -> None:
    exact = base + base * percent / 100
    assert abs(grown(base, percent, unit=CENT) - exact) <= CENT / 2
    assert grown(base, Decimal(0), unit=CENT) == base
