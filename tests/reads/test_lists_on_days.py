"""Lists by people whose roles come and go with days, places and who lends them, as counted assignment by assignment.

The product asks its own tables for the roles of a moment; here they are walked one by one, and each row decided in Python. Rows
C56, A17, A46.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from plumb_platform.clock import clock_at, today
from plumb_platform.database import Database
from plumb_platform.permissions import Grants, Pair, Scope
from plumb_platform.permissions.pairs import united
from plumb_platform.resources import Resource, resource_named
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_tenants.access.words import scopes_of
from support.goals_made import add_cycle
from support.matrices import Json, grant, matrix, published
from support.naive.comparing import difference
from support.naive.execution import Oracle
from support.naive.lists import listed
from support.naive.matrices import random_pair
from support.naive.random_rows import add_random_rows
from support.naive.world import World
from support.office import membership_of, person_of
from support.soak import times
from support.standing_world import DAYS, ROLES, Somebody, StandingWorld, begins, make_standing_world

COMPANIES, MATRICES, EACH = 4, 2, times(60, 250)
READ = ("Goal", "Person", "OrgUnit", "Cycle")

REFUSED = ("ISBLANK(ownerId)", "gone = 1", "hiredOn < DATE(2021, 1, 1)")
"""Filters that no matrix may be published with."""


class Standing:
    """A company with dated roles, its rows as the oracle knows them, and the matrix in force."""

    def __init__(self, company: StandingWorld, world: World, body: Json) -> None:
        self.company, self.world, self.body = company, world, body
        self.members = [each for each in company.people if each.member]

    def grants(self, who: Somebody, roles: frozenset[str]) -> Grants:
        """Return what the matrix gives to somebody with these roles, line by line."""
        pairs: dict[str, tuple[Pair, ...]] = {}
        for line in (line for role in self.body["roles"] if role["key"] in roles for line in role["grants"]):
            fields = frozenset(line["fields"]) if line.get("fields") is not None else None
            denies = line.get("effect") == "DENY"
            pair = Pair(Scope[line["scope"]], line.get("filter", ""), fields, denies)
            permission = f"{line['resource']}:{line['action']}"
            pairs[permission] = (*pairs.get(permission, ()), pair)
        granted = {name: each for name, each in pairs.items() if not denied_all(each)}
        return Grants(granted, person_of(who.actor), who.unit, membership_of(who.actor), roles, self.world.version)


def denied_all(pairs: Sequence[Pair]) -> bool:
    """Return whether nothing is granted, as by a line that denies all fields of all rows."""
    return any(pair == Pair(Scope.COMPANY, denies=True) for pair in pairs) or all(
        pair.denies or pair.scope is Scope.NONE for pair in pairs
    )


def random_body(source: Random) -> Json:
    """Return the shipped matrix with random grants for what lists read, for employees and the roles of the world."""
    resources = [resource_named(name) for name in READ]
    lines: dict[str, Any] = {
        role: [line for each in resources for line in random_lines(source, each)] for role in ("employee", *ROLES)
    }
    return matrix(**lines)


def random_lines(source: Random, resource: Resource) -> list[Json]:
    """Return lines for reading a resource which lint lets pass."""
    lines = []
    for _ in range(source.choice((0, 1, 1, 2))):
        pair = random_pair(source, [resource])
        if pair.scope not in scopes_of(resource.read, denied=pair.denies) or pair.filter in REFUSED:
            continue
        fields = {"fields": sorted(pair.fields)} if pair.fields is not None else {}
        effect = "DENY" if pair.denies else "ALLOW"
        lines.append(grant(resource.read.value, pair.scope.name, filter=pair.filter, effect=effect, **fields))
    return lines


async def a_company(source: Random) -> StandingWorld:
    """Make a company with dated roles and random rows."""
    standing = await make_standing_world(source)
    await add_cycle(standing.company)
    await add_random_rows(standing.company, source, people=4, goals=40)
    return standing


async def differs(source: Random, standing: Standing, tally: Counter[str]) -> str:
    """Ask one list at a moment as somebody; return how the answer differs from that for the roles counted by hand."""
    who, day, world = source.choice(standing.members), today("Asia/Shanghai") + source.choice(DAYS), standing.world
    moment = source.choice((begins(day), begins(day + timedelta(days=1)) - timedelta(microseconds=1)))
    own, roles = standing.company.own(who, day), standing.company.roles(who, day)
    text, variables = listed(world, source, source.choice(("goals", "goals", "people", "units")))
    grants = standing.grants(who, roles)
    expected = await world.oracle.answer(text, variables, world.context(who.actor, grants), world.facts)
    with clock_at(moment):
        context = Context(ground=world.ground, actor=who.actor, locale="en", request_id="test-request")
        answer = await world.engine.answer(Operation(text, variables), context)
    tally.update(["compared", *(["refused"] if expected.errors else []), *(["hiding"] if expected.hidden else [])])
    tally.update([*(["assigned"] if own > who.actor.roles else []), *(["lent"] if roles > own else [])])
    found = difference(answer, expected)
    if found.startswith("hidden"):
        # Which names an answer gives of fields that no row of it lacked follows from the lines without those that others cover.
        less = replace(grants, pairs={name: united(pairs) for name, pairs in grants.pairs.items()}, scopes={}, shape="")
        found = difference(answer, await world.oracle.answer(text, variables, world.context(who.actor, less), world.facts))
    return f"{moment} {sorted(roles)}\n{text}\n{variables}\n{found}" if found else ""


async def test_lists_on_all_days_are_those_of_the_roles_of_the_day(
    database: Database, ground: Ground, engine: Engine, oracle: Oracle
) -> None:
    tally = Counter[str]()
    for seed in range(COMPANIES):
        source = Random(300 + seed)
        company = await a_company(source)
        for _ in range(MATRICES):
            with clock_at(begins(today("Asia/Shanghai") + DAYS[0])):
                # In force on all the days that are asked about.
                await published(company.company.system, body := random_body(source))
            standing = Standing(company, await World(ground, engine, oracle, company.company.system).load(), body)
            for _ in range(EACH):
                found = await differs(source, standing, tally)
                assert not found, found
    assert tally["compared"] == COMPANIES * MATRICES * EACH
    assert min(tally["refused"], tally["hiding"], tally["assigned"], 2 * tally["lent"]) > tally["compared"] * 0.075, tally
