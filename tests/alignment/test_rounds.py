"""Round 1 and the rounds themselves: proposals from below, versions, days, opening by hand (C5)."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import tenant_transaction
from plumb_tenants.alignment import service
from support.alignment_made import DAYS, START, Region, refused


async def test_a_proposal_outside_round_one_is_refused_even_before_the_timer_comes_round(region: Region) -> None:
    with clock_at(START + timedelta(days=1)):
        error = await refused(region, lambda: region.propose(region.newcomer, "50000"))
    assert error.code == "ALIGNMENT_ROUND_CLOSED"
    assert "第二轮" in error.text("zh-CN")


async def test_a_second_proposal_is_version_two_and_the_first_stays_readable(region: Region) -> None:
    with clock_at(START):
        first = await region.propose(region.newcomer, "40000")
        second = await region.propose(region.newcomer, "50000", 线="AI课程")
    assert first == second
    versions = await region.rows("select number, proposed from proposal_version where proposal_id = $1 order by number", first)
    assert [(row["number"], str(row["proposed"])) for row in versions] == [(1, "40000.00"), (2, "50000.00")]
    kept = await region.row("select number, proposed, product, region from proposal")
    assert (kept["number"], str(kept["proposed"]), kept["product"], kept["region"]) == (2, "50000.00", "AI课程", "华东")


async def test_one_person_who_presses_twice_at_once_has_one_proposal_of_two_versions(region: Region) -> None:
    with clock_at(START):
        await asyncio.gather(*(region.propose(region.newcomer, value) for value in ("50000", "60000")))
    (row,) = await region.rows("select number from proposal")
    assert row["number"] == 2


async def test_the_same_metric_in_another_alignment_of_the_cycle_is_refused(region: Region) -> None:
    with clock_at(START):
        await region.propose(region.newcomer, "50000")
        async with tenant_transaction(region.hr):
            region.alignment = await service.create_alignment(
                region.hr, cycle_id=region.cycle, form_version_id=region.form, name="另一次", starts=DAYS
            )
        error = await refused(region, lambda: region.propose(region.newcomer, "50000"))
    assert error.code == "PROPOSAL_ELSEWHERE"


async def test_rounds_open_by_hand_too_and_after_the_last_there_is_none(region: Region) -> None:
    with clock_at(START):
        for _ in range(3):
            await region.open_next()
        assert (await refused(region, region.open_next)).code == "ALIGNMENT_OVER"
        assert (await refused(region, lambda: region.propose(region.newcomer, "1"))).code == "ALIGNMENT_ROUND_CLOSED"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"starts": [DAYS[0], DAYS[0], DAYS[2], DAYS[3]]}, "ALIGNMENT_ROUNDS_OUT_OF_ORDER"),
        ({"starts": DAYS[::-1]}, "ALIGNMENT_ROUNDS_OUT_OF_ORDER"),
        ({"name": " "}, "ALIGNMENT_NAME_INVALID"),
        ({"form_version_id": UUID(int=7)}, "NOT_FOUND"),
    ],
)
async def test_an_alignment_that_could_not_run_is_not_set_up(region: Region, changes: dict[str, Any], code: str) -> None:
    async def create() -> None:
        given = {"cycle_id": region.cycle, "form_version_id": region.form, "name": "对齐", "starts": DAYS} | changes
        async with tenant_transaction(region.hr):
            await service.create_alignment(region.hr, **given)  # type: ignore[arg-type]  # mixed

    assert (await refused(region, create)).code == code
