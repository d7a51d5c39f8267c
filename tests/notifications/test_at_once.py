"""A change that is one statement: it begins, proves its caller, changes and commits in one round trip, or does nothing."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from graphql import GraphQLUnionType, get_named_type, is_leaf_type
from plumb_platform.clock import now
from plumb_platform.database import Database, Write, execute, fetch_value, tenant_transaction, write_alone
from plumb_platform.database.at_hand import open_transaction
from plumb_platform.database.connect import platform_row
from plumb_platform.database.proving import CallerStale, Proof, Proving
from plumb_platform.database.transaction import TransactionOver
from plumb_platform.errors import Unauthenticated
from plumb_platform.telling import Sentence
from plumb_schema.ground.answers import Answer
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.ground.ids import encode_id
from plumb_schema.ground.mutations import is_at_once
from plumb_schema.reads.classes import declared
from plumb_tenants.notifications.service import notify
from support.remembered import remembered
from support.team import Team, make_team
from support.wire import listened

MARK = """mutation ($input: MarkMessagesReadInput!) { markMessagesRead(input: $input) {
  __typename ... on MarkedMessages { count } ... on Problem { code field } } }"""
ASLEEP = "select exists (select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep')"
RENAMED = "renamed as (update company set name = '改' returning name)"


@pytest.fixture
async def team(database: Database) -> Team:
    """Make the company for this test alone."""
    return await make_team()


@pytest.fixture
async def messages(team: Team) -> list[UUID]:
    """Return three unread messages of the goal's owner."""
    async with tenant_transaction(team.company.system):
        for _ in range(3):
            assert team.owner.person_id is not None
            about: dict[str, Any] = {"kind": "letter.sign", "object_type": "Goal", "object_id": team.goal}
            await notify(
                team.company.system, people=[team.owner.person_id], said=Sentence(zh="请签署。", en="Please sign."), **about
            )
        return list((await fetch_value("select array_agg(id) from message")) or [])


async def unread(team: Team) -> int:
    async with tenant_transaction(team.company.system):
        return int(await fetch_value("select count(*) from message where read_at is null"))


async def marked(engine: Engine, context: Context, *ids: UUID) -> Answer:
    given = {"ids": [encode_id("Message", each) for each in ids]} if ids else {}
    return await engine.answer(Operation(MARK, {"input": given}), context)


async def test_a_caller_whose_session_was_revoked_changes_nothing(
    team: Team, messages: list[UUID], ground: Ground, product_engine: Engine
) -> None:
    async def look_again(_: Context) -> None:
        raise Unauthenticated

    for ids in ([messages[0]], [uuid4()]):
        context = await remembered(team.owner, ground)
        assert context.proof is not None
        await platform_row("update session set revoked_at = $1 where id = $2", now(), context.proof.id)
        context.renew = look_again
        assert (await marked(product_engine, context, *ids)).status == 401
    assert await unread(team) == 3


async def test_a_caller_whose_permissions_changed_is_looked_up_anew_before_anything_is_done(
    team: Team, messages: list[UUID], ground: Ground, product_engine: Engine
) -> None:
    context = await remembered(team.owner, ground)
    async with tenant_transaction(team.company.system):
        await execute("update access_version set value = nextval('sec.access_number')")
    looked: list[bool] = []

    async def look_again(renewed: Context) -> None:
        looked.append(await unread(team) == 3)
        renewed.is_remembered = False

    context.renew = look_again
    answer = await marked(product_engine, context, messages[0])
    assert (looked, answer.body) == ([True], {"data": {"markMessagesRead": {"__typename": "MarkedMessages", "count": 1}}})
    assert await unread(team) == 2


async def test_a_refused_change_has_changed_nothing_though_it_has_committed(
    team: Team, messages: list[UUID], ground: Ground, product_engine: Engine
) -> None:
    refused = await marked(product_engine, await remembered(team.owner, ground), messages[0], uuid4())
    assert refused.body["data"]["markMessagesRead"] == {
        "__typename": "NotFoundProblem",
        "code": "NOT_FOUND",
        "field": "ids",
    }
    foreign = await marked(product_engine, await remembered(team.colleague, ground), messages[0])
    assert foreign.body["data"]["markMessagesRead"]["code"] == "NOT_FOUND"
    assert await unread(team) == 3


