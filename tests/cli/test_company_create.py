"""`plumb company create`: what is refused writes nothing; what is made can be used at once."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from plumb_platform.audit.service import verify_chain
from plumb_platform.database import Database, fetch_one, fetch_value, platform_transaction, tenant_transaction
from plumb_platform.documents.company_key import CompanyKey
from plumb_platform.documents.key_vault import KeyVault
from plumb_platform.documents.seal import OpenedKey
from plumb_platform.identity.service import login
from plumb_platform.permissions import Permission, grants_of
from plumb_platform.settings import SIGNING_KEYS, Settings
from plumb_tenants.company.service import active_signing_key
from support.companies import make_company

PASSWORD = "correct horse battery"
Plumb = Callable[..., Awaitable[Any]]


async def written(key: str, email: str) -> tuple[int, int]:
    """Return how many companies have the key and how many accounts the e-mail."""
    async with platform_transaction() as connection:
        companies = await connection.fetchval("select count(*) from company where key = $1", key)
        return companies, await connection.fetchval("select count(*) from account where email = $1", email)


async def create(plumb: Plumb, key: str, *, password: str = PASSWORD) -> Any:
    named = ("--name", "华康医疗器械有限公司", "--admin-email", f"{key}@example.test")
    return await plumb("company", "create", key, *named, PLUMB_ADMIN_PASSWORD=password)


async def test_a_bad_key_is_refused_in_both_languages(plumb: Plumb, database: Database) -> None:
    ended = await create(plumb, "Bad Key")
    assert (ended.code, ended.output) == (1, "")
    assert ended.errors == (
        "COMPANY_KEY_INVALID 公司代号“Bad Key”无效：须为 3 到 40 位小写字母、数字或连字符，以字母开头。 / "
        "The company key Bad Key is not valid: 3 to 40 lower-case letters, digits or hyphens, starting with a letter.\n"
    )
    assert await written("Bad Key", "bad key@example.test") == (0, 0)


async def test_a_taken_key_is_refused_in_both_languages(plumb: Plumb, database: Database, key: str) -> None:
    await make_company(key=key)
    ended = await create(plumb, key)
    assert (ended.code, ended.errors) == (
        1,
        f"COMPANY_EXISTS 公司代号“{key}”已被使用。 / The company key {key} is taken.\n",
    )
    assert await written(key, f"{key}@example.test") == (1, 0)


async def test_a_short_password_is_refused_in_both_languages(plumb: Plumb, database: Database, key: str) -> None:
    ended = await create(plumb, key, password="short")
    assert (ended.code, ended.errors) == (
        1,
        "PASSWORD_TOO_WEAK 密码长度须为 10 到 200 个字符。 / A password must have 10 to 200 characters.\n",
    )
    assert await written(key, f"{key}@example.test") == (0, 0)


async def test_a_new_company_has_an_admin_a_signing_key_and_the_root_of_its_chain(
    plumb: Plumb, settings: Settings, database: Database, key: str
) -> None:
    ended = await create(plumb, key)
    assert (ended.code, ended.errors) == (0, "")
    said, _, tenant_id = ended.output.strip().rpartition(" ")
    assert said == f"公司已创建 / company created: {key}"
    assert PASSWORD not in ended.output
    admin = (await login(f"{key}@example.test", PASSWORD, company_key=key, hours=1, address=f"cli-{key}")).actor
    assert (admin.tenant_id, admin.roles) == (UUID(tenant_id), frozenset({"company_admin"}))
    async with tenant_transaction(admin):
        assert (await grants_of(admin)).allows(Permission.PERSON_IMPORT)
        company = await fetch_one("select key, name, locale, time_zone, currency from company")
        chain, root = await verify_chain(admin), await fetch_value("select root from audit_head")
        first = await fetch_value("select previous_hash from audit_entry where number = 1")
        stored = await active_signing_key(admin)
    assert company == {
        "key": key,
        "name": "华康医疗器械有限公司",
        "locale": "zh-CN",
        "time_zone": "Asia/Shanghai",
        "currency": "CNY",
    }
    assert root == first == hashlib.sha256(f"{tenant_id}:{key}".encode()).hexdigest()
    # Company, signing key, the draft and the publishing of its matrix, membership and the session that was just opened.
    assert (chain.entries, chain.broken_at) == (6, None)
    assert stored is not None
    parts = CompanyKey(stored.root_certificate, stored.root_key, stored.seal_certificate, stored.seal_key)
    OpenedKey(parts, company_id=tenant_id, vault=KeyVault(*settings.derived_keys(SIGNING_KEYS)))
    assert (b"PRIVATE" in stored.seal_key, b"PRIVATE" in stored.root_key) == (False, False)
