"""Two changes that wait for each other: PostgreSQL undoes one, which is made anew by itself; nobody hears of it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import copy_context
from typing import Any

import pytest
from asyncpg.exceptions import DeadlockDetectedError

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch, platform_transaction, tenant_transaction
from plumb_platform.identity.callers import proof_of
from plumb_platform.identity.service import authenticate
from plumb_schema.ground import attempts
from plumb_schema.ground.answers import Answer
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from support.companies import add_unit, make_company
from support.filled_company import new_session
from support.meanwhile import asked_meanwhile
from support.small_api import Ask

NAME = """mutation { addPlace(input: {code: "C", name: "丙"}) { __typename }
  namePlaces(input: {codes: ["A", "B"], name: "改"}) { __typename } }"""
TRIES = 5
RENAMED = "update org_unit set name = name || '甲' where code = $1"


async def nothing(_: Actor) -> None:
    """Let nothing else happen."""


async def crossed(ask: Ask, meanwhile: Callable[[Actor], Coroutine[Any, Any, None]] = nothing) -> tuple[Answer, dict[str, str]]:
    """Name A and B as the API does while somebody else changes B and then A; return the answer and how all are called.

    PostgreSQL undoes whoever looks for a deadlock first and finds one, a second after they began to wait. On a busy machine
    that may be the other one: then it is tried again, in another company.
    """
    for _ in range(TRIES):
        company = await make_company()
        for code in ("A", "B"):
            await add_unit(company, code, code)
        outside, waiting = copy_context(), list[Awaitable[Answer]]()
        try:
            async with tenant_transaction(company.system):
                await execute(RENAMED, "B")
                waiting.append(await asked_meanwhile(outside, ask(company.hr, NAME)))
                await outside.copy().run(asyncio.create_task, meanwhile(company.hr))
                await execute(RENAMED, "A")
        except DeadlockDetectedError:
            await waiting[0]
            continue
        answer = await waiting[0]
        async with tenant_transaction(company.system):
            return answer, {row["code"]: row["name"] for row in await fetch("select code, name from org_unit")}
    raise AssertionError(f"PostgreSQL undid the other change {TRIES} times")


async def test_a_change_that_is_undone_at_every_attempt_may_be_asked_again(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "MOST", 1)
    answer, names = await crossed(ask)
    assert (answer.body["data"], names) == (
        {"addPlace": {"__typename": "Place"}, "namePlaces": None},
        {"A": "A甲", "B": "B甲", "C": "丙"},
    )
    (error,) = answer.body["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["namePlaces"], "UNAVAILABLE")


async def test_a_change_that_was_undone_for_another_is_made_behind_it(ask: Ask) -> None:
    answer, names = await crossed(ask)
    assert answer.body == {"data": {"addPlace": {"__typename": "Place"}, "namePlaces": {"__typename": "Greeting"}}}
    assert names == {"A": "改", "B": "改", "C": "丙"}


async def test_whoever_was_signed_out_meanwhile_does_not_change_anything_at_the_next_attempt(
    engine: Engine, ground: Ground
) -> None:
    async def ask(actor: Actor, query: str) -> Answer:
        credential = await new_session(actor)

        async def look_up(context: Context) -> None:
            context.actor = await authenticate(credential, kind="session")
            context.proof = proof_of(context.actor)

        context = Context(ground=ground, request_id="test-request", locale="en", renew=look_up)
        await look_up(context)
        return await engine.answer(Operation(query), context)

    async def sign_out(actor: Actor) -> None:
        async with platform_transaction() as connection:
            await connection.execute("update session set revoked_at = now() where account_id = $1", actor.account_id)

    answer, names = await crossed(ask, sign_out)
    assert answer.body == {"data": {"addPlace": {"__typename": "Place"}, "namePlaces": {"__typename": "UnauthenticatedProblem"}}}
    assert names == {"A": "A甲", "B": "B甲", "C": "丙"}