async def test_a_change_of_one_statement_takes_one_round_trip(
    team: Team, messages: list[UUID], ground: Ground, product_engine: Engine
) -> None:
    for ids, count in (([messages[0]], 1), (messages[:2], 1), ([], 1), ([], 0)):
        context = await remembered(team.owner, ground)
        async with listened() as wire:
            answer = await marked(product_engine, context, *ids)
        assert answer.body == {"data": {"markMessagesRead": {"__typename": "MarkedMessages", "count": count}}}
        assert len(wire.sent) == 1, wire.sent


async def test_with_an_idempotency_key_it_is_a_transaction_as_any_and_is_repeated(
    team: Team, messages: list[UUID], ground: Ground, product_engine: Engine
) -> None:
    for _ in range(2):
        context = await remembered(team.owner, ground)
        context.idempotency_key = "once"
        answer = await marked(product_engine, context)
        assert answer.body["data"]["markMessagesRead"]["count"] == 3
    assert await unread(team) == 0


def test_what_has_committed_before_it_is_answered_answers_nothing_that_could_fail(product_engine: Engine) -> None:
    root = product_engine.schema.mutation_type
    assert root is not None
    fields = {name: field for name, field in root.fields.items() if is_at_once(field)}
    assert "markMessagesRead" in fields
    for name, field in fields.items():
        answer = get_named_type(field.type)
        assert isinstance(answer, GraphQLUnionType), name
        for member in answer.types:
            assert all(is_leaf_type(get_named_type(each.type)) for each in member.fields.values()), member.name
            assert declared(member.name) is None, member.name


async def proving(team: Team, ground: Ground, *, proof: Proof | None = None) -> Proving:
    context = await remembered(team.company.hr, ground)
    assert context.proof is not None
    assert context.grants is not None
    return Proving(proof or context.proof, context.grants.version, now(), is_at_once=True)


async def test_nothing_follows_the_one_statement(team: Team, ground: Ground) -> None:
    with pytest.raises(TransactionOver):
        async with tenant_transaction(team.company.hr, await proving(team, ground)):
            assert await write_alone(Write(RENAMED, (), "(select name from renamed)")) == "改"
            await fetch_value("select 1")


async def test_what_comes_before_it_makes_it_one_statement_of_a_transaction(team: Team, ground: Ground) -> None:
    with pytest.raises(ZeroDivisionError):
        async with tenant_transaction(team.company.hr, await proving(team, ground)):
            before = await fetch_value("select name from company")
            assert await write_alone(Write(RENAMED, (), "(select name from renamed)")) == "改"
            raise ZeroDivisionError
    async with tenant_transaction(team.company.system):
        assert await fetch_value("select name from company") == before


async def test_a_caller_is_proven_even_where_nothing_is_asked_of_the_database(team: Team, ground: Ground) -> None:
    stale = await proving(team, ground, proof=Proof("session", uuid4()))
    with pytest.raises(CallerStale):
        async with tenant_transaction(team.company.hr, stale):
            pass
    with pytest.raises(CallerStale):
        async with tenant_transaction(team.company.hr, stale):
            raise ZeroDivisionError
    with pytest.raises(CallerStale):
        async with tenant_transaction(team.company.hr, stale):
            await write_alone(Write(RENAMED, (), "(select name from renamed)"))
    async with tenant_transaction(team.company.system):
        assert await fetch_value("select name from company") != "改"


async def test_a_connection_whose_one_statement_was_cut_off_is_lent_to_nobody_else(team: Team, ground: Ground) -> None:
    used: list[Any] = []
    has_begun = asyncio.Event()

    async def slow() -> None:
        async with tenant_transaction(team.company.hr, await proving(team, ground)):
            used.append(open_transaction()._connection)
            has_begun.set()
            await write_alone(Write("slow as (select pg_sleep(60))", (), "(select 1 from slow)"))

    task = asyncio.create_task(slow())
    await has_begun.wait()
    async with asyncio.timeout(60), tenant_transaction(team.company.system):
        while not await fetch_value(ASLEEP, used[0].get_server_pid()):  # noqa: ASYNC110 - a statement tells nobody that it began
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with tenant_transaction(team.company.system):
        assert open_transaction()._connection is not used[0]
        assert await fetch_value("select name from company") != ""
