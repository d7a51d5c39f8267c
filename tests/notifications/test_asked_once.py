"""What the reader of a kept text may see is asked once a row, by the ids that it names, however many texts and rows there are."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import asyncpg
import orjson
import pytest

from plumb_platform.database import Database, fetch_value, tenant_transaction
from plumb_platform.database.connect import url_credentials
from plumb_platform.settings import Settings
from plumb_platform.telling import Sentence
from plumb_schema.ground.engine import Engine
from plumb_tenants.notifications.service import notify
from support.asking import Ask
from support.goals_made import add_goals
from support.team import Team, make_team
from support.wire import Wire, listened

MESSAGES = 60
ONE = "{ messages(first: 100) { edges { node { zh } } } }"
SEVERAL = "{ messages(first: 100) { edges { node { again: zh zh en } } } }"
SOUGHT = """{ messages(first: 100, where: {zh: {contains: "到期"}, en: {contains: "due"}}, orderBy: [{field: SENT_AT}])
  { edges { node { zh en } } } }"""


async def tell_of_each(team: Team) -> None:
    """Tell the owner of goals of each by a message of its own."""
    goals = await add_goals(team.company, team.cycle, [(team.unit, team.owner)] * MESSAGES)
    assert team.owner.person_id is not None
    async with tenant_transaction(team.company.system):
        for goal in goals:
            said = Sentence(zh="“{title}”已到期", en="{title}: due", tells={"title": "Goal.title"}, row=goal, title="销售额")
            about: dict[str, Any] = {"kind": "test.due", "object_type": "Goal", "object_id": goal}
            assert await notify(team.company.system, people=[team.owner.person_id], said=said, **about) == 1


async def analysed(settings: Settings) -> None:
    """Let PostgreSQL know how many rows there are."""
    connection = await asyncpg.connect(**url_credentials(settings.database_url))
    try:
        await connection.execute("analyze goal, message")
    finally:
        await connection.close()


async def rows_read(team: Team, wire: Wire, table: str) -> int:
    """Return how many rows of a table the statement found that asks what a reader sees, as PostgreSQL counts them."""
    (place,) = [place for place, each in enumerate(wire.sent) if "jsonb_to_recordset" in each]
    async with tenant_transaction(team.company.system):
        plan = await fetch_value(f"explain (analyze, timing off, format json) {wire.sent[place]}", *wire.values[place])
    return sum(
        round(each["Actual Rows"] * each["Actual Loops"])
        for each in parts(orjson.loads(plan)[0]["Plan"])
        if each.get("Relation Name") == table
    )


def parts(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a node of a plan and all below it."""
    yield plan
    for each in plan.get("Plans", []):
        yield from parts(each)


@pytest.mark.parametrize("document", [ONE, SEVERAL, SOUGHT])
async def test_a_page_of_messages_looks_up_each_goal_once(
    settings: Settings, database: Database, ask: Ask, document: str
) -> None:
    team, reading = await make_team(), replace(ask, engine=Engine(ask.engine.schema, kept_bytes=0))
    await tell_of_each(team)
    await analysed(settings)
    await reading.nodes(team.owner, document)
    async with listened() as wire:
        found = await reading.nodes(team.owner, document)
    assert [each["zh"] for each in found] == ["“销售额”已到期"] * MESSAGES
    assert await rows_read(team, wire, "goal") == MESSAGES
