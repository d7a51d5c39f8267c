"""One code of an authenticator signs one letter, whichever step it is of and from how many sessions it is given at once (A35)."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from plumb_platform import clock
from plumb_platform.clock import now
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_platform.identity.totp import code_of, counter_at
from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.factors import authenticator, with_password
from support.goals_made import add_goals
from support.letters_made import Office, add_rules, issued

AT = datetime(2031, 3, 2, 1, tzinfo=UTC)
SIGN = """mutation ($input: SignLetterInput!) { signLetter(input: $input) {
  ... on Letter { state } ... on Problem { code field } } }"""
SIGNED, WRONG = {"state": "PARTLY_SIGNED"}, {"code": "TOTP_WRONG", "field": "totp"}


async def test_a_code_signs_one_letter_of_two_at_once_and_none_of_a_step_that_is_over(
    office: Office, product_engine: Engine, ground: Ground
) -> None:
    company, employee = office.company, await with_password(office.employee)
    await add_rules(company, step_up="TOTP")
    goals = [office.goal, *await add_goals(company, office.cycle, [(office.unit, employee)] * 3)]
    letters = [(await issued(company.hr, goal, office.template)).id for goal in goals]
    app, ask = await authenticator(employee, at=AT), Ask(product_engine, ground)

    async def sign(letter: UUID, step: int) -> Any:
        code = code_of(app.secret, counter_at(now()) + step)
        return await ask(employee, SIGN, input={"letterId": encode_id("Letter", letter), "version": 1, "totp": code})

    with clock.clock_at(AT + timedelta(minutes=3)):
        for step in (-2, 2):
            assert await sign(letters[0], step) == WRONG
        # The step before, for a clock that runs behind; given for two letters at the same moment it signs one.
        both = await asyncio.gather(sign(letters[0], -1), sign(letters[1], -1))
        assert sorted(both, key=str) == [WRONG, SIGNED]
        assert await sign(letters[2], -1) == WRONG
        # Once the step ahead is used, the present one is over as well.
        assert await sign(letters[2], 1) == SIGNED
        assert (await sign(letters[3], 0), await sign(letters[3], 1)) == (WRONG, WRONG)
    with clock.clock_at(AT + timedelta(minutes=4)):
        assert await sign(letters[3], 0) == SIGNED
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from letter_signature") == 3
