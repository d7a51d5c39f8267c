"""Pages: put together they are the whole list in every order, and rows that stay are neither skipped nor repeated."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, execute, tenant_transaction
from plumb_platform.permissions import Grants, Pair, Scope
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.ground.ids import encode_id
from support.companies import CompanyFixture, add_unit, make_company
from support.goals_made import add_cycle, add_goals
from support.naive.world import Asked
from support.pages import Ask, walked

LISTS = [("goals", "Goal"), ("people", "Person"), ("units", "OrgUnit"), ("letters", "Letter")]
BOTH = ("ASC", "DESC")


def asker(asked: Asked, actor: Actor, grants: Grants) -> Ask:
    async def ask(text: str, variables: dict[str, Any]) -> Any:
        body = (await asked.world.ask(actor, grants, text, variables)).body
        assert "errors" not in body, body
        return body["data"]

    return ask


def words(asked: Asked, kind: str) -> list[str]:
    order: Any = asked.world.oracle.schema.type_map[f"{kind}OrderField"]
    return list(order.values)


@pytest.mark.parametrize(("name", "kind"), LISTS)
async def test_pages_of_three_put_together_are_the_whole_in_every_order(asked: Asked, name: str, kind: str) -> None:
    ask = asker(asked, *asked.callers["admin"])
    whole = len(asked.world.facts.rows[kind])
    for word in words(asked, kind):
        for direction in BOTH:
            order = [{"field": word, "direction": direction}]
            in_one = await walked(ask, name, kind, size=100, order=order)
            assert len(in_one) == len(set(in_one)) == whole
            assert await walked(ask, name, kind, size=3, order=order) == in_one, (word, direction)


async def test_pages_in_an_order_by_what_shows_on_some_rows_only(asked: Asked) -> None:
    actor, held = asked.callers["owner"]
    fields = frozenset({"Goal.title", "Goal.metric"})
    pairs = {"goal:read": (Pair(Scope.UNIT), Pair(Scope.COMPANY, fields=fields))}
    grants = Grants(pairs, held.person_id, held.unit_id, version=asked.world.version)
    ask = asker(asked, actor, grants)
    for word in ("TARGET", "WEIGHT", "CONFIRMED_AT", "TITLE"):
        for direction in BOTH:
            order = [{"field": word, "direction": direction}, {"field": "METRIC", "direction": "DESC"}]
            in_one = await walked(ask, "goals", "Goal", size=100, order=order)
            assert await walked(ask, "goals", "Goal", size=3, order=order) == in_one
            assert len(set(in_one)) == len(asked.world.facts.rows["Goal"])


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    """Make a company with sixty goals of one unit: ties and different numbers."""
    made = await make_company()
    unit = await add_unit(made, "GD", "广东省区")
    cycle = await add_cycle(made)
    for number in range(6):
        await add_goals(made, cycle, [(unit, made.hr)] * 10, target=Decimal(number // 2 * 12), title=f"目标{number % 3}")
    return made


@pytest.fixture
def ask(ground: Ground, engine: Engine, company: CompanyFixture) -> Ask:
    async def asking(text: str, variables: dict[str, Any]) -> Any:
        context = Context(ground=ground, actor=company.hr, locale="en")
        body = (await engine.answer(Operation(text, variables), context)).body
        assert "errors" not in body, body
        return body["data"]

    return asking


Changing = Callable[[int], Awaitable[None]]


def coming_and_going(company: CompanyFixture, source: Random, gone: set[str], come: set[str], stay: list[str]) -> Changing:
    """Return what adds goals and hides others from the list between two pages."""

    async def change(_: int) -> None:
        cycle = (await goals_of(company))["cycle"]
        made = await add_goals(
            company, cycle, [(company.units["GD"], company.hr)] * 2, target=Decimal(source.randint(0, 3) * 12), title="目标1"
        )
        come.update(encode_id("Goal", each) for each in made)
        leaving = source.choice(stay)
        gone.add(leaving)
        async with tenant_transaction(company.system):
            # Nobody deletes a goal: it leaves the list by leaving the unit that the list is filtered by.
            await execute("update goal set unit_id = $2 where id = $1::uuid", leaving.partition("_")[2], company.units["FJ"])

    return change


async def goals_of(company: CompanyFixture) -> dict[str, Any]:
    async with tenant_transaction(company.system):
        (found,) = await execute("select id as cycle from cycle")
    return found


@pytest.mark.parametrize("direction", BOTH)
@pytest.mark.parametrize("word", ["ID", "TITLE", "TARGET", "CONFIRMED_AT", "STATE"])
async def test_rows_that_come_and_go_between_pages_make_no_other_skip_or_repeat(
    company: CompanyFixture, ask: Ask, word: str, direction: str
) -> None:
    await add_unit(company, "FJ", "福建省区")
    order = [{"field": word, "direction": direction}]
    where = {"unitId": {"eq": encode_id("OrgUnit", company.units["GD"])}}
    before = await walked(ask, "goals", "Goal", size=100, order=order, where=where)
    gone: set[str] = set()
    come: set[str] = set()
    change = coming_and_going(company, Random(5), gone, come, before)
    seen = await walked(ask, "goals", "Goal", size=7, between=change, order=order, where=where)
    assert len(seen) == len(set(seen))
    assert [each for each in seen if each not in gone | come] == [each for each in before if each not in gone]
    assert len(gone) >= 7


async def test_the_cursor_of_the_longest_order_is_taken_back(company: CompanyFixture, ask: Ask) -> None:
    async with tenant_transaction(company.system):
        await execute("update goal set title = repeat('长', 200), metric = repeat('项', 80), unit_of_measure = repeat('元', 12)")
    names = ("TITLE", "METRIC", "UNIT_OF_MEASURE", "STATE", "VERSION", "NUMBER", "TARGET", "WEIGHT", "CONFIRMED_AT")
    order = [{"field": name, "direction": "ASC"} for name in names]
    assert len(set(await walked(ask, "goals", "Goal", size=25, order=order))) == 60
    async with tenant_transaction(company.system):
        await execute(
            "insert into person (tenant_id, id, number, name, email, unit_id, grade, position, skills, active, version, "
            "created_at) "
            "select $1, gen_random_uuid(), repeat('号', 38) || n, repeat('名', 120), repeat('信', 320), $2, repeat('级', 40), "
            "repeat('岗', 80), '[]', true, 1, now() from generate_series(10, 14) n",
            company.tenant_id,
            company.units["GD"],
        )
    order = [{"field": name, "direction": "ASC"} for name in ("EMAIL", "NAME", "POSITION", "GRADE", "NUMBER")]
    assert len(set(await walked(ask, "people", "Person", size=2, order=order))) == 5
