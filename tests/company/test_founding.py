"""The companies of tests have the rows that `create_company` writes, though their shipped matrix is checked once for all."""

from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor, system_actor
from plumb_platform.audit.service import verify_chain
from plumb_platform.clock import clock_at, now
from plumb_platform.database import Database, fetch, tenant_transaction
from plumb_platform.ids import uuid7
from plumb_tenants.company.founding import create_company
from support.companies import VAULT
from support.founded import found_quickly

NAME, KEYS = "测试医疗器械有限公司", ("f-one", "f-two")
OWN = {"hash", "previous_hash", "root", "root_certificate", "root_key", "seal_certificate", "seal_key", "serial"}
"""What is another for each company: its chain and its key."""
COUNTERS = {"data_version", "access_version"}
"""Tables that count statements."""
TABLES = """
select c.table_name::text as name
from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
where c.column_name = 'tenant_id' and table_schema = 'public' and table_type = 'BASE TABLE' order by 1
"""
PLACES = {"audit_entry": "number", "matrix_rule": "ordinal"}


async def rows_of(company: Actor) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of a company by table; an id is named by where it is met first."""
    ids: dict[UUID, str] = {}
    async with tenant_transaction(company):
        assert (await verify_chain(company)).broken_at is None
        tables = [each["name"] for each in await fetch(TABLES) if each["name"] not in COUNTERS]
        found = {name: await fetch(f"select * from {name} order by {PLACES.get(name, '1')}") for name in tables}
    return {name: [plain(row, ids) for row in rows] for name, rows in found.items() if rows}


def plain(row: dict[str, Any], ids: dict[UUID, str]) -> dict[str, Any]:
    """Return a row without what is its company's own."""
    return {
        name: ids.setdefault(value, f"id {len(ids)}") if isinstance(value, UUID) else keyless(value)
        for name, value in row.items()
        if name not in OWN
    }


def keyless(value: object) -> object:
    """Return a value that names no key and no serial of a certificate."""
    if isinstance(value, str) and value.startswith("{"):
        return keyless(orjson.loads(value))
    if isinstance(value, dict):
        return {name: keyless(each) for name, each in value.items() if name != "serial"}
    return "its key" if value in KEYS else value


async def test_a_company_of_tests_has_the_rows_of_a_company(database: Database) -> None:
    given, asked = {"name": NAME, "locale": "zh-CN", "currency": "CNY", "vault": VAULT}, [system_actor(uuid7()) for _ in KEYS]
    with clock_at(now()):
        async with tenant_transaction(asked[0]):
            await create_company(asked[0], key=KEYS[0], time_zone="Asia/Shanghai", **given)  # type: ignore[arg-type]  # of two kinds
        async with tenant_transaction(asked[1]):
            await found_quickly(asked[1], key=KEYS[1], zone="Asia/Shanghai", **given)  # type: ignore[arg-type]  # of two kinds
    real, quick = [await rows_of(each) for each in asked]
    assert sorted(real) == [
        "audit_entry",
        "audit_head",
        "company",
        "definition",
        "definition_version",
        "matrix_rule",
        "signing_key",
    ]
    assert len(real["matrix_rule"]) > 300
    assert quick == real
