"""Transactions whose beginning and end go together with their statements: each company's own, whole or not at all."""

import asyncio
from random import Random
from uuid import UUID

import pytest
from tortoise.exceptions import TransactionManagementError

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import (
    Database,
    execute,
    fetch_last,
    fetch_one,
    fetch_value,
    platform_transaction,
    tenant_transaction,
)
from plumb_platform.database.at_hand import open_transaction
from plumb_platform.database.connect import platform_row
from plumb_platform.database.proving import CallerStale, Proving
from plumb_platform.database.transaction import TransactionOver
from plumb_platform.outages import state_of
from plumb_schema.ground.context import Ground
from support.companies import make_company
from support.remembered import remembered

NAMED = "update company set name = $1 returning tenant_id, name"
TOLD = "select tenant_id, name, sec.found(name) as found from company"
COMPANIES, ROUNDS = 4, 160
FAILING = {"failed": ("select 1 / 0",), "refused": ("select $1::int", "no number")}


class Dropped(Exception):
    """Leaves a transaction."""


async def company_of(actor: Actor) -> tuple[UUID, str]:
    async with tenant_transaction(actor):
        row = await fetch_one("select tenant_id, name from company")
    assert row is not None
    return row["tenant_id"], row["name"]


async def change(actor: Actor, name: str, how: str) -> str:
    async with tenant_transaction(actor):
        assert await execute(NAMED, name) == [{"tenant_id": actor.tenant_id, "name": name}]
        if how == "dropped":
            raise Dropped
        if how in FAILING:
            await fetch_value(*FAILING[how])
        if how == "missing":
            await fetch_last("select sec.found(null)")
        if how in ("last", "cut"):
            assert await fetch_last(TOLD) == actor.tenant_id
    return name


async def test_each_transaction_is_its_own_companys_whatever_becomes_of_those_beside_it(database: Database) -> None:
    """Forty at a time over ten connections: kept, dropped, failed, cancelled at any moment, refused by the driver."""
    actors = [(await make_company()).system for _ in range(COMPANIES)]
    random = Random(73)

    async def tried(number: int) -> None:
        actor, how = random.choice(actors), random.choice(("kept", "last", "dropped", *FAILING, "missing", "cut"))
        task = asyncio.create_task(change(actor, f"第{number}号", how))
        if how == "cut":
            await asyncio.sleep(random.random() / 200)
            task.cancel()
        (done,) = await asyncio.gather(task, return_exceptions=True)
        assert not isinstance(done, AssertionError), done
        assert how == "cut" or isinstance(done, str) == (how in ("kept", "last")), (how, done)

    for start in range(0, ROUNDS, 40):
        await asyncio.gather(*(tried(number) for number in range(start, start + 40)))
        for actor in actors:
            assert (await company_of(actor))[0] == actor.tenant_id


async def test_what_is_last_has_committed_and_nothing_may_follow(database: Database) -> None:
    actor = (await make_company()).system
    for name in ("先", "后"):  # the first time this connection may have to prepare it, and it commits as it ends
        async with tenant_transaction(actor):
            await execute(NAMED, name)
            assert await fetch_last(TOLD) == actor.tenant_id
    with pytest.raises(TransactionOver):
        async with tenant_transaction(actor):
            await execute(NAMED, "末")
            await fetch_last(TOLD)
            assert open_transaction().is_over
            await fetch_value("select 1")
    assert (await company_of(actor))[1] == "末"


async def test_what_is_not_there_to_be_answered_leaves_nothing_behind(database: Database) -> None:
    actor = (await make_company()).system
    before = await company_of(actor)
    for _ in range(2):
        with pytest.raises(Exception, match="no such row") as raised:
            async with tenant_transaction(actor):
                await execute(NAMED, "无")
                await fetch_last("select sec.found((select name from company where name = '没有'))")
        assert state_of(raised.value) == "PL003"
        assert await company_of(actor) == before


async def test_what_the_driver_refuses_leaves_no_transaction_open_for_whoever_comes_next(database: Database) -> None:
    actor, other = [(await make_company()).system for _ in range(2)]
    for _ in range(2):  # before it is prepared on that connection, and after
        with pytest.raises(Exception, match="no number"):
            async with tenant_transaction(actor):
                await fetch_last("select $1::int", "no number")
        assert (await company_of(other))[0] == other.tenant_id


async def test_in_a_savepoint_nothing_is_committed_by_what_is_last_there(database: Database) -> None:
    actor = (await make_company()).system
    before = await company_of(actor)
    for _ in range(2):
        with pytest.raises(Dropped):
            async with tenant_transaction(actor):
                async with tenant_transaction(actor):
                    await execute(NAMED, "内")
                    assert await fetch_last(TOLD) == actor.tenant_id
                assert await fetch_value("select name from company") == "内"
                raise Dropped
        assert await company_of(actor) == before


async def test_nothing_is_done_elsewhere_for_a_caller_who_is_not_who_they_were(database: Database, ground: Ground) -> None:
    context = await remembered((await make_company()).hr, ground)
    assert context.proof is not None
    assert context.grants is not None
    assert context.actor is not None
    await platform_row("update session set revoked_at = $1 where id = $2", now(), context.proof.id)
    reached = False
    stale = Proving(context.proof, context.grants.version, now())
    with pytest.raises(CallerStale):
        async with tenant_transaction(context.actor, stale), platform_transaction():
            reached = True
    assert not reached


async def test_who_is_proven_and_stands_still_changes_nothing(database: Database, ground: Ground) -> None:
    context = await remembered((await make_company()).hr, ground)
    assert context.proof is not None
    assert context.grants is not None
    assert context.actor is not None
    with pytest.raises(Exception, match="read-only transaction"):
        async with tenant_transaction(context.actor, Proving(context.proof, context.grants.version, now()), is_still=True):
            assert await fetch_value("select current_setting('transaction_isolation')") == "repeatable read"
            await execute(NAMED, "不变")


async def test_what_is_still_stands_in_no_other_transaction(database: Database) -> None:
    actor = (await make_company()).system
    async with tenant_transaction(actor):
        with pytest.raises(TransactionManagementError):
            async with tenant_transaction(actor, is_still=True):
                await execute(NAMED, "内")
        assert await fetch_value("select name from company") != "内"
