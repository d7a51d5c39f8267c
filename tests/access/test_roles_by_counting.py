"""Who has which role on which day, and what follows, against counting assignments one by one and casbin's enforce (P4).

Rows C56, A17: roles by membership, person, grade, position and unit, between days and for ever, delegated by who has them then.
"""

import ast
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from casbin.util import expression

from plumb_platform.clock import clock_at, today
from plumb_platform.database import Database, tenant_transaction
from plumb_platform.permissions import Grants, Pair, grants_of
from plumb_platform.permissions.judge import Judge
from plumb_platform.permissions.members import assigned_roles_of, members_with_roles
from plumb_platform.permissions.reading import grants_of_own
from plumb_tenants.access.body import Matrix
from plumb_tenants.access.holders import find_subject, names_of, people_with_role, roles_held
from plumb_tenants.goals.resources import GOAL
from support.matrices import Json, grant, matrix, published
from support.matrix_oracle import FIELDS, Caller, Facts, field_shows, random_pair, reaches, row_is_reached
from support.office import membership_of, person_of
from support.standing_world import AROUND, DAYS, ROLES, Somebody, StandingWorld, begins, make_standing_world

ASKED = ("goal:read", "goal:revise", "goal:exclude")
FILTERS = ('state = "CONFIRMED"', "weight > 50", 'NOT(title = "甲")')
DECISIONS = 10_000


def moments() -> Iterator[tuple[date, datetime]]:
    """Yield each day with its first instant and its last."""
    for offset in DAYS:
        day = today("Asia/Shanghai") + offset
        yield day, begins(day)
        yield day, begins(day + timedelta(days=1)) - timedelta(microseconds=1)


def acting(world: StandingWorld) -> list[Somebody]:
    return [each for each in world.people if each.member]


@pytest.mark.parametrize("seed", range(3))
async def test_every_way_to_ask_for_roles_says_what_counting_says(database: Database, seed: int) -> None:
    world = await make_standing_world(Random(seed))
    lent = changes = 0
    last: dict[UUID, frozenset[str]] = {}
    # Days come in their order, so that what a process has kept from one must end with it.
    for day, moment in moments():
        with clock_at(moment):
            expected = {membership_of(each.actor): world.roles(each, day) for each in acting(world)}
            own = {membership_of(each.actor): world.own(each, day) for each in acting(world)}
            assert await found_by_all(world, day) == expected
            for each in acting(world):
                async with tenant_transaction(each.actor):
                    assert (await grants_of(each.actor)).roles == expected[membership_of(each.actor)], day
                    assert (await grants_of_own(each.actor)).roles == own[membership_of(each.actor)], day
        lent += sum(expected[each] != own[each] for each in expected)
        changes += sum(last.get(each, roles) != roles for each, roles in expected.items())
        last = expected
    assert min(lent, changes) > 3


async def found_by_all(world: StandingWorld, day: date) -> dict[UUID, frozenset[str]]:
    """Return the roles of every member with a person, once all that lists them agrees."""
    async with tenant_transaction(world.company.admin):
        members = {each.id: each.roles for each in await members_with_roles() if each.person_id is not None}
        with_role = {role: set(await people_with_role(role)) for role in ROLES}
        for each in acting(world):
            subject = await find_subject(person_id=each.actor.person_id)
            assert subject is not None
            found = members[membership_of(each.actor)]
            assert names_of(await roles_held(subject)) == found
            assigned = set(await assigned_roles_of(each.actor.person_id))
            assert assigned | each.actor.roles == world.own(each, day)
            listed = {role for role in ROLES if person_of(each.actor) in with_role[role]}
            assert listed == (found & set(ROLES) if each.here else set())
    return members


def random_body(source: Random) -> Json:
    """Return the shipped matrix with random grants over goals for the roles of the world."""
    lines: dict[str, Any] = {role: [random_line(source) for _ in range(source.randint(1, 5))] for role in ROLES}
    return matrix(**lines)


def random_line(source: Random) -> Json:
    permission, pair = source.choice(ASKED), random_pair(source, FILTERS)
    fields = {"fields": sorted(pair.fields)} if pair.fields and permission == "goal:read" else {}
    return grant(permission, pair.scope.name, filter=pair.filter, effect="DENY" if pair.denies else "ALLOW", **fields)


def random_rows(source: Random, world: StandingWorld, count: int) -> list[Facts]:
    people, rows = [person_of(each.actor) for each in world.people], []
    for number in range(count):
        unit, owners = source.choice(list(world.above)), frozenset(source.sample(people, source.randint(0, 1)))
        values = {"state": source.choice(["CONFIRMED", "PROPOSED"]), "title": source.choice(["甲", "乙"])}
        rows.append(Facts(UUID(int=number), owners, unit, world.above[unit], values))
    return rows


async def test_what_roles_of_a_day_grant_is_what_casbin_decides_for_them(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Casbin reads the text of its one matcher anew for each decision: here it is read once.
    monkeypatch.setattr(expression, "ast", SimpleNamespace(parse=cache(ast.parse)))
    source, decided, allowed = Random(7), 0, 0
    while decided < DECISIONS:
        world, body = await make_standing_world(source), random_body(source)
        await published(world.company.admin, body)
        rules, rows = Matrix.model_validate(body).rules, random_rows(source, world, 5)

        @cache
        def judge(roles: frozenset[str], world: StandingWorld = world, rules: Sequence[object] = rules) -> Judge:
            return Judge(world.company.tenant_id, rules, roles)  # type: ignore[arg-type]

        for offset in DAYS[AROUND + 1 :: 3]:
            day = today("Asia/Shanghai") + offset
            for each in acting(world):
                with clock_at(begins(day)):
                    async with tenant_transaction(each.actor):
                        grants = await grants_of(each.actor)
                assert grants.unit_id == each.unit
                asked, yes = decisions(source, judge(world.roles(each, day)), grants, rows)
                decided, allowed = decided + asked, allowed + yes
    assert decided / 20 < allowed < decided * 19 / 20


def decisions(source: Random, judge: Judge, grants: Grants, rows: Sequence[Facts]) -> tuple[int, int]:
    """Compare all that is asked of some rows; return how much was asked, and how much allowed."""
    caller, asked, yes = Caller(grants.person_id, grants.unit_id), 0, 0
    for permission in ASKED:
        pairs = grants.pairs.get(permission, ())
        for row in rows:

            def met(pair: Pair, row: Facts = row) -> bool:
                return reaches(pair, caller, row, GOAL)

            for field in ("", source.choice(FIELDS) if permission == "goal:read" else ""):
                expected = judge.allows(permission, met, field)
                found = field_shows(pairs, field, caller, row, GOAL) if field else row_is_reached(pairs, caller, row, GOAL)
                assert found is expected, (grants.roles, permission, field, pairs)
                asked, yes = asked + 1, yes + expected
    return asked, yes
