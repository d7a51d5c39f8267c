"""Why, all that somebody may do, and what a matrix would change: as counted by hand, under random matrices and delegations.

Rows A17, A46, A47, N9.
"""

from copy import deepcopy
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.database import Database, execute, fetch, tenant_transaction
from plumb_platform.permissions import Pair, Permission, grants_of
from plumb_platform.permissions.judge import verdict
from plumb_platform.permissions.reading import matrix_in_force, rules_of
from plumb_platform.permissions.rules import Rule
from plumb_tenants.access.body import Matrix
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.access.service import (
    RoleTarget,
    SubjectId,
    Why,
    assign_role,
    effective_matrix,
    preview_matrix,
    why_can,
)
from plumb_tenants.access.shipped import DEFAULT
from plumb_tenants.definitions.service import publish_version
from plumb_tenants.goals.resources import GOAL
from support.goal_world import GoalWorld, make_goal_world
from support.matrices import Json, drafted, grant, published
from support.matrix_oracle import FIELDS, Caller, Facts, field_shows, random_pair, reaches, row_is_reached
from support.office import membership_of, person_of

FILTERS = ('state = "CONFIRMED"', "target > 500", 'NOT(title = "甲") 且 weight + 1 <= 21')
ASKED = ("goal:read", "goal:revise", "goal:confirm", "goal:exclude")
ROUNDS, QUESTIONS = 10, 40
DELEGATED = """insert into role_assignment (tenant_id, id, created_at, role, person_id, starts_on, ends_on, delegated_by)
values ($1, gen_random_uuid(), now(), $2, $3, $4::date - 30, $4, $5)"""
ROLES = ("employee", "lead", "helper")


@pytest.fixture(scope="module")
async def world(database: Database) -> GoalWorld:
    return await make_goal_world(Random(23), units=10, people=6, goals=50)


def random_matrix(source: Random) -> Json:
    """Return the shipped matrix with random grants over goals for employees and two roles more."""
    body = deepcopy(DEFAULT)
    (employee,) = [role for role in body["roles"] if role["key"] == "employee"]
    employee["grants"] = [each for each in employee["grants"] if each["resource"] != "goal"]
    made = [{"key": key, "name": key, "grants": []} for key in ROLES[1:]]
    for role in (employee, *made):
        for _ in range(source.randint(1, 4)):
            permission, pair = source.choice(ASKED), random_pair(source, FILTERS)
            fields = {"fields": sorted(pair.fields)} if pair.fields and permission == "goal:read" else {}
            effect = "DENY" if pair.denies else "ALLOW"
            role["grants"].append(grant(permission, pair.scope.name, filter=pair.filter, effect=effect, **fields))
    return body | {"roles": [*body["roles"], *made]}


async def give_roles(world: GoalWorld, source: Random) -> dict[UUID, frozenset[str]]:
    """Give the two roles anew, some by delegation, and take one giver's away; return who holds what today, counted by hand."""
    given = [(actor, role) for actor in world.people for role in ROLES[1:] if source.random() < 0.4]
    async with tenant_transaction(world.company.system):
        await execute("update role_assignment set revoked_at = now() where revoked_at is null")
    system = world.company.system
    for actor, role in given:
        async with tenant_transaction(system):
            await assign_role(system, role=role, target=RoleTarget(person_id=person_of(actor)))
    lent = [(source.choice([each for each in world.people if each is not giver]), role, giver) for giver, role in given]
    for to, role, giver in lent:
        last = today("Asia/Shanghai") + timedelta(days=source.randint(0, 9))
        async with tenant_transaction(system):
            # Whether one may delegate what a denial limits is not asked here.
            await execute(DELEGATED, system.tenant_id, role, person_of(to), last, person_of(giver))
    loser = source.choice(world.people)
    async with tenant_transaction(world.company.system):
        sql = "update role_assignment set revoked_at = now() where person_id = $1 and delegated_by is null and revoked_at is null"
        await execute(sql, person_of(loser))
    own = {(actor, role) for actor, role in given if actor is not loser}
    held = own | {(to, role) for to, role, giver in lent if (giver, role) in own}
    return {person_of(each): frozenset({"employee", *(role for actor, role in held if actor is each)}) for each in world.people}


def rules_for(rules: tuple[Rule, ...], roles: frozenset[str], permission: str) -> list[Rule]:
    return [rule for rule in rules if rule.permission == permission and rule.role in roles]


def expected(rules: list[Rule], pairs: tuple[Pair, ...], caller: Caller, row: Facts) -> tuple[bool, list[tuple[bool, bool]]]:
    """Return whether a row is reached, and for each rule whether it meets the row and whether the answer rests on it."""
    allowed = row_is_reached(pairs, caller, row, GOAL)
    met = [rule.pair.scope.name != "NONE" and reaches(rule.pair, caller, row, GOAL) for rule in rules]
    rests = [not rule.pair.denies if allowed else rule.pair.denies and rule.pair.fields is None for rule in rules]
    return allowed, [(meets, meets and decides) for meets, decides in zip(met, rests, strict=True)]


