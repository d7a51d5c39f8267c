"""One company's run of 10,000 letters by a real API, relay and two workers, while another company's letters go on.

    PYTHONPATH=tests python -m benchmarks.letter_run [--letters 10000] [--single 20] [--annexes]

People, goals and both signatures are written by SQL, because twenty thousand people who sign one after another are not
what is measured; everything else is the product: the run is started, followed by a subscription, paused and resumed
over HTTP, its pieces and seals are jobs, and its archive is downloaded in the end. A third company's run is paused,
and cancelled while paused: what it had issued stays, nothing more comes. Meanwhile somebody of another
company issues, signs and waits for one letter at a time (A59: sealed within 10 s). With --annexes each letter gets its
battle map too, as a signed letter does. No figure here is asserted by a test.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import httpx2
import orjson
from pydantic import SecretStr

from benchmarks.letter_run.processor import Seconds, told, used
from benchmarks.letter_run.statements import ASKED, BOARD, FOLLOW, GOALS, PEOPLE, SIGNED, START, TURN
from plumb_platform.actor import Actor
from plumb_platform.database import Database, execute, fetch_value, tenant_transaction
from plumb_platform.database.migrate import migrate
from plumb_platform.documents.key_vault import vault_of
from plumb_platform.embedded import embedded_servers
from plumb_platform.identity.tokens import create_token
from plumb_platform.settings import Settings
from plumb_schema.ground.ids import encode_id
from plumb_server.demo.run import free_port
from plumb_tenants.company.service import add_signing_key
from plumb_tenants.tables import MIGRATIONS, MODELS
from support.background import Background
from support.companies import add_person
from support.goals_made import add_goals
from support.letters_made import Office, issued, make_office, sign
from support.process_memory import megabytes

WORKERS, STARTED_WITHIN, SEALED_WITHIN = 2, 300, 3600
STEP, CANCELLED = 1000, 200
"""People are written, and letters signed, so many at a time; the run that is cancelled has so many letters."""


async def main() -> None:
    """Run it on servers of its own, in a folder that is removed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=10_000)
    parser.add_argument("--single", type=int, default=20)
    parser.add_argument("--annexes", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="plumb-") as folder, embedded_servers(Path(folder), durable=False) as servers:
        settings = Settings(
            home=Path(folder), database_url=servers.database_url, redis_url=servers.redis_url, secret_key=SecretStr("k" * 40)
        )
        await migrate(settings, models=MODELS, migrations=MIGRATIONS)
        background = Background(Path(folder), settings)
        async with Database(settings, models=MODELS):
            try:
                await Bench(options, settings, background).run()
            finally:
                background.stop()


