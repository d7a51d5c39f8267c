"""Kept answers: never stale, never of another company, shape or person, and within bounds of memory."""

import asyncio
import tracemalloc
from typing import Any
from uuid import uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, execute, tenant_transaction
from plumb_platform.permissions import Grants, Pair, Scope
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.reads.kept import KeptAnswers
from support.changes import LISTS, made_changes
from support.companies import CompanyFixture, add_person, add_unit, make_company, member
from support.goals_made import add_cycle, add_goals
from support.naive.wide import WIDE
from support.south import make_south
from support.wire import listened

PEOPLE = "{ people { totalCount edges { node { name email } } } }"
GOALS = "{ goals { totalCount edges { node { title target } } } }"


@pytest.fixture
def keeping(product_engine: Engine) -> Engine:
    """Return an engine that has kept nothing yet."""
    return Engine(product_engine.schema, WIDE)


@pytest.fixture
def reading(product_engine: Engine) -> Engine:
    """Return an engine that keeps nothing."""
    return Engine(product_engine.schema, WIDE, kept_bytes=0)


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    made = await make_company()
    unit = await add_unit(made, "GD", "广东省区")
    await add_person(made, "1", "张三", unit=unit)
    await add_goals(made, await add_cycle(made), [(unit, made.hr)] * 3)
    return made


async def told(ground: Ground, engine: Engine, actor: Actor, text: str, grants: Grants | None = None, **variables: Any) -> Any:
    context = Context(ground=ground, actor=actor, grants=grants, locale="en", request_id="test-request")
    return (await engine.answer(Operation(text, variables), context)).body


async def test_every_kind_of_committed_change_shows_in_the_next_identical_query(
    database: Database, ground: Ground, keeping: Engine, reading: Engine
) -> None:
    south = await make_south()
    caller = await member(south.company.tenant_id, "company_admin", person_id=south.manager.person_id)
    callers = [caller, south.manager, south.representatives[0]]
    before = {(actor, text): await told(ground, keeping, actor, text) for actor in callers for text in LISTS}
    names = []
    async for name in made_changes(south, caller):
        after = {(actor, text): await told(ground, keeping, actor, text) for actor in callers for text in LISTS}
        for (actor, text), body in after.items():
            assert body == await told(ground, reading, actor, text), (name, text)
            assert body.get("data"), body
        assert after != before, name
        before = after
        names.append(name)
    assert len(names) == 26


async def test_a_repeated_query_is_told_from_memory_until_something_changes(
    ground: Ground, keeping: Engine, company: CompanyFixture
) -> None:
    first = await told(ground, keeping, company.hr, GOALS)
    async with listened() as wire:
        assert await told(ground, keeping, company.hr, GOALS) == first
    assert not any("goal_version" in each for each in wire.sent)
    async with tenant_transaction(company.system):
        await execute("update goal set title = '改名'")
    async with listened() as wire:
        assert (await told(ground, keeping, company.hr, GOALS))["data"]["goals"]["edges"][0]["node"]["title"] == "改名"
    assert sum("goal_version" in each for each in wire.sent) == 1


async def test_what_another_has_not_committed_is_not_shown_and_what_was_undone_never(
    ground: Ground, keeping: Engine, company: CompanyFixture
) -> None:
    before = await told(ground, keeping, company.hr, GOALS)
    written, looked = asyncio.Event(), asyncio.Event()

    async def write(*, undo: bool) -> None:
        async with tenant_transaction(company.system):
            await execute("update goal set title = '未提交'")
            written.set()
            await looked.wait()
            if undo:
                raise RuntimeError

    for undo in (True, False):
        written.clear()
        looked.clear()
        writing = asyncio.create_task(write(undo=undo))
        await written.wait()
        for _ in range(2):
            assert await told(ground, keeping, company.hr, GOALS) == before
        looked.set()
        await asyncio.gather(writing, return_exceptions=True)
        assert (await told(ground, keeping, company.hr, GOALS) == before) is undo


