"""The commands `plumb company ...`: what an operator does with companies."""

import asyncio
import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

from plumb_platform.settings import Settings
from plumb_server.commands import opened

company_app = typer.Typer(no_args_is_help=True, help="公司 / Companies.")
Operator = Annotated[str, typer.Option("--by", envvar="PLUMB_OPERATOR", help="操作人，记入运营记录 / who does it")]


@company_app.command("create")
def company_create(  # noqa: PLR0917 - typer reads the signature
    key: Annotated[str, typer.Argument(help="代号 / key, e.g. huanan-med")],
    name: Annotated[str, typer.Option(help="名称 / name")],
    admin_email: Annotated[str, typer.Option(help="首位管理员邮箱 / e-mail of the first admin")],
    time_zone: Annotated[str, typer.Option(help="时区 / IANA time zone")] = "Asia/Shanghai",
    locale: Annotated[str, typer.Option(help="zh-CN / en")] = "zh-CN",
    currency: Annotated[str, typer.Option(help="币种 / ISO 4217")] = "CNY",
) -> None:
    """创建公司、管理员、签章密钥和审计链 / Make a company with admin, signing key and audit chain.

    The admin's password is read from PLUMB_ADMIN_PASSWORD or asked for; it is never an argument.
    """
    from plumb_server.founding import found_company
    from plumb_server.resources import with_servers

    password = os.environ.get("PLUMB_ADMIN_PASSWORD") or getpass.getpass("管理员密码 / admin password: ")
    company = {"key": key, "name": name, "time_zone": time_zone, "locale": locale, "currency": currency}
    with with_servers(Settings()) as settings:
        founding = found_company(settings, admin_email=admin_email, admin_password=password, **company)
        made = asyncio.run(opened(settings, founding))
    typer.echo(f"公司已创建 / company created: {key} {made}")


@company_app.command("list")
def company_list() -> None:
    """列出公司 / List the companies: key, state, members, since when, name; separated by tabs."""
    from plumb_server.resources import with_servers
    from plumb_tenants.company.suspending import listed_companies

    with with_servers(Settings()) as settings:
        listed = asyncio.run(opened(settings, listed_companies()))
    for each in listed:
        state = "使用中/ACTIVE" if each.active else "已暂停/SUSPENDED"
        typer.echo(f"{each.key}\t{state}\t{each.members}\t{each.created_at:%Y-%m-%d}\t{each.name}")


@company_app.command("set")
def company_set(
    key: Annotated[str, typer.Argument(help="代号 / key")],
    name: Annotated[str | None, typer.Option(help="名称，用于此后的责任书 / name, on letters from the next one on")] = None,
    locale: Annotated[str | None, typer.Option(help="zh-CN / en")] = None,
    time_zone: Annotated[str | None, typer.Option(help="时区 / IANA time zone")] = None,
    accepts_moved: Annotated[
        bool, typer.Option("--accepts-moved", help="按天计的期限随时区移动 / terms that go by days may move with it")
    ] = False,
) -> None:
    """更改公司名称、默认语言、时区 / Change a company's name, language or time zone; what is left out stays."""
    from plumb_server.resources import with_servers
    from plumb_tenants.company.service import CompanySettings, change_company

    to = CompanySettings(name=name, locale=locale, time_zone=time_zone, accepts_moved=accepts_moved)
    with with_servers(Settings()) as settings:
        changed = asyncio.run(opened(settings, change_company(key, to=to)))
    told = ", ".join(f"{column}={value}" for column, value in changed.items()) or "-"
    typer.echo(f"公司已更改 / company changed: {key} {told}")


@company_app.command("suspend")
def company_suspend(
    key: Annotated[str, typer.Argument(help="代号 / key")],
    reason: Annotated[str, typer.Option(help="原因，公司可见 / why; the company reads it")],
) -> None:
    """暂停公司：下一个请求起无人能进入，数据保留 / Keep everybody of a company out from their next request on."""
    from plumb_server.resources import with_servers
    from plumb_tenants.company.suspending import suspend_company

    with with_servers(Settings()) as settings:
        asyncio.run(opened(settings, suspend_company(key=key, reason=reason)))
    typer.echo(f"公司已暂停 / company suspended: {key}")


