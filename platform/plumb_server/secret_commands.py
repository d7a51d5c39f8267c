"""The command `plumb secret ...`: what an operator does when PLUMB_SECRET_KEY is changed."""

import asyncio

import typer

from plumb_platform.encrypted import Relocked
from plumb_platform.settings import SECOND_FACTORS, Settings
from plumb_server.commands import opened

secret_app = typer.Typer(no_args_is_help=True, help="主密钥 / The secret key.")


@secret_app.command("relock")
def secret_relock() -> None:
    """以当前主密钥重新加密签章私钥与身份验证器 / Encrypt signing keys and authenticators under the present secret key.

    It may run while everything serves, and again. It ends with 1 where there is something that no key opens.
    """
    from plumb_server.resources import with_servers

    with with_servers(Settings()) as settings:
        keys, factors = asyncio.run(opened(settings, _relocked(settings), door="job"))
    for name, each in (("签章密钥 / signing keys", keys), ("身份验证器 / authenticators", factors)):
        typer.echo(f"{name}: 重新加密 / encrypted anew {each.anew}, 无法打开 / cannot be opened {len(each.unopened)}")
        for whose in each.unopened:
            typer.echo(f"  {whose}")
    if keys.unopened or factors.unopened:
        raise typer.Exit(1)


@secret_app.command("check")
def secret_check() -> None:
    """列出无法打开的签章私钥（公司、序列号）与身份验证器（邮箱） / List the signing keys and authenticators that no key opens.

    It ends with 1 where there are any.
    """
    from plumb_server.resources import with_servers

    with with_servers(Settings()) as settings:
        unopened = asyncio.run(opened(settings, _unopened(settings), door="job"))
    for whose in unopened:
        typer.echo(whose)
    if unopened:
        raise typer.Exit(1)


async def _unopened(settings: Settings) -> list[str]:
    from plumb_platform.documents.key_vault import vault_of
    from plumb_platform.identity.second_factor import unopened_factors
    from plumb_tenants.company.signing_keys import unopened_signing_keys

    keys = await unopened_signing_keys(vault_of(settings))
    return keys + await unopened_factors(settings.derived_keys(SECOND_FACTORS))


async def _relocked(settings: Settings) -> tuple[Relocked, Relocked]:
    from plumb_platform.documents.key_vault import vault_of
    from plumb_platform.identity.second_factor import relock_factors
    from plumb_tenants.company.signing_keys import relock_signing_keys

    keys = await relock_signing_keys(vault_of(settings))
    return keys, await relock_factors(settings.derived_keys(SECOND_FACTORS))
