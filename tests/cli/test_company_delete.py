"""`plumb company delete`: all of a suspended company goes, nothing of any other, and the operator's acts tell of it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from plumb_platform.clock import clock_at, now
from plumb_platform.database import Database, execute, fetch_value, tenant_transaction
from plumb_platform.database.connect import url_credentials
from plumb_platform.database.tenant_tables import TABLES
from plumb_platform.settings import PLATFORM_ROLE, Settings
from plumb_platform.storage import Storage, StorageUnavailable, open_storage
from plumb_server.company_deletion import (
    CompanyActive,
    DeletionNotPermitted,
    DeletionTooSoon,
    Order,
    RetentionStands,
    delete_company,
)
from plumb_tenants.company.suspending import resume_company, suspend_company
from support.companies import CompanyFixture, make_company
from support.filled_company import fill_company, fingerprint
from support.refusing_store import refusing

Plumb = Callable[..., Awaitable[Any]]
WITHOUT_COMPANY = {"account", "login_throttle", "operator_act", "second_factor", "tortoise_migrations"}
"""Tables that no company's rows are in; a new one has to say here, and in the deletion, what becomes of what it holds."""
HELD = """insert into retention_hold (tenant_id, id, scope, reason, version, created_at)
  values ($1, gen_random_uuid(), 'COMPANY', '仲裁', 1, now())"""
TOLD = """insert into operator_act (id, at, operator, action, company_id, company_key, details)
  values (gen_random_uuid(), now(), 't', 't', gen_random_uuid(), 't', '{}')"""
COUNTED = "insert into counter (tenant_id, id, name, value) values ($1, gen_random_uuid(), 'meanwhile', 1)"
ALL_TABLES = "select relname as name from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
JOINED = """insert into membership (tenant_id, id, account_id, roles, active, created_at)
  values ($1, gen_random_uuid(), $2, '[]', true, now())"""


@pytest.fixture
def storage(settings: Settings) -> Storage:
    return open_storage(settings.storage_url, home=settings.home)


@pytest.fixture
async def company(database: Database) -> tuple[CompanyFixture, str]:
    key = f"del-{uuid4().hex[:10]}"
    return await make_company("注销医疗器械有限公司", key=key), key


async def asked(settings: Settings, sql: str, *values: Any) -> list[asyncpg.Record]:
    """Ask as the owner of the database, whom row security does not bind."""
    connection = await asyncpg.connect(**url_credentials(settings.database_url))
    try:
        rows: list[asyncpg.Record] = await connection.fetch(sql, *values)
        return rows
    finally:
        await connection.close()


async def rows_left(settings: Settings, tenant_id: UUID) -> dict[str, int]:
    counts = {}
    for table in await asked(settings, TABLES):
        (row,) = await asked(settings, f'select count(*) as n from "{table["name"]}" where tenant_id = $1', tenant_id)
        counts[table["name"]] = row["n"]
    return counts


