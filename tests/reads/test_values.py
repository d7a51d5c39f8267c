"""How single values travel: alike whether PostgreSQL answers alone or Python completes the answer."""

from datetime import UTC, datetime
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, execute, tenant_transaction
from plumb_platform.ids import uuid7
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from support.companies import make_company

COMPILED = "{ definitions { edges { node { createdAt } } } }"
COMPLETED = "{ definitions { edges { node { createdAt } } } definitionKinds { name } }"


async def answered(ground: Ground, engine: Engine, actor: Actor, document: str) -> Any:
    answer = await engine.answer(Operation(document), Context(ground=ground, actor=actor))
    return answer.body["data"]["definitions"]["edges"][0]["node"]["createdAt"]


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [(0, "2026-01-31T08:00:00Z"), (973_140, "2026-01-31T08:00:00.973140Z"), (1, "2026-01-31T08:00:00.000001Z")],
)
async def test_an_instant_has_six_digits_of_microseconds_or_none(
    database: Database, ground: Ground, engine: Engine, microseconds: int, text: str
) -> None:
    company = await make_company()
    async with tenant_transaction(company.system):
        await execute(
            "insert into definition (tenant_id, id, kind, key, name, created_at) values ($1, $2, 'letter', 'a', '甲', $3)",
            *(company.tenant_id, uuid7(), datetime(2026, 1, 31, 8, 0, 0, microseconds, UTC)),
        )
    for document in (COMPILED, COMPLETED):
        assert await answered(ground, engine, company.hr, document) == text
