"""The command `plumb`: what an operator runs."""

import asyncio
import getpass
import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from plumb_platform.settings import Settings
from plumb_server.commands import opened
from plumb_server.company_commands import company_app
from plumb_server.secret_commands import secret_app

app = typer.Typer(
    name="plumb",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Plumb 准绳: 目标管理平台 / the goal platform.",
)
app.add_typer(company_app, name="company")
account_app = typer.Typer(no_args_is_help=True, help="账号 / Accounts.")
app.add_typer(account_app, name="account")
app.add_typer(secret_app, name="secret")


@app.command()
def up(port: Annotated[int, typer.Option(help="Port of the API.")] = 8000) -> None:
    """启动全部服务，直到 Ctrl-C / Serve API and worker until Ctrl-C."""
    from plumb_server.processes import house
    from plumb_server.resources import bring_up_to_date, with_servers

    base = Settings()
    if "PLUMB_PUBLIC_URL" not in os.environ:
        base = base.model_copy(update={"public_url": f"http://127.0.0.1:{port}"})
    with with_servers(base) as settings:
        bring_up_to_date(settings, typer.echo)
        with house(settings, port=port) as site:
            typer.echo(f"Plumb 准绳 {settings.public_url}/graphql  (Ctrl-C 停止 / to stop)")
            site.watch()


@app.command()
def api(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="进程数，默认 PLUMB_API_WORKERS / Processes, else as the setting says.")
    ] = None,
) -> None:
    """只启动 API / Serve the API alone."""
    from plumb_server.api import serve

    settings = serving(Settings())
    raise typer.Exit(serve(settings, host=host, port=port, workers=workers or settings.api_workers))


@app.command()
def worker() -> None:
    """运行后台任务 / Run jobs."""
    from plumb_workers.run import run_until_signal, run_worker

    run_until_signal(run_worker, serving(Settings()))


@app.command()
def relay() -> None:
    """转发任务并触发定时器 / Send jobs to the workers and keep the timers."""
    from plumb_workers.run import run_relay, run_until_signal

    run_until_signal(run_relay, serving(Settings()))


@app.command()
def migrate(
    roles_only: Annotated[
        bool, typer.Option("--roles-only", help="只建立数据库角色，供恢复备份 / only make the roles, before a backup is restored")
    ] = False,
) -> None:
    """升级数据库结构 / Bring the database up to date."""
    from plumb_platform.database.migrate import make_roles
    from plumb_server.resources import bring_up_to_date, with_servers

    with with_servers(Settings()) as settings:
        if roles_only:
            asyncio.run(make_roles(settings))
            typer.echo("数据库角色已就绪 / the roles are there")
            return
        done = bring_up_to_date(settings)
    typer.echo(f"已应用 {len(done)} 个迁移 / applied {len(done)} migrations: {', '.join(done) or '-'}")


@app.command()
def doctor() -> None:
    """检查环境并给出修复命令 / Name each missing part and the command that mends it."""
    from plumb_server import doctor as diagnosis

    raise typer.Exit(diagnosis.run(Settings()))


@app.command()
def jobs(company: Annotated[str | None, typer.Option(help="公司代号 / key of one company")] = None) -> None:
    """未完成的任务及其停滞原因 / Jobs that are not done: topic, waiting, begun, given up, age in seconds, what to look at."""
    from plumb_platform.queue.overview import standing_jobs
    from plumb_server.resources import with_servers

    with with_servers(Settings()) as settings:
        found = asyncio.run(opened(settings, standing_jobs(company)))
    for each in found:
        age = f"{each.oldest.total_seconds():.0f}" if each.oldest else "-"
        typer.echo(f"{each.topic}\t{each.waiting}\t{each.begun}\t{each.given_up}\t{age}\t{' / '.join(filter(None, each.advice))}")
    if not found:
        typer.echo("没有未完成的任务 / every job is done")