async def why(world: GoalWorld, person: UUID, permission: str, goal: UUID) -> Why:
    admin = world.company.admin
    async with tenant_transaction(admin):
        subject = SubjectId(person_id=person)
        return await why_can(admin, permission=permission, subject=subject, type_name="Goal", object_id=goal)


async def test_why_is_as_counted_rule_by_rule_and_field_by_field(world: GoalWorld) -> None:
    source, company, tally = Random(29), world.company, dict.fromkeys(("allowed", "refused", "hidden", "delegated"), 0)
    for _ in range(ROUNDS):
        await published(company.system, random_matrix(source))
        roles = await give_roles(world, source)
        async with tenant_transaction(company.system):
            rules = await rules_of(await matrix_in_force())
        for _ in range(QUESTIONS):
            place, row, permission = source.randrange(len(world.people)), source.choice(world.goals), source.choice(ASKED)
            person, caller = person_of(world.people[place]), world.callers[place]
            pairs = verdict(company.tenant_id, rules, roles[person]).get(permission, ())
            found = await why(world, person, permission, row.id)
            asked = rules_for(rules, roles[person], permission)
            allowed, told = expected(asked, pairs, caller, row)
            assert found.allowed is allowed
            assert {each.role for each in found.roles} == roles[person]
            by_id = {each.rule.id: (each.meets, each.decides) for each in found.rules}
            assert by_id == {rule.id: each for rule, each in zip(asked, told, strict=True)}
            hidden = {each for each in FIELDS if not (allowed and field_shows(pairs, each, caller, row, GOAL))}
            assert set(found.hidden) & set(FIELDS) == (hidden if permission == "goal:read" else set())
            tally["allowed" if allowed else "refused"] += 1
            tally["hidden"] += bool(allowed and hidden)
            tally["delegated"] += any(each.delegated_by for each in found.roles)
    assert min(tally.values()) > 5, tally


async def test_the_whole_matrix_and_every_row_reached_are_as_counted(world: GoalWorld) -> None:
    source, company, admin = Random(31), world.company, world.company.admin
    for _ in range(ROUNDS // 2):
        await published(company.system, random_matrix(source))
        roles = await give_roles(world, source)
        for actor, caller in zip(world.people, world.callers, strict=True):
            held = roles[person_of(actor)]
            async with tenant_transaction(admin):
                whole = await effective_matrix(admin, SubjectId(person_id=person_of(actor)))
                rules = await rules_of(await matrix_in_force())
            pairs = verdict(company.tenant_id, rules, held)
            assert {each.role for each in whole.roles} == held
            assert list(whole.rules) == [rule for rule in rules if rule.role in held]
            assert dict(whole.grants.pairs) == dict(pairs)
            for name in ASKED:
                counted = {row.id for row in world.goals if row_is_reached(pairs.get(name, ()), caller, row, GOAL)}
                assert await reached(actor, name) == counted


async def reached(actor: Actor, permission: str) -> set[UUID]:
    """Return the goals that a permission reaches for somebody who acts themselves."""
    async with tenant_transaction(actor):
        if not (await grants_of(actor)).allows(Permission(permission)):
            return set()
        condition, values = await sql_scope(actor, Permission(permission), GOAL, alias="g", first=1)
        return {row["id"] for row in await fetch(f"select g.id from goal g where {condition}", *values)}


async def test_a_preview_counts_what_each_holds_today_by_whatever_way(world: GoalWorld) -> None:
    source, company = Random(37), world.company
    seen = 0
    for _ in range(ROUNDS // 2):
        await published(company.system, random_matrix(source))
        roles = await give_roles(world, source)
        body = random_matrix(source)
        draft = await drafted(company.system, body)
        async with tenant_transaction(company.admin):
            preview = await preview_matrix(company.admin, draft.id)
            old = await rules_of(await matrix_in_force())
        new, counted = Matrix.model_validate(body).rules, dict[Any, tuple[int, int]]()
        for actor, caller in zip(world.people, world.callers, strict=True):
            was, becomes = (verdict(company.tenant_id, rules, roles[person_of(actor)]) for rules in (old, new))
            for name in ASKED:
                before, after = (rows_of(world, each.get(name, ()), caller) for each in (was, becomes))
                if before != after:
                    counted[membership_of(actor), name] = (len(after - before), len(before - after))
        told = {(e.member.id, e.permission): (e.gained, e.lost) for e in preview.changes if e.type_name == "Goal"}
        assert told == counted
        seen += len(counted)
        async with tenant_transaction(company.system):
            await publish_version(company.system, draft.id, version=draft.version)
    assert seen > 30


def rows_of(world: GoalWorld, pairs: tuple[Pair, ...], caller: Caller) -> set[UUID]:
    return {row.id for row in world.goals if row_is_reached(pairs, caller, row, GOAL)}
