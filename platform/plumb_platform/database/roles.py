"""The three roles: an owner that migrates, the product that owns nothing, the platform that crosses companies."""

import asyncpg

from plumb_platform.settings import APP_ROLE, OWNER_ROLE, PLATFORM_ROLE, Settings

LOGIN = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOBYPASSRLS"


async def ensure_roles(connection: asyncpg.Connection, settings: Settings) -> None:
    """Create the roles that are missing, set their passwords, and let the owner create in this database."""
    await _ensure(connection, OWNER_ROLE, "NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS", None)
    for role in (APP_ROLE, PLATFORM_ROLE):
        await _ensure(connection, role, LOGIN, settings.role_passwords(role)[0])
    if not await connection.fetchval("select pg_has_role(current_user, $1, 'member')", OWNER_ROLE):
        await connection.execute(f"GRANT {OWNER_ROLE} TO CURRENT_USER")
    database = await connection.fetchval("select quote_ident(current_database())")
    await connection.execute(f"GRANT CREATE, CONNECT ON DATABASE {database} TO {OWNER_ROLE}")
    await connection.execute(f"GRANT CONNECT ON DATABASE {database} TO {APP_ROLE}, {PLATFORM_ROLE}")
    await connection.execute(f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER_ROLE}")
    await connection.execute(f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}, {PLATFORM_ROLE}")
    await connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    # A temporary table would outlast the transaction of the company that made it.
    await connection.execute(f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC")


async def _ensure(connection: asyncpg.Connection, role: str, options: str, password: str | None) -> None:
    # CREATE ROLE takes no bound values: the password is our own hex, safe to write into the text.
    word = f" PASSWORD '{password}'" if password else ""
    known = await connection.fetchval("select true from pg_roles where rolname = $1", role)
    verb = "ALTER" if known else "CREATE"
    await connection.execute(f"{verb} ROLE {role} {options}{word}")
