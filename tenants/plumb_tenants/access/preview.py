"""Preview: who would gain and who would lose which rows if a matrix were in force, before it is published (N9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import fetch
from plumb_platform.errors import InvalidInput, NotFound
from plumb_platform.permissions import Grants, Pair, Permission, Scope, grants_of
from plumb_platform.permissions.grants import NOBODY
from plumb_platform.permissions.judge import verdict
from plumb_platform.permissions.members import Member, members_with_roles
from plumb_platform.permissions.reading import matrix_in_force, rules_of
from plumb_platform.resources import Resource
from plumb_tenants.access.body import KIND, Matrix
from plumb_tenants.access.conditions import Conditions, conditions_of
from plumb_tenants.access.fields import refuse_hidden_in
from plumb_tenants.access.filters import Bound, Start
from plumb_tenants.access.scope import starts_of
from plumb_tenants.access.words import BY_MAKER, resources_of
from plumb_tenants.definitions.access import access_version
from plumb_tenants.definitions.catalogue import definitions_by_id
from plumb_tenants.definitions.kinds import kind_of
from plumb_tenants.definitions.rules import stored_body

MOST_MEMBERS, FIRST_IDS = 100, 5
Pairs = Mapping[str, tuple[Pair, ...]]


class PreviewNotMatrix(InvalidInput):
    """Only a matrix says who may do what."""

    code = "PREVIEW_NOT_MATRIX"
    zh = "该版本不是权限矩阵。"
    en = "This version is not one of a permission matrix."


class PreviewPartInvalid(InvalidInput):
    """A preview looks at some members at a time."""

    code = "PREVIEW_PART_INVALID"
    zh = "每次预览 1 到 {most} 名成员。"
    en = "A preview looks at 1 to {most} members at a time."


@dataclass(frozen=True, slots=True)
class Change:
    """What changes for one member and one permission; without a type, the permission is about no rows.

    `gained` and `lost` count rows; the ids are the first of each, in their own order.
    """

    member: Member
    permission: str
    before: Scope
    after: Scope
    type_name: str | None = None
    gained: int = 0
    lost: int = 0
    gained_ids: tuple[UUID, ...] = ()
    lost_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """The changes for a part of the members, and how many members' grants would change in all."""

    affected: int
    changes: tuple[Change, ...]
    has_more: bool


async def preview_matrix(actor: Actor, version_id: UUID, *, skip: int = 0, limit: int = MOST_MEMBERS) -> Preview:
    """Return what a version of a matrix, draft or published, would change for members in the order in which they joined.

    Rows are counted as far as the asking actor may read them. Raises NotFound without a company-wide `role:read`, FieldHidden
    where a filter of what changes asks a field that they do not see: the counts would tell it.
    """
    if not (await grants_of(actor)).reaches_all(Permission.ROLE_READ):
        raise NotFound(field="versionId")
    new = (await _body(actor, version_id)).rules
    old = await rules_of(await matrix_in_force())
    members = await members_with_roles()
    verdicts = {
        roles: (verdict(actor.tenant_id, old, roles), verdict(actor.tenant_id, new, roles))
        for roles in {member.roles for member in members}
    }
    affected = [member for member in members if verdicts[member.roles][0] != verdicts[member.roles][1]]
    if not 1 <= limit <= MOST_MEMBERS or skip < 0:
        raise PreviewPartInvalid(field="first", most=MOST_MEMBERS)
    page = affected[skip : skip + limit]
    changes: list[Change] = []
    for roles in sorted({member.roles for member in page}, key=sorted):
        alike = [member for member in page if member.roles == roles]
        changes += await _changes(actor, alike, *verdicts[roles])
    changes.sort(key=lambda change: (change.member.id, change.permission, change.type_name or ""))
    return Preview(len(affected), tuple(changes), skip + limit < len(affected))


