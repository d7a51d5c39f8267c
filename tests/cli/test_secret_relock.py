"""Changing PLUMB_SECRET_KEY while everything serves, on a server of its own that asks for passwords."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from pydantic import SecretStr

from plumb_platform.database.connect import role_credentials, url_credentials
from plumb_platform.database.migrate import make_roles
from plumb_platform.database.poolers import own_session
from plumb_platform.database.role_password import RolePassword
from plumb_platform.documents.key_vault import KeyLocked, vault_of
from plumb_platform.embedded import embedded_servers
from plumb_platform.encrypted import Undecryptable, decrypted, encrypted
from plumb_platform.settings import APP_ROLE, PLATFORM_ROLE, SECOND_FACTORS, Settings
from plumb_server import doctor_servers

Plumb = Callable[..., Awaitable[Any]]
FORMER, PRESENT, FOREIGN = (f"the {word} secret key of an installation" for word in ("former", "present", "foreign"))
ASKED_FOR = "local all postgres trust\nlocal all all scram-sha-256\n"


class Installation:
    """Servers that hold one company with a signing key and an account with an authenticator."""

    def __init__(self, home: Path, *, database_url: str, redis_url: str) -> None:
        self._places: dict[str, Any] = {"home": home, "database_url": database_url, "redis_url": redis_url}
        self.database_url = database_url

    def under(self, secret: str, *accepted: str) -> Settings:
        return Settings(**self._places, secret_key=SecretStr(secret), accepted_secret_keys=[SecretStr(each) for each in accepted])

    async def rows(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(**url_credentials(self.database_url))
        try:
            return list(await connection.fetch(sql, *values))
        finally:
            await connection.close()

    async def ask_for_passwords(self) -> None:
        [(file,)] = await self.rows("show hba_file")
        await asyncio.to_thread(Path(file).write_text, ASKED_FOR)
        await self.rows("select pg_reload_conf()")

    async def opens(self, settings: Settings) -> bool:
        """Return whether all that is stored opens under these settings; half of it would fail the test."""
        [key] = await self.rows("select k.*, c.tenant_id as company from signing_key k join company c using (tenant_id)")
        [factor] = await self.rows("select account_id, secret from second_factor")
        found = set()
        for stored in (key["root_key"], key["seal_key"]):
            try:
                vault_of(settings).open(stored, str(key["company"]))
                found.add(True)
            except KeyLocked:
                found.add(False)
        try:
            found.add(decrypted(factor["secret"], settings.derived_keys(SECOND_FACTORS), factor["account_id"].bytes) == b"s" * 20)
        except Undecryptable:
            found.add(False)
        [opens] = found
        return opens

    async def relocks(self) -> int:
        return len(await self.rows("select 1 from audit_entry where action = 'signing_key.relock'"))


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with embedded_servers(tmp_path / "own", durable=False) as servers:
        yield Installation(tmp_path / "home", database_url=servers.database_url, redis_url=servers.redis_url)


async def founded(installation: Installation, plumb: Plumb) -> None:
    settings = installation.under(FORMER)
    assert (await plumb("migrate", database=settings)).code == 0
    await installation.ask_for_passwords()
    words = ("company", "create", "huakang", "--name", "华康医疗器械有限公司", "--admin-email", "admin@example.test")
    assert (await plumb(*words, database=settings, PLUMB_ADMIN_PASSWORD="correct horse battery")).code == 0
    [(account,)] = await installation.rows("select id from account")
    stored = encrypted(b"s" * 20, settings.derived_keys(SECOND_FACTORS), UUID(str(account)).bytes)
    insert = "insert into second_factor (account_id, secret, created_at, last_counter) values ($1, $2, now(), 0)"
    await installation.rows(insert, account, stored)


async def logs_in(settings: Settings) -> bool:
    """Return whether a process of these settings reaches the database; as one role alone would fail the test."""
    found = set()
    for role in (APP_ROLE, PLATFORM_ROLE):
        try:
            await (await own_session(**role_credentials(settings, role))).close()
            found.add(True)
        except asyncpg.InvalidPasswordError:
            found.add(False)
    [does] = found
    return does


async def test_the_secret_key_is_changed_while_processes_of_before_and_after_serve(
    plumb: Plumb, installation: Installation
) -> None:
    await founded(installation, plumb)
    former, told, changed, present, foreign = (
        installation.under(*each) for each in ((FORMER,), (FORMER, PRESENT), (PRESENT, FORMER), (PRESENT,), (FOREIGN,))
    )
    assert [await logs_in(each) for each in (former, told, changed, present)] == [True, True, True, False]
    ended = await plumb("migrate", database=changed)
    assert (ended.code, ended.output) == (0, "已应用 0 个迁移 / applied 0 migrations: -\n")
    # Its passwords are those of the present key now, which a process that was told of both finds out by itself.
    assert [await logs_in(each) for each in (former, told, changed, present)] == [False, True, True, True]
    assert "huakang" in (await plumb("company", "list", database=told)).output
    assert [await installation.opens(each) for each in (former, told, changed, present)] == [True, True, True, False]

    ended = await plumb("secret", "relock", database=installation.under(PRESENT, FOREIGN))
    assert (ended.code, ended.output.count("无法打开 / cannot be opened 1"), await installation.relocks()) == (1, 2, 0)
    [(serial,)] = await installation.rows("select serial from signing_key")
    assert [line.strip() for line in ended.output.splitlines()[1::2]] == [f"huakang {serial}", "admin@example.test"]
    assert await installation.opens(former)
    found = await asyncio.to_thread(doctor_servers._stored_keys, installation.under(PRESENT, FOREIGN))
    assert (found.state, f"2 do not open: huakang {serial}, admin@example.test. " in found.en) == ("missing", True)
    assert found.command == """PLUMB_ACCEPTED_SECRET_KEYS='["…"]' plumb secret relock"""
    refused = await asyncio.to_thread(doctor_servers._hindrance, foreign)
    assert refused is not None
    assert (refused.part, refused.state, "PLUMB_SECRET_KEY" in refused.en) == ("数据库角色 / roles", "missing", True)

    ended = await plumb("secret", "relock", database=changed)
    assert (ended.code, ended.output.count("encrypted anew 1, 无法打开 / cannot be opened 0")) == (0, 2)
    assert [await installation.opens(each) for each in (former, told, changed, present)] == [False, True, True, True]
    assert await installation.relocks() == 1
    [key] = await installation.rows("select k.seal_key, c.tenant_id from signing_key k join company c using (tenant_id)")
    assert vault_of(changed).locked_anew(key["seal_key"], str(key["tenant_id"])) is None
    assert not await installation.opens(foreign)


async def test_connections_of_a_role_whose_password_changes_go_on(installation: Installation) -> None:
    await make_roles(installation.under(FORMER))
    await installation.ask_for_passwords()
    for role in (APP_ROLE, PLATFORM_ROLE):
        how = role_credentials(installation.under(FORMER, PRESENT), role)
        password = how["password"]
        assert isinstance(password, RolePassword)
        first, second = password.words

        async def connected(how: dict[str, Any] = how) -> None:
            await (await own_session(**how)).close()

        await asyncio.gather(*(connected() for _ in range(4)))
        assert password() == first
        await installation.rows(f"alter role {role} password '{second}'")
        await asyncio.gather(*(connected() for _ in range(4)))
        assert password() == second
        await installation.rows(f"alter role {role} password '{uuid4().hex}'")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await connected()


@pytest.mark.parametrize(("secret", "accepted"), [("short", ()), (FORMER, ("short",)), (FORMER, ("",))])
def test_a_key_that_can_be_guessed_is_refused(tmp_path: Path, secret: str, accepted: tuple[str, ...]) -> None:
    given = Settings(home=tmp_path, secret_key=SecretStr(secret), accepted_secret_keys=[SecretStr(each) for each in accepted])
    with pytest.raises(ValueError, match="must have at least 32 characters"):
        given.derived_keys(SECOND_FACTORS)
    once = Settings(home=tmp_path, secret_key=SecretStr(FORMER), accepted_secret_keys=[SecretStr(PRESENT), SecretStr(FORMER)])
    assert once.secrets == (FORMER.encode(), PRESENT.encode())
