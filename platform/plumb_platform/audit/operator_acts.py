"""What the operator of the platform did to whole companies: told outside of any company, and never changed.

A company's own chain goes with the company, and an export that wrote into it would differ from the next one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from plumb_platform.clock import now
from plumb_platform.database import platform_transaction
from plumb_platform.errors import InvalidInput
from plumb_platform.ids import uuid7
from plumb_platform.texts import is_line

_TELL = (
    "insert into operator_act (id, at, operator, action, company_id, company_key, details) values ($1, $2, $3, $4, $5, $6, $7)"
)
LONGEST_OPERATOR = 200


class OperatorInvalid(InvalidInput):
    """Acts are printed a line each: a name with a line break or a tab in it would tell of acts that nobody did."""

    code = "OPERATOR_INVALID"
    zh = "操作人（--by）须为 1 到 {longest} 个字符，不含换行与控制字符。"
    en = "Who does it (--by) has 1 to {longest} characters, without line breaks and control characters."


@dataclass(frozen=True, slots=True)
class OperatorAct:
    """One act: who says to have done it, when, what, to which company, and its figures."""

    at: datetime
    operator: str
    action: str
    company_id: UUID
    company_key: str
    details: dict[str, Any]


def checked_operator(given: str) -> str:
    """Return who says to act, without space around; raises OperatorInvalid."""
    name = given.strip()
    if not (1 <= len(name) <= LONGEST_OPERATOR and is_line(name)):
        raise OperatorInvalid(field="by", longest=LONGEST_OPERATOR)
    return name


async def tell_act(
    connection: asyncpg.Connection, *, operator: str, action: str, company: tuple[UUID, str], **details: Any
) -> None:
    """Write an act in the open transaction of the platform role, or of the owner."""
    said = orjson.dumps(details, option=orjson.OPT_SORT_KEYS).decode()
    await connection.execute(_TELL, uuid7(), now(), operator, action, *company, said)


async def told_acts(company_key: str | None = None) -> list[OperatorAct]:
    """Return the acts, of one company or of all, the oldest first."""
    async with platform_transaction() as connection:
        rows = await connection.fetch(
            "select at, operator, action, company_id, company_key, details from operator_act "
            "where $1::text is null or company_key = $1 order by at, id",
            company_key,
        )
    return [OperatorAct(**{**row, "details": orjson.loads(row["details"])}) for row in rows]
