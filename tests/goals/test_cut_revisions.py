"""A goal revised over a line that is cut at any message: under its key it is revised once, and its trail and chain are whole."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest

from plumb_platform.audit.service import verify_chain
from plumb_platform.database import Database, fetch_one, tenant_transaction
from plumb_platform.database.connect import url_credentials
from plumb_platform.settings import APP_ROLE, Settings
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.ground.ids import encode_id
from support.companies import CompanyFixture, add_unit, make_company
from support.cutting import Cutter, Side, cutting
from support.goals_made import add_cycle, add_goals
from support.own_pool import own_pool
from support.remembered import remembered

REVISE = """mutation ($input: ReviseGoalInput!) { reviseGoal(input: $input) {
  __typename ... on Goal { version title target } ... on Problem { code } } }"""
STANDS = """select g.version,
(select v.target from goal_version v where v.goal_id = g.id order by v.number desc limit 1) as target,
(select count(*) from goal_version v where v.goal_id = g.id) as versions,
(select count(*) from audit_entry where action = 'goal.revise') as entries from goal g where id = $1"""


@pytest.fixture
async def cutter(settings: Settings, database: Database) -> AsyncIterator[Cutter]:
    """Lend one connection at a time, which leads through a line that may be cut."""
    async with cutting(url_credentials(settings.role_url(APP_ROLE))) as (through, cutter), own_pool(through):
        yield cutter
        cutter.hold()


@dataclass(frozen=True, slots=True)
class Desk:
    """A goal of a company, and who revises it."""

    company: CompanyFixture
    goal: UUID
    context: Context
    engine: Engine

    async def revise(self, version: int, key: str = "") -> dict[str, object]:
        """Revise the goal of some version, to a target of as many yuan; return what is told of it, or of the error."""
        given = {"goalId": encode_id("Goal", self.goal), "version": version, "target": f"{version}.00", "reason": "市场变化"}
        asking = replace(self.context, idempotency_key=key, request_hashes=(f"{version}",))
        body = (await self.engine.answer(Operation(REVISE, {"input": given}), asking)).body
        told: dict[str, object] = body["errors"][0]["extensions"] if "errors" in body else body["data"]["reviseGoal"]
        return told

    async def stands(self) -> dict[str, object] | None:
        """Return how the goal stands, and how often it was revised."""
        async with tenant_transaction(self.company.system):
            return await fetch_one(STANDS, self.goal)


@pytest.fixture
async def desk(database: Database, ground: Ground, product_engine: Engine) -> Desk:
    company = await make_company()
    (goal,) = await add_goals(company, await add_cycle(company), [(await add_unit(company, "GD", "广东"), company.hr)])
    return Desk(company, goal, await remembered(company.hr, ground), product_engine)


@pytest.mark.parametrize(("side", "has_key"), [("answered", True), ("asked", False)])
async def test_a_revision_that_is_cut_off_at_any_message_is_made_once(
    desk: Desk, cutter: Cutter, side: Side, has_key: bool
) -> None:
    is_met, at, version, cut_off = True, 0, 2, 0
    while is_met:
        # On a connection that has prepared what it needs.
        assert (await desk.revise(version))["version"] == version + 1
        version += 1
        cutter.cut(side, at)
        key = f"键{at}" if has_key else ""
        told = await desk.revise(version, key)
        is_met, at = cutter.hold(), at + 1
        if "code" in told:
            assert told["code"] == "UNAVAILABLE"
            cut_off += 1
            again = await desk.revise(version, key)
            assert again.get("code") in ((None,) if has_key else (None, "CONFLICT"))
        else:
            assert told == {"__typename": "Goal", "version": version + 1, "title": "华南区销售额", "target": f"{version}.00"}
        version += 1
        made = {"version": version, "target": Decimal(version - 1), "versions": version - 1, "entries": version - 2}
        assert await desk.stands() == made
    assert cut_off >= 8
    async with tenant_transaction(desk.company.auditor):
        assert (await verify_chain(desk.company.auditor)).broken_at is None


async def test_a_revision_is_made_though_a_migration_gave_a_column_another_type_meanwhile(desk: Desk, settings: Settings) -> None:
    owner = await asyncpg.connect(**url_credentials(settings.database_url))
    async with own_pool(url_credentials(settings.role_url(APP_ROLE))):
        for version in (2, 3):  # the second time all is prepared
            assert (await desk.revise(version))["version"] == version + 1
        try:
            await owner.execute("alter table goal alter column title type varchar(201)")
            assert (await desk.revise(4))["version"] == 5
        finally:
            await owner.execute("alter table goal alter column title type varchar(200)")
            await owner.close()
    assert await desk.stands() == {"version": 5, "target": Decimal(4), "versions": 4, "entries": 3}