@app.command()
def verify(  # noqa: PLR0917 - typer reads the signature
    files: Annotated[list[Path], typer.Argument(help="Letters (.pdf), audit chains and snapshots (.jsonl).")],
    root: Annotated[list[Path] | None, typer.Option(help="公司根证书 / the company's root certificate, PEM or DER")] = None,
    sha256: Annotated[str, typer.Option(help="整个文件的摘要 / digest of the whole file")] = "",
    previous: Annotated[str, typer.Option(help="快照：前一链哈希 / snapshot: the chain hash before it")] = "",
    chain: Annotated[str, typer.Option(help="快照：链哈希 / snapshot: its chain hash")] = "",
    revocations: Annotated[Path | None, typer.Option(help="作废清单 / the company's signed list of revoked letters")] = None,
    stamp_root: Annotated[list[Path] | None, typer.Option(help="时间戳根证书 / a root of time stamps, PEM or DER")] = None,
    anchor: Annotated[list[Path] | None, typer.Option(help="锚点 / an anchor of the company's chains (.json)")] = None,
) -> None:
    """离线核验责任书、审计链与快照 / Verify letters, audit chains and snapshots with no server and no network."""
    from plumb_verify.command import der_of, report
    from plumb_verify.files import Options

    listed = revocations.read_bytes() if revocations else b""
    roots, stamp_roots = ([der_of(path) for path in named or []] for named in (root, stamp_root))
    anchors = [path.read_bytes() for path in anchor or []]
    options = Options(roots, sha256, previous, chain, listed, stamp_roots, anchors)
    raise typer.Exit(report(files, options))


@app.command()
def demo() -> None:
    """端到端演示主流程 / Run the main job end to end over HTTP."""
    from plumb_server.demo.run import run_demo

    raise typer.Exit(run_demo(Settings()))


@account_app.command("password")
def account_password(
    email: Annotated[str, typer.Argument(help="邮箱 / e-mail of the account")],
    remove_factor: Annotated[
        bool, typer.Option("--remove-factor", help="同时解除身份验证器 / remove its authenticator too")
    ] = False,
    keep_tokens: Annotated[bool, typer.Option("--keep-tokens", help="保留其 API 令牌 / leave its API tokens")] = False,
) -> None:
    """为忘记密码者设置新密码 / Set a new password for who forgot theirs; the account's sessions and API tokens end.

    The password is read from PLUMB_ACCOUNT_PASSWORD or asked for; it is never an argument.
    """
    from plumb_platform.identity.passwords import reset_password
    from plumb_server.resources import with_servers

    password = os.environ.get("PLUMB_ACCOUNT_PASSWORD") or getpass.getpass("新密码 / new password: ")
    with with_servers(Settings()) as settings:
        ended = asyncio.run(
            opened(settings, reset_password(email, password, remove_factor=remove_factor, keep_tokens=keep_tokens))
        )
    typer.echo(
        f"密码已更改，已结束 {ended.sessions} 个会话，吊销 {ended.tokens} 个令牌 / "
        f"password changed, {ended.sessions} sessions ended, {ended.tokens} tokens revoked"
    )


def serving(settings: Settings) -> Settings:
    """Turn on logs and error reports for a process that serves, bound what it keeps of memory, and return its settings."""
    from plumb_platform.observability import configure_error_reports, configure_logging
    from plumb_server.memory import give_back_what_is_freed

    give_back_what_is_freed()
    configure_logging(settings.log_level)
    configure_error_reports(settings.sentry_dsn, release=version("plumb-goals"))
    return settings


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line, or these words; what stops a command is told on stderr, and ends it with its code."""
    os.umask(0o077)
    try:
        app(words)
    except Exception as error:
        from plumb_server.command_problems import told

        code = told(error, lambda word, said: typer.echo(f"{typer.style(word, fg='red')} {said}", err=True))
        if code is None:
            raise
        raise SystemExit(code) from None


if __name__ == "__main__":
    main()
