"""How many round trips a revised goal takes, from the transaction's begin to its commit."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.clock import now
from plumb_platform.database import Database, execute, fetch_one, fetch_value, tenant_transaction
from plumb_platform.database.connect import platform_row
from plumb_platform.errors import Unauthenticated
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.ground.ids import encode_id
from plumb_tenants.goals.service import Said, check_in
from support.companies import CompanyFixture, add_unit, make_company
from support.goals_made import add_cycle, add_goals
from support.remembered import remembered
from support.wire import Wire, listened

REVISE = """mutation ($input: ReviseGoalInput!) { reviseGoal(input: $input) {
  __typename ... on Goal { version target state } ... on Problem { code } } }"""
MOST = 3
"""Begin, proof, the goal with its tree, windows of locks and where that stands; all that is written; the answer and commit."""


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company()


@pytest.fixture
async def tree(company: CompanyFixture) -> list[UUID]:
    """Return a goal of a unit that adds up its parts, and its forty parts, one of which was reported on."""
    unit, cycle = await add_unit(company, "GD", "广东省区"), await add_cycle(company)
    parent, *parts = await add_goals(company, cycle, [(unit, company.hr)] * 41)
    async with tenant_transaction(company.system):
        await execute("update goal set parent_id = $1 where id = any($2)", parent, parts)
        await execute("update goal set roll_up = 'SUM' where id = $1", parent)
        await check_in(
            company.system, goal_id=parts[0], said=Said(value=Decimal(600000), as_of=date(2026, 3, 31), comment="一季度")
        )
    return [parent, *parts]


async def revised(engine: Engine, context: Context, goal: UUID, version: int, target: str) -> tuple[Wire, dict[str, Any]]:
    given = {"goalId": encode_id("Goal", goal), "version": version, "target": target, "reason": "市场变化"}
    async with listened() as wire:
        answer = await engine.answer(Operation(REVISE, {"input": given}), context)
    assert "errors" not in answer.body
    return wire, answer.body["data"]["reviseGoal"]


async def test_a_revised_goal_takes_no_more_round_trips_than_it_needs(
    company: CompanyFixture, tree: list[UUID], ground: Ground, product_engine: Engine
) -> None:
    wire = Wire()
    for version in (2, 3):
        wire, goal = await revised(product_engine, await remembered(company.hr, ground), tree[1], version, f"{version}00000.00")
        assert goal == {"__typename": "Goal", "version": version + 1, "target": f"{version}00000.00", "state": "PROPOSED"}
    assert len(wire.sent) <= MOST, wire.sent
    async with tenant_transaction(company.system):
        stands = await fetch_one("select actual, reported from goal_progress where goal_id = $1", tree[0])
        own = await fetch_one("select actual, attainment from goal_progress where goal_id = $1", tree[1])
        trail = await fetch_one("select request_id, count(*) over () from audit_entry where action = 'goal.revise'")
    # 600,000 of 300,000, and of the parent, where 39 others aim at 1,200,000 each, 300,000 / 47,100,000 is known.
    assert stands == {"actual": Decimal("600000.00"), "reported": Decimal("0.64")}
    assert own == {"actual": Decimal("600000.00"), "attainment": Decimal("200.00")}
    assert trail == {"request_id": "test-trips", "count": 2}


async def test_who_was_signed_out_meanwhile_revises_nothing(
    company: CompanyFixture, tree: list[UUID], ground: Ground, product_engine: Engine
) -> None:
    async def look_again(_: Context) -> None:
        raise Unauthenticated

    for at in range(2):  # on a connection that prepares its statements, and on one that has
        context = await remembered(company.hr, ground)
        assert context.proof is not None
        await platform_row("update session set revoked_at = $1 where id = $2", now(), context.proof.id)
        context.renew = look_again
        given = {"goalId": encode_id("Goal", tree[1]), "version": 2, "target": "5.00", "reason": f"市场变化{at}"}
        assert (await product_engine.answer(Operation(REVISE, {"input": given}), context)).status == 401
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from audit_entry where action = 'goal.revise'") == 0


async def test_a_stale_version_is_refused_with_the_current_one_and_nothing_is_written(
    company: CompanyFixture, tree: list[UUID], ground: Ground, product_engine: Engine
) -> None:
    _, refused = await revised(product_engine, await remembered(company.hr, ground), tree[1], 1, "5.00")
    assert refused["code"] == "CONFLICT"
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from goal_version where created_at > $1 or number > 1", now()) == 0
        assert await fetch_value("select count(*) from audit_entry where action = 'goal.revise'") == 0


async def test_what_a_revision_counts_anew_is_planned_once_a_connection(company: CompanyFixture) -> None:
    async with tenant_transaction(company.system):
        settings = await fetch_value("select proconfig from pg_proc where oid = 'sec.goals_touched(uuid[])'::regprocedure")
    assert "plan_cache_mode=force_generic_plan" in settings