async def _body(actor: Actor, version_id: UUID) -> Matrix:
    version = await access_version(actor, version_id, Permission.DEFINITION_READ, field="versionId")
    definition = (await definitions_by_id(actor, [version.definition_id]))[version.definition_id]
    if definition.kind != KIND:
        raise PreviewNotMatrix(field="versionId")
    body = stored_body(kind_of(KIND), version.body)
    assert isinstance(body, Matrix)  # noqa: S101 - the kind's own model
    return body


async def _changes(actor: Actor, members: Sequence[Member], before: Pairs, after: Pairs) -> list[Change]:
    """Return the changes for members of the same roles."""
    found: list[Change] = []
    asking = await grants_of(actor)
    for permission in sorted({*before, *after}):
        old, new = before.get(permission, ()), after.get(permission, ())
        if old == new:
            continue
        widest = (_widest(old), _widest(new))
        # What one makes oneself is no row yet that could be gained or lost.
        resources = () if permission in BY_MAKER else resources_of(Permission(permission).resource)
        if not resources:
            found += [Change(member, permission, *widest) for member in members]
        for pair in (*old, *new):
            await refuse_hidden_in(actor, pair, resources, field="versionId")
        told: set[UUID] = set()
        for resource in resources:
            for row in await _rows(asking, resource, members, old, new):
                member = next(each for each in members if each.id == row["id"])
                told.add(member.id)
                found.append(_change(member, permission, widest, resource.type_name, row))
        # An act that nobody could do to any row yet is gained or lost all the same.
        if resources and widest[0] != widest[1]:
            found += [Change(each, permission, *widest) for each in members if each.id not in told]
    return found


async def _rows(
    asking: Grants, resource: Resource, members: Sequence[Member], old: Sequence[Pair], new: Sequence[Pair]
) -> list[dict[str, Any]]:
    """Count for each member the rows that only the old or only the new pairs reach; one statement for all."""
    values: list[Any] = [
        [m.id for m in members],
        [m.person_id or NOBODY for m in members],
        [m.unit_id or NOBODY for m in members],
    ]
    aliases = {"row": "r"} | {join.alias: f"r_{join.alias}" for join in resource.joins}

    def of_member(bound: Bound) -> str:
        if bound is Start.TODAY:
            return _bound(values, asking.day(now()))
        return f"m.{bound.value}_id" if isinstance(bound, Start) else _bound(values, bound)

    def of_asking(bound: Bound) -> str:
        return _bound(values, starts_of(asking)[bound] if isinstance(bound, Start) else bound)

    was = Conditions(old, resource, aliases, of_member).row
    becomes = Conditions(new, resource, aliases, of_member).row
    readable = conditions_of(asking, resource.read, resource, aliases, of_asking).row
    key, joins = resource.key.format(row="r"), " ".join(join.sql.format_map(aliases) for join in resource.joins)
    return await fetch(
        "select m.membership_id as id, count(*) filter (where x.becomes) as gained, count(*) filter (where x.was) as lost, "
        f"(array_agg(x.id order by x.id) filter (where x.becomes))[1:{FIRST_IDS}] as gained_ids, "
        f"(array_agg(x.id order by x.id) filter (where x.was))[1:{FIRST_IDS}] as lost_ids "
        "from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as m(membership_id, person_id, unit_id) cross join lateral ("
        f"select {key} as id, coalesce({was}, false) as was, coalesce({becomes}, false) as becomes "
        f"from {resource.table} r {joins} where {readable}) x where x.was <> x.becomes group by m.membership_id",
        *values,
    )


def _bound(values: list[Any], value: UUID | date | Decimal | str) -> str:
    values.append(value)
    return f"${len(values)}"


def _change(member: Member, permission: str, widest: tuple[Scope, Scope], type_name: str, row: Mapping[str, Any]) -> Change:
    return Change(
        member,
        permission,
        *widest,
        type_name,
        row["gained"],
        row["lost"],
        tuple(row["gained_ids"] or ()),
        tuple(row["lost_ids"] or ()),
    )


def _widest(pairs: Sequence[Pair]) -> Scope:
    return max((pair.scope for pair in pairs if not pair.denies), default=Scope.NONE)