async def cut_off_before_the_files(order: Order, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as environment:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
            environment.setenv(name, "x")
        environment.setenv("AWS_ALLOW_HTTP", "true")
        async with refusing(403) as (address, _):
            environment.setenv("AWS_ENDPOINT", address)
            refuses = open_storage("s3://plumb", home=settings.home)
            with pytest.raises(StorageUnavailable):
                await delete_company(order, settings=settings, storage=refuses)


async def test_every_row_and_file_goes_and_another_company_keeps_all_of_its_own(
    plumb: Plumb, database: Database, settings: Settings, storage: Storage
) -> None:
    gone, other = [(await fill_company(name)).company for name in ("注销医疗器械有限公司", "旁观医疗器械有限公司")]
    key = (await asked(settings, "select key from company where tenant_id = $1", gone.tenant_id))[0]["key"]
    async with tenant_transaction(other.system):
        await execute(JOINED, other.tenant_id, gone.admin.account_id)
    for each in (gone, other):
        await storage.put(each.tenant_id, "letters", f"%PDF-{each.name}".encode())
    half_written = settings.home / "files" / str(gone.tenant_id) / "letters" / "half.tmp"
    half_written.write_bytes(b"half")
    before, had = await fingerprint(other), await rows_left(settings, gone.tenant_id)
    assert min(had.values()) > 0
    members = await asked(settings, "select account_id from membership where tenant_id = $1", gone.tenant_id)
    await suspend_company(key=key, reason="合同终止")

    refused = await plumb("company", "delete", key, "--now", key, "--by", "王运营")
    assert (refused.code, refused.errors.split()[0]) == (1, "RETENTION_STANDS")
    ended = await plumb("company", "delete", key, "--now", key, "--by", "王运营", "--despite-retention", "已移交公司保存")
    assert (ended.code, ended.errors) == (0, "")
    left = await rows_left(settings, gone.tenant_id)
    assert {name: count for name, count in left.items() if count} == {}
    assert not half_written.exists()
    assert [page async for page in storage.listed(gone.tenant_id)] == []
    assert await fingerprint(other) == before
    assert len([path async for page in storage.pages(other.tenant_id) for path in page]) >= 1
    # Whoever belongs to the other company too keeps their account, and nobody else does.
    ids = [row["account_id"] for row in members]
    kept = await asked(settings, "select id from account where id = any($1::uuid[])", ids)
    shared = await asked(settings, "select account_id from membership where account_id = any($1::uuid[])", ids)
    assert {row["id"] for row in kept} == {row["account_id"] for row in shared}
    assert len(kept) == 1
    acts = [line.split("\t") for line in (await plumb("company", "acts", key)).output.splitlines()]
    assert [act[1:4] for act in acts] == [["王运营", "company.delete", key], ["王运营", "company.delete_files", key]]
    told = json.loads(acts[0][5])
    # The suspension was one entry more.
    assert told["chain_entries"] == had["audit_entry"] + 1
    assert told["tables"]["goal"] == had["goal"]
    assert set(told["tables"]) == set(had)
    assert told["despite_retention"] == "已移交公司保存"
    assert json.loads(acts[1][5])["files"] >= 2
    again = await plumb("company", "delete", key, "--now", key)
    assert (again.code, again.errors.split()[0]) == (1, "COMPANY_UNKNOWN")


async def test_it_takes_two_steps_and_time_between_them(
    company: tuple[CompanyFixture, str], settings: Settings, storage: Storage
) -> None:
    made, key = company
    order = Order(key, "t")
    with pytest.raises(CompanyActive):
        await delete_company(Order(key, "t", typed_again=key), settings=settings, storage=storage)
    await suspend_company(key=key, reason="合同终止")
    with pytest.raises(DeletionTooSoon, match="30 days"):
        await delete_company(order, settings=settings, storage=storage)
    await resume_company(key=key, reason="已续约")
    with clock_at(now() + timedelta(days=40)), pytest.raises(CompanyActive):
        await delete_company(order, settings=settings, storage=storage)
    assert (await rows_left(settings, made.tenant_id))["company"] == 1
    await suspend_company(key=key, reason="合同终止")
    # The days count from the last suspension, and a company with no signed letter is held by nothing.
    with clock_at(now() + timedelta(days=30, minutes=1)):
        assert (await delete_company(order, settings=settings, storage=storage)).accounts == 3
    assert sum((await rows_left(settings, made.tenant_id)).values()) == 0


async def test_another_key_typed_again_changes_nothing(plumb: Plumb, company: tuple[CompanyFixture, str]) -> None:
    made, key = company
    await suspend_company(key=key, reason="合同终止")
    before = await fingerprint(made)
    for words, code in (((key, "--now", "another"), "DELETION_NOT_CONFIRMED"), (("no-such-company",), "COMPANY_UNKNOWN")):
        ended = await plumb("company", "delete", *words)
        assert (ended.code, ended.output, ended.errors.split()[0]) == (1, "", code)
    assert await fingerprint(made) == before


async def test_holds_and_signed_letters_keep_it_and_roles_of_the_product_cannot(
    company: tuple[CompanyFixture, str], settings: Settings, storage: Storage
) -> None:
    made, key = company
    await asked(settings, HELD, made.tenant_id)
    await suspend_company(key=key, reason="合同终止")
    with pytest.raises(RetentionStands, match="1 holds"):
        await delete_company(Order(key, "t", typed_again=key), settings=settings, storage=storage)
    weak = settings.model_copy(update={"database_url": settings.role_url(PLATFORM_ROLE)})
    with pytest.raises(DeletionNotPermitted):
        await delete_company(Order(key, "t", key, "理由"), settings=weak, storage=storage)
    async with tenant_transaction(made.system):
        assert await fetch_value("select count(*) from retention_hold") == 1


async def test_a_deletion_that_was_cut_off_before_the_files_goes_on_with_them(
    company: tuple[CompanyFixture, str], settings: Settings, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, key = company
    await storage.put(made.tenant_id, "letters", b"%PDF-1")
    await suspend_company(key=key, reason="合同终止")
    await cut_off_before_the_files(Order(key, "t", key), settings, monkeypatch)
    assert sum((await rows_left(settings, made.tenant_id)).values()) == 0
    assert (await delete_company(Order(key, "t"), settings=settings, storage=storage)).files == 1
    assert [page async for page in storage.listed(made.tenant_id)] == []


async def test_files_of_a_deletion_that_was_cut_off_go_though_the_key_has_another_company_by_now(
    company: tuple[CompanyFixture, str], settings: Settings, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, key = company
    await storage.put(made.tenant_id, "letters", b"%PDF-1")
    await suspend_company(key=key, reason="合同终止")
    await cut_off_before_the_files(Order(key, "t", key), settings, monkeypatch)
    founded = await make_company("重新开户医疗器械有限公司", key=key)
    await storage.put(founded.tenant_id, "letters", b"%PDF-2")
    before = await fingerprint(founded)
    with pytest.raises(CompanyActive):
        await delete_company(Order(key, "t", key), settings=settings, storage=storage)
    assert [page async for page in storage.listed(made.tenant_id)] == []
    assert await fingerprint(founded) == before
    assert len([path async for page in storage.pages(founded.tenant_id) for path in page]) == 1


async def test_what_others_were_writing_meanwhile_goes_too(
    company: tuple[CompanyFixture, str], settings: Settings, storage: Storage
) -> None:
    made, key = company
    await suspend_company(key=key, reason="合同终止")
    writer = await asyncpg.connect(**url_credentials(settings.database_url))
    try:
        writing = writer.transaction()
        await writing.start()
        await writer.execute(COUNTED, made.tenant_id)
        deleting = asyncio.create_task(delete_company(Order(key, "t", key), settings=settings, storage=storage))
        while (await rows_left(settings, made.tenant_id))["company"]:  # noqa: ASYNC110 - it is another process that tells
            await asyncio.sleep(0.05)
        await writing.commit()
        assert (await deleting).rows > 0
    finally:
        await writer.close()
    assert sum((await rows_left(settings, made.tenant_id)).values()) == 0


async def test_of_two_who_delete_it_at_once_one_does_and_the_other_finds_nothing(
    company: tuple[CompanyFixture, str], settings: Settings, storage: Storage
) -> None:
    made, key = company
    await storage.put(made.tenant_id, "letters", b"%PDF-1")
    await suspend_company(key=key, reason="合同终止")
    ended = await asyncio.gather(
        *(delete_company(Order(key, who, key), settings=settings, storage=storage) for who in "ab"), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in ended) == ["CompanyUnknown", "Deleted"]
    assert [page async for page in storage.listed(made.tenant_id)] == []


async def test_what_was_told_never_changes(settings: Settings, database: Database) -> None:
    await asked(settings, TOLD)
    for change in ("update operator_act set operator = 'x'", "delete from operator_act"):
        with pytest.raises(asyncpg.PostgresError, match="never change"):
            await asked(settings, change)


async def test_every_table_is_of_companies_or_named_here(settings: Settings, database: Database) -> None:
    tables = {row["name"] for row in await asked(settings, ALL_TABLES)}
    assert tables - {row["name"] for row in await asked(settings, TABLES)} == WITHOUT_COMPANY
