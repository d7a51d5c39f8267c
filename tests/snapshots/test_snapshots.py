"""Snapshots on a real database: refused cases, canonical bytes, the chain under two writers, tampering, differences (C67, N6)."""

import asyncio
import json
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import asyncpg
import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import Database, fetch_value, tenant_transaction
from plumb_platform.database.connect import url_credentials
from plumb_platform.errors import Forbidden, NotFound
from plumb_platform.numbers.canonical import canonical_bytes, sha256_hex
from plumb_platform.settings import Settings
from plumb_tenants.snapshots.comparing import diff_snapshots
from plumb_tenants.snapshots.models import Snapshot
from plumb_tenants.snapshots.proof import verify_snapshot
from plumb_tenants.snapshots.service import (
    SnapshotBySystemOnly,
    SnapshotPeriodInvalid,
    SnapshotTooLate,
    get_snapshot,
    list_snapshots,
    monthly_due,
    snapshot_bytes,
    take_snapshot,
)
from support.companies import CompanyFixture, add_person, add_unit, make_company
from support.goals_made import add_cycle, add_goals, revise
from support.snapshots_made import taken_in_rows
from support.tampering import tampering

DECEMBER = datetime(2027, 11, 30, 16, 0, tzinfo=UTC)
"""Day 1 of December 2027 in Shanghai, to the second."""


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company('华南"医疗"\\器械\u3000有限公司')


async def with_goals(company: CompanyFixture, count: int = 3) -> list[UUID]:
    unit = await add_unit(company, "GD", '广东"省区"\t\x01')
    cycle = await add_cycle(company)
    owners = [(unit, await add_person(company, f"E{n:03}", "张\u2028伟𠮷", unit=unit)) for n in range(count)]
    return await add_goals(company, cycle, owners, title='销售额 "增长"\\\n 20%')


async def taken(company: CompanyFixture) -> Snapshot:
    async with tenant_transaction(company.hr):
        return await take_snapshot(company.hr)


async def kept_in_rows(company: CompanyFixture) -> Snapshot:
    taken_now = await taken(company)
    async with tenant_transaction(company.hr):
        return await taken_in_rows(company.hr, taken_now)


async def test_an_employee_may_not_take_or_read_a_snapshot(company: CompanyFixture) -> None:
    unit = await add_unit(company, "GD", "广东")
    employee = await add_person(company, "E1", "张伟", unit=unit)
    snapshot = await taken(company)
    async with tenant_transaction(employee):
        with pytest.raises(Forbidden):
            await take_snapshot(employee)
        with pytest.raises(Forbidden):
            await get_snapshot(employee, snapshot.id)


async def test_an_unknown_and_a_foreign_snapshot_are_answered_alike(company: CompanyFixture) -> None:
    other = await make_company()
    foreign = await taken(other)
    for snapshot_id in (foreign.id, uuid4()):
        async with tenant_transaction(company.admin):
            for reader in (get_snapshot, snapshot_bytes, verify_snapshot):
                with pytest.raises(NotFound) as refused:
                    await reader(company.admin, snapshot_id)
                assert (refused.value.code, refused.value.field) == ("NOT_FOUND", "id")


async def test_a_person_cannot_take_a_monthly_snapshot(company: CompanyFixture) -> None:
    async with tenant_transaction(company.admin):
        with pytest.raises(SnapshotBySystemOnly):
            await take_snapshot(company.admin, kind="MONTHLY", period="2026-12")


@pytest.mark.parametrize(("kind", "period"), [("MONTHLY", None), ("MONTHLY", "2026-13"), ("ON_DEMAND", "2026-12")])
async def test_a_period_that_does_not_fit_the_kind_is_refused(company: CompanyFixture, kind: str, period: str | None) -> None:
    async with tenant_transaction(company.system):
        with pytest.raises(SnapshotPeriodInvalid):
            await take_snapshot(company.system, kind=kind, period=period)  # type: ignore[arg-type]  # parametrised text


async def test_the_snapshot_of_a_month_that_is_over_is_refused(company: CompanyFixture) -> None:
    with clock_at(DECEMBER):
        async with tenant_transaction(company.system):
            with pytest.raises(SnapshotTooLate) as refused:
                await take_snapshot(company.system, kind="MONTHLY", period="2027-11")
    assert refused.value.values == {"period": "2027-11", "current": "2027-12"}


