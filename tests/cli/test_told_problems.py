"""Every command, in every state that it cannot work in, ends with a word, what is wrong where, and what to do: no traceback."""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import asyncpg
import pytest
import typer
from pydantic import SecretStr

from plumb_platform.database.connect import url_credentials
from plumb_platform.database.migrate import make_roles
from plumb_platform.embedded import embedded_servers
from plumb_platform.settings import Settings, with_database, with_user
from plumb_server.cli import app
from support.commands_walked import Walked, Walker

COMMANDS: dict[str, tuple[str, ...]] = {
    "account password": ("a@example.test",),
    "company acts": (),
    "company create": ("walked", "--name", "行远", "--admin-email", "a@example.test"),
    "company delete": ("walked",),
    "company export": ("walked", "--to", "/proc/walked.tar", "--by", "t"),
    "company list": (),
    "company resume": ("walked", "--reason", "r"),
    "company set": ("walked", "--name", "致远"),
    "company suspend": ("walked", "--reason", "r"),
    "jobs": (),
    "secret check": (),
    "secret relock": (),
}
"""What asks the database, with words that it would take."""
MIGRATES: dict[str, tuple[str, ...]] = {"migrate": (), "migrate --roles-only": (), "up": (), "demo": ()}
"""What makes the database ready first."""
SERVES: dict[str, tuple[str, ...]] = {"api": ("--port", "1"), "worker": (), "relay": ()}
"""What waits for a database that is away, and so ends by its settings and its own folder alone."""
APART = {"doctor", "verify"}
"""One tells of every state in its table, the other asks no database."""
FORMER, FOREIGN = (f"the {word} secret key of an installation" for word in ("former", "foreign"))
PASSWORDS = {"PLUMB_ADMIN_PASSWORD": "plumb-line-2026", "PLUMB_ACCOUNT_PASSWORD": "plumb-line-2026", "PLUMB_SECRET_KEY": FORMER}
HIDDEN = "never-to-be-told"
"""A password that is in a setting."""
PLACES = {
    f"postgresql://postgres@127.0.0.1:1/plumb?password={HIDDEN}": "127.0.0.1:1/plumb",
    f"postgresql://postgres:{HIDDEN}@[::1]:1/plumb": "[::1]:1/plumb",
    f"postgresql://postgres:{HIDDEN}@/plumb?host=/nowhere/sockets": "/nowhere/sockets:5432/plumb",
}
"""Where nothing answers, and how that is told; the last is a socket, whose file goes with the server."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    home = tmp_path_factory.mktemp("walked")
    with embedded_servers(home / "servers", durable=False) as running:
        secret = SecretStr(FORMER)
        yield Settings(home=home, database_url=running.database_url, redis_url=running.redis_url, secret_key=secret)


class States(Protocol):
    """Runs each command as settings have it, but for `extra`."""

    def __call__(self, words: Mapping[str, Sequence[str]], settings: Settings, **extra: str) -> dict[str, Walked]: ...


@pytest.fixture(scope="module")
def states() -> Iterator[States]:
    with Walker() as walker:

        def run(words: Mapping[str, Sequence[str]], settings: Settings, **extra: str) -> dict[str, Walked]:
            cases = [([*name.split(), *rest], variables(settings) | extra) for name, rest in words.items()]
            return dict(zip(words, walker.walk(cases), strict=True))

        yield run


def variables(settings: Settings) -> dict[str, str]:
    named = {"PLUMB_HOME": str(settings.home), "PLUMB_DATABASE_URL": settings.database_url, "PLUMB_REDIS_URL": settings.redis_url}
    return PASSWORDS | named


def problems(ended: Mapping[str, Walked]) -> dict[str, set[str]]:
    """Return by `code exit` which commands ended so; one that said it in another form is an error of its own."""
    found: dict[str, set[str]] = {}
    for name, each in ended.items():
        line = re.fullmatch(r"([A-Z_]+) (.*[\u4e00-\u9fff].*。) / ([ -~]+)\n", each.errors)
        assert line, (name, each)
        assert (each.output, HIDDEN in each.errors) == ("", False), (name, each)
        found.setdefault(f"{line[1]} {each.code}", set()).add(name)
    return found


async def asked(settings: Settings, *statements: str) -> str:
    connection = await asyncpg.connect(**url_credentials(settings.database_url))
    try:
        for statement in statements:
            await connection.execute(statement)
        return str(await connection.fetchval("show hba_file"))
    finally:
        await connection.close()


def test_every_command_is_walked() -> None:
    command = typer.main.get_command(app)
    names = set()
    for name, each in command.commands.items():  # type: ignore[attr-defined]  # a group
        names |= {f"{name} {below}" for below in getattr(each, "commands", {})} or {name}
    assert names == {*COMMANDS, *SERVES, *MIGRATES} - {"migrate --roles-only"} | APART


def test_a_database_that_is_away_missing_or_not_migrated_is_told_as_that(server: Settings, states: States) -> None:
    everything, all_names = COMMANDS | MIGRATES, {*COMMANDS, *MIGRATES}
    away = f"postgresql://postgres:{HIDDEN}@127.0.0.1:1/plumb"
    ended = states(everything, server, PLUMB_DATABASE_URL=away)
    assert problems(ended) == {"DATABASE_AWAY 3": all_names}
    assert "127.0.0.1:1/plumb" in ended["company list"].errors
    for url, place in PLACES.items():
        ended = states({"company list": (), "migrate": ()}, server, PLUMB_DATABASE_URL=url)
        assert problems(ended) == {"DATABASE_AWAY 3": set(ended)}
        assert f"The database {place} does not answer" in ended["company list"].errors
    # Of a new server the roles are missing, of a new database on one that has them the tables are.
    assert problems(states(COMMANDS, server)) == {"DATABASE_NOT_MIGRATED 3": set(COMMANDS)}
    asyncio.run(make_roles(server))
    ended = states(COMMANDS, server)
    assert problems(ended) == {"DATABASE_NOT_MIGRATED 3": set(COMMANDS)}
    assert "plumb migrate" in ended["company list"].errors
    missing = with_database(server.database_url, "no-such-database")
    assert problems(states(everything, server, PLUMB_DATABASE_URL=missing)) == {"DATABASE_MISSING 3": all_names}


def test_passwords_that_are_not_the_roles_are_told_as_that(server: Settings, states: States) -> None:
    asyncio.run(make_roles(server))
    asyncio.run(asked(server, f"drop role if exists op; create role op superuser login password '{FORMER}'"))
    file = Path(asyncio.run(asked(server)))
    before = file.read_text()
    file.write_text("local all postgres trust\nlocal all all scram-sha-256\n")
    try:
        asyncio.run(asked(server, "select pg_reload_conf()"))
        ended = states(COMMANDS, server, PLUMB_SECRET_KEY=FOREIGN)
        assert problems(ended) == {"DATABASE_LOGIN_REFUSED 3": set(COMMANDS)}
        assert "PLUMB_SECRET_KEY" in ended["jobs"].errors
        wrong = with_user(server.database_url, "op", HIDDEN)
        assert problems(states(MIGRATES, server, PLUMB_DATABASE_URL=wrong)) == {"DATABASE_LOGIN_REFUSED 3": set(MIGRATES)}
        # A role of its own, which may neither make roles nor delete a company.
        asyncio.run(asked(server, "drop role if exists weak; create role weak login password 'w'"))
        weak = {"PLUMB_DATABASE_URL": with_user(server.database_url, "weak", "w")}
        ended = states({"migrate": ()}, server, **weak)
        assert problems(ended) == {"DATABASE_RIGHTS_LACKING 3": {"migrate"}}
    finally:
        file.write_text(before)
        asyncio.run(asked(server, "select pg_reload_conf()"))


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ({"PLUMB_POOL_SIZE": HIDDEN}, "PLUMB_POOL_SIZE: "),
        ({"PLUMB_DATABASE_URL": f"postgresql://postgres:{HIDDEN}/@db/plumb"}, "PLUMB_DATABASE_URL: "),
        ({"PLUMB_DATABASE_URL": f"mysql://postgres:{HIDDEN}@db/plumb"}, "PLUMB_DATABASE_URL: "),
        ({"PLUMB_REDIS_URL": f"http://:{HIDDEN}@db/0"}, "PLUMB_REDIS_URL: "),
        ({"PLUMB_SECRET_KEY": "never"}, "PLUMB_SECRET_KEY must have at least 32 characters"),
    ],
)
def test_settings_that_do_not_fit_end_every_command_that_uses_them(
    server: Settings, states: States, extra: dict[str, str], said: str
) -> None:
    words = COMMANDS | MIGRATES | SERVES if "PLUMB_SECRET_KEY" not in extra else COMMANDS | MIGRATES
    for name, each in states(words, server, **extra).items():
        assert (each.code, each.output, each.errors.count("\n")) == (2, "", 1), (name, each)
        assert each.errors.startswith(f"设置有误 / unfit setting {said}"), (name, each)
        assert "never" not in each.errors


def test_a_folder_of_its_own_that_cannot_be_written_is_named(server: Settings, states: States, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    home = str(tmp_path / "file" / "home")
    ended = states(COMMANDS | MIGRATES, server, PLUMB_HOME=home, PLUMB_DATABASE_URL="", PLUMB_REDIS_URL="", PLUMB_SECRET_KEY="")
    assert problems(ended) == {"FILE_UNUSABLE 3": {*COMMANDS, *MIGRATES}}
    assert home in ended["company list"].errors
    # With servers of its own the secret is what is kept there.
    ended = states(COMMANDS | SERVES, server, PLUMB_HOME=home, PLUMB_SECRET_KEY="")
    assert problems(ended) == {"FILE_UNUSABLE 3": {*COMMANDS, *SERVES}}


def test_verifying_with_a_root_that_is_not_there_names_the_file(server: Settings, states: States, tmp_path: Path) -> None:
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-")
    for option in ("--root", "--revocations"):
        words = {f"verify {tmp_path}/letter.pdf {option} {tmp_path}/none.pem": ()}
        ended = states(words, server)
        assert list(problems(ended)) == ["FILE_UNUSABLE 3"]
        assert f"{tmp_path}/none.pem" in next(iter(ended.values())).errors
