"""`plumb demo`: servers up, the main job over HTTP, a table of what happened, everything stopped again."""

import asyncio
import os
import socket
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from plumb_platform.settings import Settings
from plumb_server.demo import documents, goal_setting, people
from plumb_server.demo.client import Client
from plumb_server.processes import house
from plumb_server.resources import bring_up_to_date, child_environment, with_servers

COMPANY = "益康医疗器械股份有限公司"
READY_SECONDS = 60
console = Console()


@dataclass
class Facts:
    """What the main job found, for the table and for the test that checks each number."""

    reports: tuple[Any, Any, Any] = ({}, {}, {})
    members: int = 0
    split: goal_setting.Split | None = None
    provinces: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    reconciled: Any = None
    explained: Any = None
    confirmed: int = 0
    letters: list[dict[str, Any]] = field(default_factory=list)
    checked: documents.Checked | None = None
    snapshot: Any = None
    snapshot_valid: bool = False
    seen_by_others: dict[str, int] = field(default_factory=dict)
    foreign_letter: Any = "?"
    seconds: float = 0


def run_demo(settings: Settings) -> int:
    """Run the main job and return the exit code."""
    started = time.monotonic()
    folder = settings.home / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with with_servers(settings.model_copy(update={"public_url": f"http://127.0.0.1:{port}"})) as served:
        console.print(f"数据库迁移 / migrations applied: {len(bring_up_to_date(served))}")
        with house(served, port=port, logs=folder) as site:
            facts = asyncio.run(play(site.settings, folder))
    facts.seconds = time.monotonic() - started
    show(facts)
    return 0


async def play(settings: Settings, folder: Path) -> Facts:
    """Play the whole case against the running processes and return what was seen."""
    facts, base = Facts(), settings.public_url
    await ready(base)
    ours, theirs = (f"{name}-{uuid4().hex[:8]}" for name in ("yikang", "other"))
    for key, name in ((ours, COMPANY), (theirs, "另一家公司")):
        await create_company(settings, key, name)
    async with AsyncExitStack() as stack:
        with progress() as bars:
            admin, other, anybody = [await stack.enter_async_context(Client(base)) for _ in range(3)]
            await admin.login(f"admin@{ours}.example", people.PASSWORD)
            await other.login(f"admin@{theirs}.example", people.PASSWORD)
            team = await gather_people(admin, base, stack, facts, bars)
            await set_goals(admin, team, facts, bars)
            await make_letters(admin, team, facts, bars)
            await check_documents(admin, team, anybody, folder, facts)
            await look_from_outside(other, facts)
    return facts


async def create_company(settings: Settings, key: str, name: str) -> None:
    """Run `plumb company create`, as an operator does."""
    arguments = ["company", "create", key, "--name", name, "--admin-email", f"admin@{key}.example"]
    environment = os.environ | child_environment(settings) | {"PLUMB_ADMIN_PASSWORD": people.PASSWORD}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "plumb_server.cli", *arguments), env=environment, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(output.decode())


async def gather_people(admin: Client, base: str, stack: AsyncExitStack, facts: Facts, bars: Progress) -> people.Team:
    """Import the CSV and sign everybody in."""
    facts.reports = await people.import_people(admin)
    team = await people.read_team(admin)
    bar = bars.add_task("员工接受邀请并登录 / people sign in", total=len(team.members))
    await people.sign_everybody_in(admin, team, base, stack, lambda: bars.advance(bar))
    facts.members = len(team.members)
    return team