async def test_the_database_refuses_to_change_a_snapshot(company: CompanyFixture, settings: Settings) -> None:
    await with_goals(company)
    snapshot = await kept_in_rows(company)
    connection = await asyncpg.connect(**url_credentials(settings.database_url))
    try:
        for statement in (
            "update snapshot set goal_count = 9 where id = $1",
            "delete from snapshot where id = $1",
            "update snapshot_row set content = '{}' where snapshot_id = $1",
            "delete from snapshot_row where snapshot_id = $1",
            "update snapshot_bundle set first = 2 where snapshot_id <> $1",
            "delete from snapshot_bundle where snapshot_id <> $1",
        ):
            with pytest.raises(asyncpg.RestrictViolationError):
                await connection.execute(statement, snapshot.id)
    finally:
        await connection.close()


async def test_rows_written_by_postgresql_are_the_canonical_bytes_that_python_would_write(company: CompanyFixture) -> None:
    goals = await with_goals(company)
    snapshot = await taken(company)
    async with tenant_transaction(company.hr):
        header, *rows, end = (await snapshot_bytes(company.hr, snapshot.id)).decode().split("\n")
        confirmed = await fetch_value("select confirmed_at from goal_version where goal_id = $1", min(goals))
    assert end == ""
    assert (len(rows), snapshot.goal_count) == (3 + 3, 3)
    for text in (header, *rows):
        assert canonical_bytes(json.loads(text)).decode() == text
    first = json.loads(rows[0])
    assert first["goal_id"] == str(min(goals))
    assert (first["target"], first["weight"], first["months"]) == ("1200000.00", "100.00", ["100000.00"] * 12)
    assert (first["title"], first["unit_name"]) == ('销售额 "增长"\\\n 20%', '广东"省区"\t\x01')
    assert first["confirmed_at"] == f"{confirmed.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
    assert snapshot.content_hash == sha256_hex("".join(sha256_hex(row.encode()) for row in rows).encode())


async def test_a_snapshot_stays_as_it_was_when_goals_change(company: CompanyFixture) -> None:
    goals = await with_goals(company)
    snapshot = await taken(company)
    async with tenant_transaction(company.hr):
        before = await snapshot_bytes(company.hr, snapshot.id)
    await revise(company, goals[0], Decimal("9.00"))
    async with tenant_transaction(company.hr):
        assert await snapshot_bytes(company.hr, snapshot.id) == before
        assert (await verify_snapshot(company.hr, snapshot.id)).valid


async def test_an_empty_company_has_a_snapshot_that_verifies(company: CompanyFixture) -> None:
    snapshot = await taken(company)
    async with tenant_transaction(company.hr):
        report = await verify_snapshot(company.hr, snapshot.id)
    assert (report.valid, report.rows) == (True, 3)


async def test_one_changed_byte_names_the_row(company: CompanyFixture, settings: Settings) -> None:
    goals = await with_goals(company)
    snapshot = await kept_in_rows(company)
    async with tampering(settings) as superuser:
        await superuser.execute(
            "update snapshot_row set content = replace(content, '1200000.00', '1200000.01') "
            "where snapshot_id = $1 and ordinal = 2",
            snapshot.id,
        )
    async with tenant_transaction(company.hr):
        report = await verify_snapshot(company.hr, snapshot.id)
    assert (report.valid, report.fault, report.ordinal, report.goal_id) == (False, "ROW", 2, sorted(goals)[1])


async def test_a_row_changed_together_with_its_hash_breaks_the_content(company: CompanyFixture, settings: Settings) -> None:
    await with_goals(company)
    snapshot = await kept_in_rows(company)
    async with tampering(settings) as superuser:
        await superuser.execute(
            "update snapshot_row set content = '{}', hash = encode(sha256('{}'), 'hex') where snapshot_id = $1 and ordinal = 1",
            snapshot.id,
        )
    async with tenant_transaction(company.hr):
        assert (await verify_snapshot(company.hr, snapshot.id)).fault == "CONTENT"


