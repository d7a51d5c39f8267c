"""One company's way through the API over HTTP: founded empty by an operator, then people who post documents."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from plumb_platform.clock import today
from plumb_platform.settings import Settings
from plumb_server.demo.client import PROBLEM, ApiRefused, Client
from plumb_server.demo.people import PASSWORD
from plumb_server.demo.run import create_company

PATIENCE_SECONDS = 180
DRAFT = "DefinitionVersion { id version lint { code } }"
INVITED = "InvitationSuccess { credential }"
PEOPLE = "{ people(first: 100) { edges { node { id number } } } }"
UNITS = "{ units(first: 100) { edges { node { id code } } } }"
MESSAGES = "{ messages(first: 100) { edges { node { kind zh objectId readAt } } } }"


@dataclass
class Person:
    """Somebody at a browser of their own; `calls` is shared by the whole company and lists the fields asked for, in order."""

    client: Client
    calls: list[str]
    id: str = ""

    async def asks(self, field: str, **variables: Any) -> Any:
        """Return the answer of a query; `field` starts with its declared variables, if it has any."""
        self.calls.append(field.partition("{")[2].split("(")[0].split("{")[0].strip())
        return await self.client.run(field, **variables)

    async def lists(self, query: str, **variables: Any) -> list[Any]:
        """Return the nodes of a list."""
        return [edge["node"] for edge in (await self.asks(query, **variables))["edges"]]

    async def does(self, name: str, shown: str, /, **given: Any) -> Any:
        """Make a change and return what is shown of it, as `Type { fields }`; raise ApiRefused for a Problem."""
        self.calls.append(name)
        typed = f"{name[0].upper()}{name[1:]}Input"
        document = f"mutation ($input: {typed}!) {{ {name}(input: $input) {{ __typename ... on {shown} {PROBLEM} }} }}"
        answer = await self.client.run(document, input=given)
        del answer["__typename"]
        return answer

    async def refused(self, name: str, shown: str, /, **given: Any) -> tuple[str, str | None]:
        """Make a change that must be refused, and return code and field of its Problem."""
        try:
            await self.does(name, shown, **given)
        except ApiRefused as refused:
            return refused.code, refused.field
        raise AssertionError(f"{name} took what it must refuse")

    async def publishes(self, key: str, body: dict[str, Any], *, called: str = "", found: Sequence[str] = ()) -> str:
        """Publish a definition by its typed body and return the id of its version; what is found in the draft is as told."""
        draft = await self.does("createDefinition", DRAFT, key=key, name=called or key, body=body)
        assert [finding["code"] for finding in draft.pop("lint")] == list(found)
        done = await self.does("publishVersion", DRAFT, **draft)
        return str(done["id"])

    async def messages(self, kind: str) -> list[str]:
        """Return the texts of one's messages of a kind."""
        return [each["zh"] for each in await self.lists(MESSAGES) if each["kind"] == kind]


@dataclass
class Journey:
    """A company on running servers: its administrator, its people by number, its units by code."""

    base: str
    key: str
    stack: AsyncExitStack
    admin: Person
    calls: list[str] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)

    async def bring(self, csv: Sequence[str], *, managers: Sequence[str] = ()) -> None:
        """Import lines of a people file; whoever has an e-mail is invited, accepts and stays signed in."""
        shown = "ImportReport { written errorCount }"
        report = await self.admin.does("importPeople", shown, csv="\n".join(csv))
        assert report == {"written": True, "errorCount": 0}
        self.units = {each["code"]: each["id"] for each in await self.admin.lists(UNITS)}
        for each in await self.admin.lists(PEOPLE):
            self.people[each["number"]] = Person(Client(self.base), self.calls, each["id"])
        place = csv[0].split(",").index("email")
        emails = {line.split(",")[0]: line.split(",")[place] for line in csv[1:]}
        await asyncio.gather(*(self._enter(n, emails[n], n in managers) for n in self.people if emails.get(n)))

    async def know_the_years(self) -> None:
        """Give the company a calendar of its own for this year and the next, whatever the State Council has said of them."""
        years = [{"year": year() + n, "holidays": [f"{year() + n}-01-01"]} for n in (0, 1)]
        await self.admin.publishes("default", {"calendar": {"official": "NONE", "years": years}})

    async def _enter(self, number: str, email: str, manages: bool) -> None:
        person = self.people[number]
        roles = ["employee", "manager"] if manages else ["employee"]
        invited = await self.admin.does("inviteMember", INVITED, email=email, roles=roles, personId=person.id)
        self.calls.append("acceptInvitation")
        await self.stack.enter_async_context(person.client)
        await person.client.accept(invited["credential"], PASSWORD)

    def __getitem__(self, number: str) -> Person:
        """Return somebody by their number."""
        return self.people[number]


async def founded(settings: Settings, stack: AsyncExitStack, name: str) -> Journey:
    """Found an empty company as an operator does, by the command line, and sign its administrator in."""
    key = f"j-{uuid4().hex[:8]}"
    await create_company(settings, key, name)
    client = await stack.enter_async_context(Client(settings.public_url))
    calls: list[str] = []
    await client.login(f"admin@{key}.example", PASSWORD)
    return Journey(settings.public_url, key, stack, Person(client, calls), calls)


async def until(look: Callable[[], Awaitable[Any]]) -> Any:
    """Look again until relay and worker have brought about what is looked for; return what was found."""
    for _ in range(PATIENCE_SECONDS * 10):
        if found := await look():
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"relay and worker have not done it in {PATIENCE_SECONDS} s")


def year() -> int:
    """Return the year in which the servers are, where the companies are."""
    return today("Asia/Shanghai").year
