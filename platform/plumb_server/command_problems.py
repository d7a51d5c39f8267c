"""What stops a command of `plumb`: refusals, settings that do not fit, and what it stands on; told with place and remedy.

Exit codes: 1 a refusal, or something that was found; 2 the words or the settings; 3 what the command stands on is away or not
ready, so that the same may be asked again once that is mended.
"""

import os
from collections.abc import Callable
from pathlib import Path

import asyncpg
import httpx2
import redis
from pydantic import ValidationError
from pydantic_settings import SettingsError

from plumb_platform.database.bounds import bound_passed
from plumb_platform.database.connect import url_credentials
from plumb_platform.database.joined import DriverUnfit
from plumb_platform.embedded import ServerAccountUnusable, ServerFailed
from plumb_platform.errors import DomainError, Unavailable
from plumb_platform.outages import causes, is_away, state_of
from plumb_platform.settings import APP_ROLE, PLATFORM_ROLE, Settings, SettingUnfit

REFUSED, UNFIT, NOT_READY = 1, 2, 3
"""Exit codes; the last is also that of an API that could not start, as uvicorn has it."""
_MISSING_STATES = frozenset({"42P01", "42703", "42883", "3F000"})
"""SQLSTATE (PostgreSQL, appendix A) of tables, columns, functions and schemas that are not there."""
_ROLE_REFUSED = "28000"


class DatabaseAway(Unavailable):
    """Nothing answers at the place that the settings name."""

    code = "DATABASE_AWAY"
    zh = "数据库 {place} 没有应答（{reason}）。请检查该服务与 PLUMB_DATABASE_URL 后重试；plumb doctor 逐项检查。"
    en = "The database {place} does not answer ({reason}). Look at it and at PLUMB_DATABASE_URL and try again; see plumb doctor."


class DatabaseLoginRefused(Unavailable):
    """The database answers and does not let us in."""

    code = "DATABASE_LOGIN_REFUSED"
    zh = (
        "数据库 {place} 拒绝登录（{reason}）。请检查 PLUMB_DATABASE_URL 中的用户与密码；plumb_app 与 plumb_platform 的密码"
        "由 PLUMB_SECRET_KEY 派生：请使用该站点原来的密钥，或由 plumb migrate 以新密钥重新设置。"
    )
    en = (
        "The database {place} refuses the login ({reason}). Look at user and password in PLUMB_DATABASE_URL; those of plumb_app "
        "and plumb_platform are derived from PLUMB_SECRET_KEY: use the site's own key, or have plumb migrate set them anew."
    )


class DatabaseMissing(Unavailable):
    """The server answers and has no such database."""

    code = "DATABASE_MISSING"
    zh = "服务器上没有数据库 {place}。请先建立（createdb）并执行 plumb migrate，或更正 PLUMB_DATABASE_URL。"
    en = "There is no database {place}. Make it (createdb) and run plumb migrate, or correct PLUMB_DATABASE_URL."


class DatabaseNotMigrated(Unavailable):
    """Roles, tables or columns that this version needs are not there."""

    code = "DATABASE_NOT_MIGRATED"
    zh = "数据库 {place} 的结构尚未建立或不是最新（{reason}）。请执行 plumb migrate。"
    en = "The database {place} has not been brought up to date ({reason}). Run plumb migrate."


class DatabaseRightsLacking(Unavailable):
    """The role may not do what the command needs."""

    code = "DATABASE_RIGHTS_LACKING"
    zh = (
        "登录数据库 {place} 的角色权限不足（{reason}）。迁移须在 PLUMB_DATABASE_URL 中给出可以建立角色的角色；"
        "plumb_app 与 plumb_platform 的权限由 plumb migrate 授予。"
    )
    en = (
        "The role at the database {place} may not do this ({reason}). To migrate, PLUMB_DATABASE_URL names one that may create "
        "roles; plumb migrate grants plumb_app and plumb_platform what they need."
    )


class FileUnusable(Unavailable):
    """A file or folder that the command needs cannot be read or written."""

    code = "FILE_UNUSABLE"
    zh = "无法使用 {file}（{reason}）。请检查路径与权限；PLUMB_HOME 指定程序自己的文件夹。"
    en = "{file} cannot be used ({reason}). Look at the path and its permissions; PLUMB_HOME names the program's own folder."


class RedisAway(Unavailable):
    """Redis or Valkey does not answer."""

    code = "REDIS_AWAY"
    zh = "Redis 没有应答（{reason}）。请检查该服务与 PLUMB_REDIS_URL 后重试。"
    en = "Redis does not answer ({reason}). Look at it and at PLUMB_REDIS_URL, then try again."


class ApiAway(Unavailable):
    """The API that a command speaks to, as the demonstration does to its own, does not answer."""

    code = "API_AWAY"
    zh = "API 没有应答（{reason}）。请查看它的日志后重试；plumb doctor 逐项检查它所依赖的服务。"
    en = "The API does not answer ({reason}). Look at its log and try again; plumb doctor looks at what it stands on."


