"""A company whose letters are issued by a run and signed over HTTP, by an API that is a process of its own."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx2
import orjson

from plumb_platform.actor import Actor
from plumb_platform.database import fetch, tenant_transaction
from plumb_platform.settings import Settings
from plumb_schema.ground.ids import decode_id, encode_id
from plumb_server.cookies import SessionCookies
from support.filled_company import new_session
from support.letters_made import Office
from support.patience import until_told
from support.serving import Caller, browser

START = """mutation ($input: StartLetterRunInput!) { startLetterRun(input: $input) {
  ... on LetterRun { id } ... on Problem { code } } }"""
SIGN = "mutation ($input: SignLetterInput!) { signLetter(input: $input) { ... on Letter { version } ... on Problem { code } } }"
FOLLOW = "subscription ($id: ID!) { letterRun(id: $id) { state issued refused waiting } }"
OPEN = "select id, employee_id from letter where state = 'ISSUED'"
AT_ONCE = 4


@dataclass
class Staff:
    """Who signs, each with a session of their own; `outages` counts the requests that were told an outage."""

    office: Office
    settings: Settings
    address: str
    people: dict[UUID | None, Actor]
    seconds: float
    outages: int = 0
    callers: dict[UUID | None, Caller] = field(default_factory=dict)

    async def open_sessions(self) -> None:
        """Sign everybody in."""
        cookies = SessionCookies(self.settings)
        for actor in (self.office.company.hr, self.office.manager, *self.people.values()):
            credential = await new_session(actor)
            client = browser(self.address, cookie=f"{cookies.name}={credential}")
            self.callers[actor.membership_id] = Caller(client, csrf=cookies.csrf_of(credential))

    async def close(self) -> None:
        """Close the connections of all."""
        for each in self.callers.values():
            await each.http.aclose()

    async def start(self) -> UUID:
        """Start a run of letters for all; return its id."""
        given = {"cycleId": encode_id("Cycle", self.office.cycle)}
        given["templateVersionId"] = encode_id("DefinitionVersion", self.office.template)
        return decode_id((await self._told(self.office.company.hr, START, "run", given))["id"], "LetterRun", field="id")

    async def sign(self, count: int) -> None:
        """Sign `count` letters as they are issued, employee first, some at once."""
        signing: dict[UUID, asyncio.Task[None]] = {}
        places = asyncio.Semaphore(AT_ONCE)

        async def look() -> None:
            async with tenant_transaction(self.office.company.system):
                found = await fetch(OPEN)
            for row in found:
                if row["id"] not in signing:
                    signing[row["id"]] = asyncio.create_task(self._both(places, row["id"], row["employee_id"]))

        while len(signing) < count:
            await until_told(look, self.seconds)
            await asyncio.sleep(0.2)
        await asyncio.gather(*signing.values())

    async def follow(self, run_id: UUID) -> dict[str, Any]:
        """Follow the run by server-sent events until it is over, anew whenever the stream breaks; return its last state."""
        caller, last = self.callers[self.office.company.hr.membership_id], {"state": ""}
        headers = {"accept": "text/event-stream", "x-plumb-csrf": caller.csrf}
        body = {"query": FOLLOW, "variables": {"id": encode_id("LetterRun", run_id)}}
        async with asyncio.timeout(self.seconds):
            while last["state"] != "DONE":
                try:
                    async with caller.http.stream("POST", "/graphql", json=body, headers=headers) as response:
                        async for line in response.aiter_lines():
                            data = orjson.loads(line[5:]) if line.startswith("data:") and len(line) > 7 else {}
                            last = (data.get("data") or {}).get("letterRun") or last
                except httpx2.TransportError:
                    self.outages += 1
                await asyncio.sleep(0.2)
        return last

    async def _both(self, places: asyncio.Semaphore, letter_id: UUID, owner: UUID) -> None:
        async with places:
            for actor, version in ((self.people[owner], 1), (self.office.manager, 2)):
                given = {"letterId": encode_id("Letter", letter_id), "version": version}
                found = await self._told(actor, SIGN, f"{letter_id}:{version}", given)
                assert found == {"version": version + 1}, found

    async def _told(self, actor: Actor, change: str, key: str, given: dict[str, Any]) -> Any:
        """Ask under one idempotency key until an answer is told that is no outage."""
        async with asyncio.timeout(self.seconds):
            while True:
                try:
                    response = await self.callers[actor.membership_id].post(change, {"idempotency-key": key}, input=given)
                except httpx2.TransportError:
                    self.outages += 1
                else:
                    if response.status_code != 503:
                        (found,) = response.json()["data"].values()
                        return found
                    self.outages += 1
                await asyncio.sleep(0.2)