class Bench:
    """The two companies and what is measured of them."""

    def __init__(self, options: argparse.Namespace, settings: Settings, background: Background) -> None:
        self.options, self.settings, self.background = options, settings, background
        self.port = free_port()
        self.memory: list[float] = []
        self.whole: list[float] = []
        self.api_memory: list[float] = []
        self.waits: list[float] = []
        self.done = asyncio.Event()

    async def run(self) -> None:
        """Set up, measure, print."""
        office, neighbour = await self._office("华南医疗器械有限公司"), await self._office("乙方医疗器械有限公司")
        owners = [
            await add_person(neighbour.company, f"S{n}", f"邻居{n}", unit=neighbour.unit, manager=neighbour.manager)
            for n in range(self.options.single + WORKERS)
        ]
        goals = await add_goals(neighbour.company, neighbour.cycle, [(neighbour.unit, each) for each in owners])
        await self._people(office, self.options.letters)
        self.background.start("valkey")
        names = ["relay", *(f"worker{n}" for n in range(1, WORKERS + 1))]
        for name in names:
            self.background.start(name)
        self._start_api()
        async with await self._client(office) as http:
            await self._answers(http)
            watching = asyncio.create_task(self._watch_memory())
            owed = list(zip(owners, goals, strict=True))
            # A worker's first letter starts its processes; that is not what a single letter waits for later.
            await asyncio.gather(*(self._single_letter(neighbour, *each) for each in owed[:WORKERS]))
            single = asyncio.create_task(self._single_letters(neighbour, owed[WORKERS:]))
            await self._cancel()
            await self._issue(http, office)
            await self._seal(http, office)
            self.done.set()
            await asyncio.gather(watching, single)
            await self._archive(http)
        self._print()

    async def _office(self, name: str) -> Office:
        office = await make_office(name)
        async with tenant_transaction(office.company.system):
            await add_signing_key(office.company.system, company_name=name, vault=vault_of(self.settings))
        return office

    async def _people(self, office: Office, letters: int) -> None:
        async with tenant_transaction(office.company.system):
            await execute(PEOPLE, office.company.tenant_id, office.unit, office.manager.person_id, 1, letters - 1)
            await execute(GOALS, office.company.tenant_id, office.cycle, office.unit)

    async def _client(self, office: Office) -> httpx2.AsyncClient:
        """Return a client of the API with a token of the office's HR."""
        hr = office.company.hr
        async with tenant_transaction(hr):
            scopes = ["letter:issue", "letter:read", "letter:download", "goal:read", "definition:read", "cycle:read"]
            made = await create_token(hr, name="bench", scopes=scopes, days=1)
        headers = {"authorization": f"Bearer {made.credential}", "accept-language": "en"}
        return httpx2.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=120)

    def _start_api(self) -> None:
        command = [sys.executable, "-m", "plumb_server.cli", "api", "--port", str(self.port)]
        with (self.background.folder / "api.log").open("ab") as log:
            environment = self.background._environment()  # noqa: SLF001 - the same servers as the others
            self.background.processes["api"] = subprocess.Popen(  # noqa: S603 - our own program
                command, env=environment, stdout=log, stderr=log
            )

    async def _answers(self, http: httpx2.AsyncClient) -> None:
        async with asyncio.timeout(STARTED_WITHIN):
            while True:
                try:
                    await http.get("/healthz")
                    return
                except httpx2.TransportError:
                    await asyncio.sleep(0.1)

    async def _ask(self, http: httpx2.AsyncClient, query: str, **variables: Any) -> Any:
        body = (await http.post("/graphql", json={"query": query, "variables": variables})).json()
        (found,) = body["data"].values()
        if "errors" in body or "code" in found:
            raise SystemExit(f"refused: {body}")
        return found

    def _used(self) -> Seconds:
        postmaster = next(self.settings.home.rglob("postmaster.pid"))
        roots = {name: process.pid for name, process in self.background.processes.items()}
        return used(roots, int(postmaster.read_text().split()[0]))

    async def _issue(self, http: httpx2.AsyncClient, office: Office) -> None:
        began, before = time.perf_counter(), self._used()
        cycle, template = encode_id("Cycle", office.cycle), encode_id("DefinitionVersion", office.template)
        run = await self._ask(http, START, cycle=cycle, template=template)
        print(f"run of {run['total']:,} letters accepted in {time.perf_counter() - began:.2f} s", flush=True)
        events, paused, shown = 0, False, run
        body = {"query": FOLLOW, "variables": {"id": run["id"]}}
        async with http.stream("POST", "/graphql", json=body, headers={"accept": "text/event-stream"}) as response:
            async for line in response.aiter_lines():
                if not line.startswith("data: "):
                    continue
                events += 1
                shown = orjson.loads(line.removeprefix("data: "))["data"]["letterRun"]
                if not paused and shown["issued"] >= run["total"] // 3:
                    paused = True
                    await self._pause(http, run["id"])
                if shown["state"] == "DONE":
                    break
        issuing = time.perf_counter() - began
        print(
            f"issued {shown['issued']:,}, refused {shown['refused']:,} in {issuing:.0f} s: {run['total'] / issuing:.0f}/s",
            flush=True,
        )
        print(told(before, self._used(), run["total"]), flush=True)
        print(f"  {events} events of one subscription", flush=True)

    async def _cancel(self) -> None:
        """Start a run of a third company, pause it after its first piece, cancel it, and look whether anything comes after."""
        office = await self._office("丙方医疗器械有限公司")
        await self._people(office, CANCELLED)
        async with await self._client(office) as http:
            cycle, template = encode_id("Cycle", office.cycle), encode_id("DefinitionVersion", office.template)
            run = await self._ask(http, START, cycle=cycle, template=template)
            while not run["issued"]:
                await asyncio.sleep(0.2)
                run = await self._ask(http, ASKED, id=run["id"])
            run = await self._ask(http, TURN % "pauseLetterRun", run=run["id"], version=run["version"])
            began = time.perf_counter()
            run = await self._ask(http, TURN % "cancelLetterRun", run=run["id"], version=run["version"])
            took = time.perf_counter() - began
            await asyncio.sleep(2)
            rested = await self._ask(http, ASKED, id=run["id"])
        print(
            f"run of {run['total']:,} paused, cancelled at {run['issued']:,} in {took:.2f} s; two seconds later "
            f"{rested['state']}, {rested['issued']:,} issued, {rested['waiting']:,} waiting",
            flush=True,
        )

    async def _pause(self, http: httpx2.AsyncClient, run_id: str) -> None:
        run = await self._ask(http, ASKED, id=run_id)
        run = await self._ask(http, TURN % "pauseLetterRun", run=run_id, version=run["version"])
        await asyncio.sleep(1)
        rested = await self._ask(http, ASKED, id=run_id)
        await self._ask(http, TURN % "resumeLetterRun", run=run_id, version=rested["version"])
        print(f"paused at {run['issued']:,}, {rested['issued']:,} a second later, resumed", flush=True)

    async def _seal(self, http: httpx2.AsyncClient, office: Office) -> None:
        began = time.perf_counter()
        for _ in range(0, self.options.letters, STEP):
            async with tenant_transaction(office.company.system):
                await execute(SIGNED, office.manager.membership_id, self.options.annexes, STEP)
        print(f"signed by SQL in {time.perf_counter() - began:.1f} s", flush=True)
        before = self._used()
        count, boards = 0, []
        async with asyncio.timeout(SEALED_WITHIN):
            while count < self.options.letters:
                await asyncio.sleep(1)
                async with tenant_transaction(office.company.system):
                    count = await fetch_value("select count(*) from letter where state = 'SEALED'")
                asked = time.perf_counter()
                await self._ask(http, BOARD)
                boards.append((time.perf_counter() - asked) * 1000)
                if len(boards) % 30 == 0:
                    print(f"  {count:,} sealed after {time.perf_counter() - began:.0f} s", flush=True)
        took = time.perf_counter() - began
        print(f"sealed {count:,} in {took:.0f} s: {count / took:.1f} letters/s; board {max(boards):.0f} ms at most", flush=True)
        print(told(before, self._used(), count), flush=True)

    async def _single_letters(self, office: Office, owed: list[tuple[Actor, Any]]) -> None:
        for owner, goal in owed:
            if self.done.is_set():
                return
            self.waits.append(await self._single_letter(office, owner, goal))
            await asyncio.sleep(max(1.0, self.options.letters / 400))

    async def _single_letter(self, office: Office, owner: Actor, goal: Any) -> float:
        letter = await issued(office.company.hr, goal, office.template)
        await sign(owner, letter.id, 1)
        began = time.perf_counter()
        await sign(office.manager, letter.id, 2)
        while True:
            async with tenant_transaction(office.company.system):
                if await fetch_value("select state from letter where id = $1", letter.id) == "SEALED":
                    return time.perf_counter() - began
            await asyncio.sleep(0.02)

    async def _watch_memory(self) -> None:
        while not self.done.is_set():
            workers = [megabytes(self.background.processes[f"worker{n}"].pid) for n in range(1, WORKERS + 1)]
            self.memory.append(max(max(sizes) for sizes in workers))
            self.whole.append(max(sum(sizes) for sizes in workers))
            self.api_memory.append(sum(megabytes(self.background.processes["api"].pid)))
            await asyncio.sleep(2)

    async def _archive(self, http: httpx2.AsyncClient) -> None:
        run_id = (await self._ask(http, "{ letterRuns(first: 1) { edges { node { id } } } }"))["edges"][0]["node"]["id"]
        path, began = self.background.folder / "letters.zip", time.perf_counter()
        api = self.background.processes["api"].pid
        before = after = sum(megabytes(api))
        parts = 0
        with path.open("wb") as file:
            async with http.stream("GET", f"/letter-runs/{run_id}/zip") as response:
                async for part in response.aiter_bytes():
                    file.write(part)
                    parts += 1
                    after = max(after, sum(megabytes(api))) if parts % 200 == 0 else after
        took, size = time.perf_counter() - began, path.stat().st_size
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
        after = max(after, sum(megabytes(api)))
        print(
            f"zip of {len(names):,} entries, {size / 1e6:.0f} MB in {took:.1f} s; API {before:.0f} -> {after:.0f} MB", flush=True
        )

    def _print(self) -> None:
        for name, sizes in {"largest process of a worker": self.memory, "a worker with its children": self.whole}.items():
            settled = sizes[len(sizes) // 4 :]
            print(f"{name}: {settled[0]:.0f} MB at a quarter, {max(settled):.0f} at most, {settled[-1]:.0f} at the end")
        print(f"API: {self.api_memory[0]:.0f} MB at the start, {max(self.api_memory):.0f} at most")
        waits, median = sorted(self.waits), statistics.median(self.waits)
        print(f"another company's single letter, {len(waits)} times: {waits[-1]:.2f} s at most, {median:.2f} s median")


if __name__ == "__main__":
    asyncio.run(main())