async def test_a_change_undone_to_a_savepoint_leaves_the_later_one_counted(
    ground: Ground, keeping: Engine, company: CompanyFixture
) -> None:
    await told(ground, keeping, company.hr, GOALS)
    async with tenant_transaction(company.system):
        try:
            async with tenant_transaction(company.system):
                await execute("update goal set title = '一'")
                raise RuntimeError
        except RuntimeError:
            pass
        await execute("update goal set title = '二'")
    body = await told(ground, keeping, company.hr, GOALS)
    assert {edge["node"]["title"] for edge in body["data"]["goals"]["edges"]} == {"二"}


async def test_two_companies_never_share(ground: Ground, keeping: Engine, company: CompanyFixture) -> None:
    other = await make_company()
    await add_person(other, "9", "别家的人", unit=await add_unit(other, "X", "别家"))
    for _ in range(2):
        for owner, name in ((company, "张三"), (other, "别家的人")):
            body = await told(ground, keeping, owner.hr, PEOPLE)
            assert [edge["node"]["name"] for edge in body["data"]["people"]["edges"]] == [name]


async def test_two_persons_and_two_shapes_never_share(ground: Ground, keeping: Engine, company: CompanyFixture) -> None:
    second = await add_person(company, "2", "李四", unit=company.units["GD"])
    third = await add_person(company, "3", "王五", unit=company.units["GD"])
    for _ in range(2):
        for actor, names in ((second, ["李四"]), (third, ["王五"]), (company.hr, ["张三", "李四", "王五"])):
            body = await told(ground, keeping, actor, PEOPLE)
            assert [edge["node"]["name"] for edge in body["data"]["people"]["edges"]] == names


async def test_a_field_hidden_from_one_shape_is_not_told_from_the_memory_of_another(
    ground: Ground, keeping: Engine, company: CompanyFixture
) -> None:
    async with tenant_transaction(company.system):
        await execute("update person set email = 'secret@example.test'")
        (row,) = await execute("select value as version from access_version")
    shapes = {
        "secret@example.test": Pair(Scope.COMPANY),
        None: Pair(Scope.COMPANY, fields=frozenset({"Person.grade"})),
    }
    for _ in range(2):
        for email, pair in shapes.items():
            grants = Grants({"person:read": (pair,)}, version=row["version"])
            body = await told(ground, keeping, company.hr, PEOPLE, grants)
            assert body["data"]["people"]["edges"][0]["node"]["email"] == email


async def test_a_raised_access_version_makes_every_process_look_at_the_caller_anew(
    ground: Ground, keeping: Engine, company: CompanyFixture
) -> None:
    boss = await add_person(company, "7", "经理", unit=company.units["GD"], roles=("employee", "manager"))
    assert (await told(ground, keeping, boss, PEOPLE))["data"]["people"]["totalCount"] == 2
    async with tenant_transaction(company.system):
        (held,) = await execute("select value as version from access_version")
    unit = await add_unit(company, "FJ", "福建省区")
    stale = Grants({"person:read": (Pair(Scope.COMPANY),)}, version=held["version"])
    async with tenant_transaction(company.system):
        await execute("update person set unit_id = $1 where number = '7'", unit)
    body = await told(ground, keeping, boss, PEOPLE, stale)
    assert [edge["node"]["name"] for edge in body["data"]["people"]["edges"]] == ["经理"]


def test_answers_are_kept_within_bounds_however_long_their_keys_are() -> None:
    kept = KeptAnswers(300_000)
    tracemalloc.start()
    for _ in range(60):
        kept.keep(("plan", tuple(uuid4().hex for _ in range(500))), 1, b"{}")
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 800_000


def test_what_was_used_longest_ago_makes_room() -> None:
    kept = KeptAnswers(100_000)
    for name in range(12):
        kept.keep(("plan", name), 1, b"x" * 9_000)
        kept.find(("plan", 0))
    assert kept.find(("plan", 0)) is not None
    assert kept.find(("plan", 1)) is None
    assert kept.find(("plan", 11)) is not None
    assert kept.bytes <= 100_000


def test_an_answer_too_large_to_keep_does_not_leave_an_older_one_in_its_place() -> None:
    kept = KeptAnswers(80_000)
    kept.keep("one", 1, b"x" * 1000)
    assert kept.keep("one", 2, b"x" * 20_000).version == 2
    assert kept.find("one") is None
