"""Benchmarks by product line, region and period: a change is a new version, and what used the old one keeps it (C2)."""

from decimal import Decimal
from typing import Any

import pytest

from plumb_platform.database import fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_tenants.definitions.kinds import kind_of
from plumb_tenants.definitions.rules import BodyInvalid, check_body, lint
from plumb_tenants.metrics.service import BenchmarkPlace, benchmark_value
from support.metrics_made import publish_body, republish
from support.team import Team

PLACE = BenchmarkPlace("基因检测", "西南", "2026-Q1")


def row(value: str, **changes: str) -> dict[str, str]:
    return {"product_line": "基因检测", "region": "西南", "period": "2026-Q1", "value": value} | changes


def body(*rows: dict[str, str]) -> dict[str, Any]:
    return {"unit_of_measure": "元", "source": "行业年报", "rows": list(rows)}


def test_two_values_for_one_place_are_refused_and_so_is_a_period_that_is_none() -> None:
    kind = kind_of("benchmark")
    twice = body(row("1"), row("2", region="华东"), row("3"))
    found = lint(kind, check_body(kind, twice).model)
    assert [(each.code, each.path) for each in found] == [("BENCHMARK_TWICE", "rows[2]")]
    with pytest.raises(BodyInvalid, match=r"body\.rows\[0\]\.period"):
        check_body(kind, body(row("1", period="2026-13")))


async def test_a_change_makes_a_new_version_and_what_used_the_old_one_keeps_its_value(team: Team) -> None:
    hr = team.company.hr
    first = await publish_body(hr, "benchmark", "new_line", body(row("120000.00")))
    async with tenant_transaction(hr):
        used = await benchmark_value(hr, key="new_line", place=PLACE)
        definition = await fetch_value("select id from definition where key = 'new_line'")
    second = await republish(hr, first, definition, body(row("135000.00")))
    async with tenant_transaction(hr):
        now = await benchmark_value(hr, key="new_line", place=PLACE)
        then = await benchmark_value(hr, key="new_line", place=PLACE, version_id=used.version_id)
    assert (used.value, used.version_id, used.number) == (Decimal("120000.00"), first, 1)
    assert (now.value, now.version_id, now.number) == (Decimal("135000.00"), second, 2)
    assert then == used


async def test_a_missing_benchmark_names_its_place(team: Team) -> None:
    hr = team.company.hr
    version = await publish_body(hr, "benchmark", "new_line", body(row("120000.00")))
    other = BenchmarkPlace("基因检测", "西南", "2026-Q2")
    async with tenant_transaction(hr):
        for key, place in (("new_line", other), ("nowhere", PLACE)):
            with pytest.raises(DomainError) as caught:
                await benchmark_value(hr, key=key, place=place)
            assert caught.value.code == "BENCHMARK_MISSING"
            assert caught.value.values == {
                "key": key,
                "product_line": place.product_line,
                "region": place.region,
                "period": place.period,
            }
        with pytest.raises(DomainError) as caught:
            await benchmark_value(hr, key="another", place=PLACE, version_id=version)
        assert caught.value.code == "NOT_FOUND"
