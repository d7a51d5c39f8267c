"""The preview of a matrix against counting row by row: who gains and who loses what, before it is published (N9)."""

from copy import deepcopy
from random import Random
from uuid import UUID

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_platform.permissions import Pair, Scope
from plumb_platform.permissions.judge import verdict
from plumb_platform.permissions.reading import matrix_in_force, rules_of
from plumb_tenants.access.body import Matrix
from plumb_tenants.access.service import Preview, preview_matrix
from plumb_tenants.access.shipped import DEFAULT
from plumb_tenants.definitions.service import create_definition, update_draft
from plumb_tenants.goals.resources import GOAL
from support.companies import make_company, member
from support.goal_world import GoalWorld, make_goal_world
from support.matrices import Json, drafted, grant, matrix, more, published
from support.matrix_oracle import Caller, random_pair, row_is_reached
from support.office import membership_of

FILTERS = ('state = "CONFIRMED"', "target > 500", 'NOT(title = "甲") 且 weight + 1 <= 21')
ASKED = ("goal:read", "goal:revise", "goal:confirm", "goal:write")


@pytest.fixture(scope="module")
async def world(database: Database) -> GoalWorld:
    return await make_goal_world(Random(17), units=10, people=6, goals=60)


def random_matrix(source: Random) -> Json:
    """Return the shipped matrix with random grants over goals for employees."""
    body = deepcopy(DEFAULT)
    (employee,) = [role for role in body["roles"] if role["key"] == "employee"]
    employee["grants"] = [each for each in employee["grants"] if each["resource"] != "goal"]
    for _ in range(source.randint(0, 5)):
        permission, pair = source.choice(ASKED), random_pair(source, FILTERS)
        fields = {"fields": sorted(pair.fields)} if pair.fields and permission == "goal:read" else {}
        effect = "DENY" if pair.denies else "ALLOW"
        employee["grants"].append(grant(permission, pair.scope.name, filter=pair.filter, effect=effect, **fields))
    return body


async def previewed(actor: Actor, version_id: UUID, *, skip: int = 0, limit: int = 100) -> Preview:
    async with tenant_transaction(actor):
        return await preview_matrix(actor, version_id, skip=skip, limit=limit)


def counted(world: GoalWorld, before: dict[str, tuple[Pair, ...]], after: dict[str, tuple[Pair, ...]]) -> dict[object, object]:
    """Return gained and lost rows by member and permission, counted one by one."""
    found: dict[object, object] = {}
    for actor, caller in zip(world.people, world.callers, strict=True):
        for permission in ASKED:
            was, becomes = (reached(world, pairs.get(permission, ()), caller) for pairs in (before, after))
            gained, lost = [each for each in becomes if each not in was], [each for each in was if each not in becomes]
            if gained or lost:
                found[actor.membership_id, permission] = (len(gained), len(lost), tuple(gained[:5]), tuple(lost[:5]))
    return found


def reached(world: GoalWorld, pairs: tuple[Pair, ...], caller: Caller) -> list[UUID]:
    return [row.id for row in world.goals if row_is_reached(pairs, caller, row, GOAL)]


async def test_a_preview_says_what_counting_says(world: GoalWorld) -> None:
    company, source, employee = world.company, Random(19), frozenset({"employee"})
    draft, seen = await drafted(company.admin, random_matrix(source)), 0
    for _ in range(40):
        body = random_matrix(source)
        async with tenant_transaction(company.admin):
            draft = await update_draft(company.admin, draft.id, body=body, version=draft.version)
            old = verdict(company.tenant_id, await rules_of(await matrix_in_force()), employee)
        new = verdict(company.tenant_id, Matrix.model_validate(body).rules, employee)
        preview = await previewed(company.admin, draft.id)
        found = {
            (each.member.id, each.permission): (each.gained, each.lost, each.gained_ids, each.lost_ids)
            for each in preview.changes
            if each.type_name == "Goal"
        }
        assert found == counted(world, old, new), body
        assert preview.affected == (len(world.people) if old != new else 0)
        seen += len(found)
    assert seen > 200


async def test_a_preview_comes_in_parts_and_changes_nothing(world: GoalWorld) -> None:
    company = world.company
    async with tenant_transaction(company.admin):
        made = await create_definition(
            company.admin, kind="matrix", key="other", name="另一", body=more("employee", grant("plan:write"))
        )
    whole = await previewed(company.admin, made.id)
    parts = [await previewed(company.admin, made.id, skip=skip, limit=2) for skip in (0, 2, 4)]
    assert [change for part in parts for change in part.changes] == list(whole.changes)
    assert [part.has_more for part in parts] == [True, True, False]
    assert {(each.permission, each.before, each.after, each.type_name) for each in whole.changes} == {
        ("plan:write", Scope.NONE, Scope.COMPANY, None)
    }


async def test_what_is_no_matrix_no_part_or_not_readable_is_refused(world: GoalWorld) -> None:
    company = world.company
    letter = {"title": "目标责任书", "duties": ["完成 {period} 目标"]}
    async with tenant_transaction(company.admin):
        made = await create_definition(company.admin, kind="letter", key="l", name="l", body=letter)
        other = await create_definition(company.admin, kind="matrix", key="m", name="m", body=matrix())
    for actor, version_id, limit, code in (
        (company.admin, made.id, 10, "PREVIEW_NOT_MATRIX"),
        (company.admin, other.id, 0, "PREVIEW_PART_INVALID"),
        (company.admin, other.id, 101, "PREVIEW_PART_INVALID"),
        (world.people[0], other.id, 10, "NOT_FOUND"),
    ):
        with pytest.raises(DomainError) as refused:
            await previewed(actor, version_id, limit=limit)
        assert refused.value.code == code


async def test_rows_that_the_asking_actor_may_not_read_are_not_counted(database: Database) -> None:
    company = await make_company()
    await published(company.admin, matrix(keeper=[grant("role:read"), grant("definition:read")]))
    keeper = await member(company.tenant_id, "keeper")
    draft = await drafted(company.admin, matrix(without=["employee"]))
    preview = await previewed(keeper, draft.id)
    assert {membership_of(keeper)} == {change.member.id for change in preview.changes}
    counted = {change.type_name for change in preview.changes if change.gained or change.lost}
    assert counted == {"Definition", "DefinitionVersion"}