@pytest.mark.parametrize("ordinal", [1, 2, 3])
async def test_a_removed_row_is_named(company: CompanyFixture, settings: Settings, ordinal: int) -> None:
    await with_goals(company)
    snapshot = await kept_in_rows(company)
    async with tampering(settings) as superuser:
        await superuser.execute("delete from snapshot_row where snapshot_id = $1 and ordinal = $2", snapshot.id, ordinal)
    async with tenant_transaction(company.hr):
        report = await verify_snapshot(company.hr, snapshot.id)
    assert (report.fault, report.ordinal) == ("ROW", ordinal)


async def test_a_changed_head_is_found(company: CompanyFixture, settings: Settings) -> None:
    snapshot = await taken(company)
    async with tampering(settings) as superuser:
        await superuser.execute("update snapshot set taken_at = taken_at + interval '1 second' where id = $1", snapshot.id)
    async with tenant_transaction(company.hr):
        assert (await verify_snapshot(company.hr, snapshot.id)).fault == "HEADER"


async def test_a_removed_snapshot_breaks_the_chain_of_the_later_ones(company: CompanyFixture, settings: Settings) -> None:
    first, second, third = [await taken(company) for _ in range(3)]
    async with tampering(settings) as superuser:
        await superuser.execute("delete from snapshot where id = $1", second.id)
    async with tenant_transaction(company.hr):
        assert (await verify_snapshot(company.hr, first.id)).valid
        report = await verify_snapshot(company.hr, third.id)
    assert (report.fault, report.link) == ("CHAIN", 2)


async def test_two_writers_at_once_keep_one_chain(company: CompanyFixture) -> None:
    await with_goals(company)
    await asyncio.gather(*(taken(company) for _ in range(6)))
    async with tenant_transaction(company.hr):
        snapshots = await list_snapshots(company.hr, limit=10)
        assert [each.number for each in snapshots] == [6, 5, 4, 3, 2, 1]
        assert [each.previous_hash for each in snapshots[:-1]] == [each.chain_hash for each in snapshots[1:]]
        assert (await verify_snapshot(company.hr, snapshots[0].id)).valid


async def test_a_month_is_taken_once_however_often_it_is_asked_for(company: CompanyFixture) -> None:
    async def monthly() -> UUID:
        async with tenant_transaction(company.system):
            return (await take_snapshot(company.system, kind="MONTHLY", period="2027-12")).id

    with clock_at(DECEMBER):
        async with tenant_transaction(company.system):
            assert await monthly_due(company.system) == ["2027-12"]
        assert len(set(await asyncio.gather(*(monthly() for _ in range(4))))) == 1
        async with tenant_transaction(company.system):
            assert await monthly_due(company.system) == []
            assert await fetch_value("select count(*) from snapshot") == 1


async def test_the_difference_of_two_snapshots_names_old_and_new_values(company: CompanyFixture) -> None:
    goals = await with_goals(company)
    old = await taken(company)
    await revise(company, goals[1], Decimal("1500000.00"))
    unit = await add_unit(company, "HN", "海南")
    cycle = await add_cycle(company, "2027")
    added = await add_goals(company, cycle, [(unit, await add_person(company, "N1", "李娜", unit=unit))])
    new = await taken(company)
    async with tenant_transaction(company.hr):
        forth = await diff_snapshots(company.hr, old.id, new.id)
        back = await diff_snapshots(company.hr, new.id, old.id)
    assert (forth.added, forth.removed, forth.changed) == (1, 0, 1)
    assert (back.added, back.removed) == (0, 1)
    changed = next(each for each in forth.changes if each.kind == "CHANGED")
    fields = {each.field: (each.old, each.new) for each in changed.fields}
    assert changed.goal_id == goals[1]
    assert fields["target"] == ("1200000.00", "1500000.00")
    assert fields["version_number"] == (1, 2)
    assert fields["state"] == ("CONFIRMED", "PROPOSED")
    assert next(each.goal_id for each in forth.changes if each.kind == "ADDED") == added[0]


async def test_a_snapshot_leaves_an_audit_entry(company: CompanyFixture) -> None:
    snapshot = await taken(company)
    async with tenant_transaction(company.hr):
        action = await fetch_value("select action from audit_entry where object_id = $1", snapshot.id)
    assert action == "snapshot.take"
