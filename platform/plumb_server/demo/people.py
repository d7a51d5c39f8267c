"""The people of the demo: the CSV imported, everybody invited and signed in at a browser of their own."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from plumb_server.demo.client import PROBLEM, Client

PASSWORD = "准绳演示密码-2027"
MANAGERS = ("大区经理", "省区经理", "总经理")
AT_ONCE = 4


@dataclass
class Member:
    """An employee with a browser."""

    id: str
    number: str
    name: str
    email: str
    position: str
    unit: str
    manager_number: str | None
    client: Client | None = None

    @property
    def browser(self) -> Client:
        """Return the signed-in browser."""
        if self.client is None:
            raise LookupError(f"{self.name} has not signed in")
        return self.client


@dataclass
class Team:
    """The units and people of the company, by their own codes and numbers."""

    units: dict[str, str] = field(default_factory=dict)
    unit_names: dict[str, str] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)

    def representatives(self, unit: str) -> list[Member]:
        """Return the sales representatives of a unit in the order of their numbers."""
        found = [m for m in self.members.values() if m.unit == unit and m.position == "销售代表"]
        return sorted(found, key=lambda member: member.number)

    def manager_of(self, member: Member) -> Member:
        """Return the direct manager."""
        return self.members[member.manager_number or ""]


def people_csv() -> str:
    """Return the CSV that lies beside this module."""
    return files("plumb_server.demo").joinpath("people.csv").read_text(encoding="utf-8")


async def import_people(client: Client) -> tuple[Any, Any, Any]:
    """Import the CSV as a dry run, for real, and once more; return the three reports."""
    csv = people_csv()
    return (
        await client.run(IMPORT, i={"csv": csv, "dryRun": True}),
        await client.run(IMPORT, i={"csv": csv}),
        await client.run(IMPORT, i={"csv": csv}),
    )


async def read_team(client: Client) -> Team:
    """Return the company's units and people as the API answers them."""
    team = Team()
    for edge in (await client.run(UNITS))["edges"]:
        team.units[edge["node"]["code"]] = edge["node"]["id"]
        team.unit_names[edge["node"]["code"]] = edge["node"]["name"]
    for edge in (await client.run(PEOPLE))["edges"]:
        node = edge["node"]
        manager = node["manager"]["number"] if node["manager"] else None
        team.members[node["number"]] = Member(
            node["id"], node["number"], node["name"], node["email"], node["position"], node["unit"]["code"], manager
        )
    return team


async def sign_everybody_in(hr: Client, team: Team, base_url: str, stack: AsyncExitStack, step: Callable[[], None]) -> None:
    """Invite each employee; each accepts with a password of their own and stays signed in."""
    places = asyncio.Semaphore(AT_ONCE)

    async def enter(member: Member) -> None:
        roles = ["employee", "manager"] if member.position in MANAGERS else ["employee"]
        async with places:
            invitation = await hr.run(INVITE, i={"email": member.email, "roles": roles, "personId": member.id})
            member.client = await stack.enter_async_context(Client(base_url))
            await member.client.accept(invitation["credential"], PASSWORD)
        step()

    await asyncio.gather(*(enter(member) for member in team.members.values()))


IMPORT = (
    "mutation($i: ImportPeopleInput!) { importPeople(input: $i) { __typename ...on ImportReport "
    "{ written rows created updated unchanged unitsCreated errorCount warnings { code row message } } " + PROBLEM + " } }"
)
UNITS = "{ units(first: 100) { edges { node { id code name } } } }"
PEOPLE = "{ people(first: 100) { edges { node { id number name email position unit { code } manager { number } } } } }"
INVITE = (
    "mutation($i: InviteMemberInput!) { inviteMember(input: $i) { __typename ...on InvitationSuccess { credential } "
    + PROBLEM
    + " } }"
)