async def set_goals(admin: Client, team: people.Team, facts: Facts, bars: Progress) -> None:
    """Split the region's total, then each province's goal, and let each representative confirm."""
    facts.split = await goal_setting.split_region(admin, team)
    body = goal_setting.template("PEOPLE", [{"key": "customers", "name": "负责客户数", "weight": "100"}])
    version = await goal_setting.publish_definition(admin, key="sales-people", name="省区按客户数拆解", body=body)
    bar = bars.add_task("省区目标分到个人 / provinces split", total=len(goal_setting.PROVINCES))
    for code in goal_setting.PROVINCES:
        split = await goal_setting.split_province(admin, team, facts.split, version=version, code=code)
        facts.provinces[team.unit_names[code]] = split
        bars.advance(bar)
    facts.reconciled = await admin.run(goal_setting.RECONCILE, id=facts.split.plan_id)
    facts.explained = await admin.run(goal_setting.EXPLAIN, id=facts.split.goal_ids["广东省区"])
    owners = [person for code in goal_setting.PROVINCES for person in team.representatives(code)]
    bar = bars.add_task("本人确认目标 / owners confirm", total=len(owners))
    facts.confirmed = await documents.confirm_goals(owners, lambda: bars.advance(bar))


async def make_letters(admin: Client, team: people.Team, facts: Facts, bars: Progress) -> None:
    """Issue the letters, let both sides sign, and wait until the workers have sealed them."""
    if facts.split is None:
        raise LookupError("the goals come first")
    template = await goal_setting.publish_definition(
        admin, key="responsibility-letter", name="目标责任书", body=documents.LETTER_BODY
    )
    issued = await admin.run(documents.ISSUE, i={"cycleId": facts.split.cycle_id, "templateVersionId": template})
    if issued["refused"]:
        raise ValueError(f"{issued['refused']} letters were refused: {issued['items']}")
    letters = [edge["node"] for edge in (await admin.run(documents.LETTERS))["edges"]]
    bar = bars.add_task("双方签署 / both sides sign", total=len(letters))
    await documents.sign_letters(team, letters, lambda: bars.advance(bar))
    bar = bars.add_task("签章 PDF / PDFs sealed", total=len(letters))
    facts.letters = await documents.wait_for_seals(admin, len(letters), lambda done: bars.update(bar, completed=done))


async def check_documents(admin: Client, team: people.Team, anybody: Client, folder: Path, facts: Facts) -> None:
    """Download and verify a letter, whole and tampered with, and take and verify a snapshot."""
    first = min(facts.letters, key=lambda letter: letter["number"])
    owner = next(member for member in team.members.values() if member.id == first["employee"]["id"])
    facts.checked = await documents.check_letter(owner.browser, anybody, first, folder)
    facts.snapshot = await admin.run(documents.TAKE_SNAPSHOT)
    facts.snapshot_valid = (await admin.run(documents.VERIFY_SNAPSHOT, id=facts.snapshot["id"]))["valid"]


async def look_from_outside(other: Client, facts: Facts) -> None:
    """Count what another company's admin sees: nothing of ours. A permission matrix of its own every company has."""
    of_kind = {"definitions": ', where: {kind: {eq: "decomposition"}}'}
    for name in ("people", "units", "goals", "plans", "letters", "snapshots", "definitions"):
        found = await other.run(f"{{ {name}(first: 10{of_kind.get(name, '')}) {{ edges {{ node {{ id }} }} }} }}")
        facts.seen_by_others[name] = len(found["edges"])
    facts.foreign_letter = await other.run("query($id: ID!) { letter(id: $id) { id } }", id=facts.letters[0]["id"])


async def ready(base: str) -> None:
    """Wait until the API answers that it can serve."""
    deadline = time.monotonic() + READY_SECONDS
    async with httpx2.AsyncClient(base_url=base, timeout=5) as http:
        while time.monotonic() < deadline:
            try:
                if (await http.get("/readyz")).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise TimeoutError(f"the API was not ready in {READY_SECONDS} s; see api.log in the demo folder")


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def progress() -> Progress:
    """Return the bars for the long parts."""
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console)


def show(facts: Facts) -> None:
    """Print what was done, in the order in which it was done."""
    from plumb_server.demo.summary import summary_rows

    table = Table(title="准绳 · 主流程 / The main job", show_lines=False)
    table.add_column("步骤 / step", no_wrap=True)
    table.add_column("结果 / result", overflow="fold")
    for name, result in summary_rows(facts):
        table.add_row(name, result)
    console.print(table)
    if facts.checked:
        console.print(f"PDF: {facts.checked.path}\nPDF: {facts.checked.tampered_path}")
