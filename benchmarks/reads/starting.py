"""Starting the contenders over one database and teaching them their cursors."""

import asyncio
import shutil
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import orjson

from benchmarks.reads import contenders
from benchmarks.reads.client import ask
from benchmarks.reads.contenders import Contender
from benchmarks.reads.credentials import to_environment
from benchmarks.reads.documents import CURSORS, PG_CURSOR, http_request, operation
from benchmarks.reads.servers import Server, free_port, python_module, server
from benchmarks.reads.world import PAGE, Company, World
from plumb_platform.settings import APP_ROLE
from plumb_server.cookies import CSRF_HEADER, SessionCookies
from plumb_server.resources import child_environment

PACKAGES = ("postgraphile@5", "node@26")
INSTALL_SECONDS = 180


def start_all(
    stack: ExitStack, world: World, folder: Path, environment: Mapping[str, str], *, with_node: bool = True
) -> list[Contender]:
    """Start every contender that this machine can run; `environment` is given to Plumb alone."""
    limits = [start_raw(stack, world, folder, *each) for each in (("raw", "transaction"), ("raw-one-trip", "statement"))]
    peers = [_start_peer(stack, world, folder, name) for name in ("prefetch", "loaders")]
    found = _start_postgraphile(stack, world, folder) if with_node else None
    return [start_plumb(stack, world, folder, environment), *limits, *peers, *([found] if found else [])]


def start_raw(stack: ExitStack, world: World, folder: Path, name: str = "raw", form: str = "transaction") -> Contender:
    """Start one form of the limit."""
    own = to_environment(world.settings.role_url(APP_ROLE))
    return contenders.raw(name, world, _start(stack, name, folder, own, "benchmarks.reads.raw", form))


def _start_peer(stack: ExitStack, world: World, folder: Path, name: str) -> Contender:
    own = to_environment(world.settings.role_url(APP_ROLE))
    return contenders.peer(name, world, _start(stack, name, folder, own, "benchmarks.reads.peer_server", name))


def start_plumb(stack: ExitStack, world: World, folder: Path, environment: Mapping[str, str]) -> Contender:
    """Start the product's own API process, logs, limits and permissions as they come."""
    port, settings = free_port(), world.settings
    unlimited = {"PLUMB_COMPANY_RATE": "0", "PLUMB_TOKEN_RATE": "0"}  # no contender has a rate that it holds a company to
    own = {**child_environment(settings), "PLUMB_PUBLIC_URL": f"http://127.0.0.1:{port}", **unlimited, **environment}
    command = python_module("plumb_server.cli", "api", "--port", str(port))
    running = stack.enter_context(server("plumb", command, own, folder / "plumb.log", port=port))
    return contenders.plumb(world, running, asyncio.run(_plumb_cursors(world, running)))


def _start(stack: ExitStack, name: str, folder: Path, environment: Mapping[str, str], *words: str) -> Server:
    port = free_port()
    command = python_module(*words, str(port))
    return stack.enter_context(server(name, command, environment, folder / f"{name}.log", port=port))


async def _plumb_cursors(world: World, running: Server) -> dict[UUID, list[str]]:
    """Return the cursor of each goal of each company, gathered page by page as a client gathers them."""
    cookie = SessionCookies(world.settings).name

    async def of(company: Company) -> list[str]:
        cursors: list[str] = []
        headers = {"cookie": f"{cookie}={company.session}", CSRF_HEADER: company.csrf}
        while len(cursors) + PAGE < len(company.goals):
            variables = {"c": cursors[-1] if cursors else None}
            (body,) = await ask(running.port, [http_request("/graphql", operation(CURSORS, variables), headers)])
            cursors += [edge["cursor"] for edge in orjson.loads(body)["data"]["goals"]["edges"]]
        return cursors

    return {company.tenant_id: await of(company) for company in world.companies}


def _start_postgraphile(stack: ExitStack, world: World, folder: Path) -> Contender | None:
    home = _installed(folder.parent / "postgraphile")
    if home is None:
        return None
    port = free_port()
    own = {**to_environment(world.settings.role_url(APP_ROLE)), "NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    command = [str(home / "node_modules" / ".bin" / "node"), str(home / "postgraphile.mjs"), str(port)]
    running = stack.enter_context(server("postgraphile", command, own, folder / "postgraphile.log", port=port))
    return contenders.postgraphile(world, running, asyncio.run(_postgraphile_cursors(world, running)))


def _installed(home: Path) -> Path | None:
    """Return the folder that PostGraphile and its Node are installed in; say why when there is none."""
    if shutil.which("npm") is None:
        print("PostGraphile 5 is left out: npm is not installed")
        return None
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "node_modules" / ".bin" / "node").exists():
        command = ["npm", "install", "--prefix", str(home), "--no-audit", "--no-fund", "--loglevel=error", *PACKAGES]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS)  # noqa: S603 - npm with our words
        if ran.returncode:
            print(f"PostGraphile 5 is left out: npm could not install it: {ran.stderr.strip().splitlines()[-1:]}")
            return None
    shutil.copy(Path(__file__).with_name("postgraphile.mjs"), home)
    return home


async def _postgraphile_cursors(world: World, running: Server) -> Callable[[Company, int], str]:
    """Return a maker of cursors: one that PostGraphile gave, with the keys of another goal in it."""
    company = world.companies[0]
    (body,) = await ask(running.port, [http_request("/graphql", operation(PG_CURSOR, {}), {"x-tenant": str(company.tenant_id)})])
    (edge,) = orjson.loads(body)["data"]["allGoals"]["edges"]
    given = b64decode(edge["cursor"]).decode()

    def cursor(asked: Company, goal: int) -> str:
        own = given.replace(str(company.tenant_id), str(asked.tenant_id)).replace(edge["node"]["id"], str(asked.goals[goal]))
        return b64encode(own.encode()).decode()

    return cursor