class EmbeddedServersUnusable(Unavailable):
    """The servers that are started where the settings name none do not run."""

    code = "EMBEDDED_SERVERS_UNUSABLE"
    zh = "内置服务未能启动：{reason}。请按提示处理，或以 PLUMB_DATABASE_URL 与 PLUMB_REDIS_URL 指定您自己的服务。"
    en = "The embedded servers did not start: {reason}. Mend that, or name your own by PLUMB_DATABASE_URL and PLUMB_REDIS_URL."


class LibraryMissing(Unavailable):
    """A library that the command needs is not installed, or is one that does not fit."""

    code = "LIBRARY_MISSING"
    zh = "缺少所需的程序库（{reason}）。请运行 make setup。"
    en = "A library is missing ({reason}). Run make setup."


def told(error: Exception, tell: Callable[[str, str], None]) -> int | None:
    """Tell what stopped a command, by a word and what is said of it, and return its exit code; None of a fault of ours."""
    if isinstance(error, (SettingUnfit, SettingsError, ValidationError)):
        unfit = unfit_settings(error)
        for each in unfit:
            tell("设置有误 / unfit setting", each)
        return UNFIT if unfit else None
    problem = problem_of(error)
    if problem is None:
        return None
    tell(problem.code, f"{problem.text('zh-CN')} / {problem.text('en')}")
    return NOT_READY if isinstance(problem, Unavailable) else REFUSED


def unfit_settings(problem: ValueError) -> list[str]:
    """Return what is wrong with the settings, without their values; nothing where the problem is another."""
    if not isinstance(problem, ValidationError):
        return [str(problem)]
    if problem.title != Settings.__name__:
        return []
    return [f"PLUMB_{str(each['loc'][0]).upper()}: {each['msg']}" for each in problem.errors(include_input=False)]


def problem_of(error: Exception) -> DomainError | None:
    """Return what to tell of an error; None of one that nobody can mend but by mending the program."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, (ServerFailed, ServerAccountUnusable)):
        return EmbeddedServersUnusable(reason=str(error).partition("\n")[0])
    if isinstance(error, (DriverUnfit, ModuleNotFoundError)):
        return LibraryMissing(reason=str(error))
    if isinstance(error, redis.RedisError):
        return RedisAway(reason=type(error).__name__)
    if isinstance(error, httpx2.TransportError):
        # What caused it is an error of the network like those that PostgreSQL's driver raises.
        return ApiAway(reason=type(error).__name__)
    return _of_database(error) or _of_file(error)


def _of_database(error: Exception) -> DomainError | None:
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    state = next(filter(None, map(state_of, causes(error))), "")
    if state in _MISSING_STATES or _is_role_missing(state, reason):
        return DatabaseNotMigrated(place=_place(), reason=reason)
    if state.startswith("28"):
        return DatabaseLoginRefused(place=_place(), reason=reason)
    if state == "3D000":
        return DatabaseMissing(place=_place())
    if state == "42501":
        return DatabaseRightsLacking(place=_place(), reason=reason)
    if (passed := bound_passed(error)) is not None:
        return passed
    # A server that was stopped takes its socket's file away; whoever misses another file names it.
    gone = isinstance(error, (TimeoutError, FileNotFoundError)) or is_away(error)
    if gone and getattr(error, "filename", None) is None:
        return DatabaseAway(place=_place(), reason=reason or type(error).__name__)
    return None


def _is_role_missing(state: str, reason: str) -> bool:
    """Return whether a role of ours is not there, in whatever language PostgreSQL says so; pg_hba.conf refuses under the same."""
    return state == _ROLE_REFUSED and any(role in reason for role in (APP_ROLE, PLATFORM_ROLE)) and "pg_hba" not in reason


def _of_file(error: Exception) -> DomainError | None:
    if not isinstance(error, OSError) or error.filename is None or isinstance(error, asyncpg.PostgresError):
        return None
    # Of a file that is open already, the system's calls know the number alone.
    file = f"/dev/fd/{error.filename}" if isinstance(error.filename, int) else os.fsdecode(error.filename)
    return FileUnusable(file=str(Path(file)), reason=error.strerror or type(error).__name__)


def _place() -> str:
    """Return which databases the settings name, each by where it is: a password may be in what is asked of the driver, too."""
    settings = Settings()
    urls = [settings.database_url, settings.app_database_url, settings.platform_database_url]
    named = [_without_password(each) for each in urls if each]
    return ", ".join(dict.fromkeys(named)) or str(settings.home / "servers")


def _without_password(url: str) -> str:
    found = url_credentials(url)
    host = f"[{found['host']}]" if ":" in found["host"] else found["host"]
    return f"{host}:{found['port']}/{found['database']}"