@company_app.command("resume")
def company_resume(
    key: Annotated[str, typer.Argument(help="代号 / key")],
    reason: Annotated[str, typer.Option(help="原因，公司可见 / why; the company reads it")],
) -> None:
    """恢复已暂停的公司 / Let a suspended company go on."""
    from plumb_server.resources import with_servers
    from plumb_tenants.company.suspending import resume_company

    with with_servers(Settings()) as settings:
        asyncio.run(opened(settings, resume_company(key=key, reason=reason)))
    typer.echo(f"公司已恢复 / company resumed: {key}")


@company_app.command("export")
def company_export(
    key: Annotated[str, typer.Argument(help="代号 / key")],
    to: Annotated[Path, typer.Option(help="写入的 .tar 文件 / the .tar file to write")],
    by: Operator = "",
) -> None:
    """导出整家公司：全部数据行、文件、审计链与快照，可离线核验 / Write all of a company into one file that proves itself."""
    from plumb_platform.storage import open_storage
    from plumb_server.company_export import export_company
    from plumb_server.resources import with_servers

    with with_servers(Settings()) as settings:
        storage = open_storage(settings.storage_url, home=settings.home)
        work = export_company(key, to=to, storage=storage, operator=operator_named(by))
        made = asyncio.run(opened(settings, work, door="job"))
    for fault in made.faults:
        typer.echo(f"缺失 / missing: {fault}")
    rows = sum(made.rows.values())
    typer.echo(f"公司已导出 / company exported: {key} {rows} rows, {made.files} files, sha256 {made.sha256}")
    if made.faults:
        raise typer.Exit(1)


@company_app.command("delete")
def company_delete(
    key: Annotated[str, typer.Argument(help="代号 / key")],
    now: Annotated[str, typer.Option(help="再次输入代号，立即删除 / the key again: delete it at once")] = "",
    despite_retention: Annotated[str, typer.Option(help="保存期未满仍删除的理由 / why, though retention stands")] = "",
    by: Operator = "",
) -> None:
    """删除已暂停满 30 天的公司：数据行、文件与仅属于它的账号，不可恢复 / Destroy a company that was suspended for 30 days."""
    from plumb_platform.storage import open_storage
    from plumb_server.company_deletion import Order, delete_company
    from plumb_server.resources import with_servers

    with with_servers(Settings()) as settings:
        order = Order(key, operator_named(by), typed_again=now, despite_retention=despite_retention)
        storage = open_storage(settings.storage_url, home=settings.home)
        gone = asyncio.run(opened(settings, delete_company(order, settings=settings, storage=storage)))
    typer.echo(f"公司已删除 / company deleted: {key} {gone.rows} rows, {gone.accounts} accounts, {gone.files} files")


@company_app.command("acts")
def company_acts(key: Annotated[str | None, typer.Argument(help="公司代号 / key of one company")] = None) -> None:
    """运营记录：时刻、操作人、操作、公司、详情 / What operators did to companies: when, who, what, which, figures."""
    import json

    from plumb_platform.audit.operator_acts import told_acts
    from plumb_server.resources import with_servers

    with with_servers(Settings()) as settings:
        acts = asyncio.run(opened(settings, told_acts(key)))
    for each in acts:
        figures = json.dumps(each.details, ensure_ascii=False, sort_keys=True)
        typer.echo(
            f"{each.at:%Y-%m-%dT%H:%M:%SZ}\t{each.operator}\t{each.action}\t{each.company_key}\t{each.company_id}\t{figures}"
        )


def operator_named(given: str) -> str:
    """Return who acts: as given, else the account of the machine, by its number where it has no name. Raises OperatorInvalid."""
    import platform

    from plumb_platform.audit.operator_acts import checked_operator

    if given.strip():
        return checked_operator(given)
    try:
        account = getpass.getuser()
    except (KeyError, OSError):  # as a container with an account of its own choosing has it
        account = str(os.getuid())
    return f"{account}@{platform.node()}"
