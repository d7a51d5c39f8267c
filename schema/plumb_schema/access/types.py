"""GraphQL types of access."""

from datetime import date
from uuid import UUID

import strawberry

import plumb_schema.people.types  # noqa: F401 - its relations lead there
from plumb_platform.errors import Locale
from plumb_platform.permissions import Permission
from plumb_platform.permissions.rules import Rule
from plumb_schema.definitions.bodies import shown
from plumb_schema.definitions.types import OUTPUTS, DefinitionBody
from plumb_schema.ground.ids import Node, encode_id
from plumb_schema.ground.permission import tenant_type
from plumb_schema.identity.types import GrantedPermission
from plumb_schema.reads.classes import of
from plumb_tenants.access import service
from plumb_tenants.access.body import KIND, Matrix
from plumb_tenants.access.resources import ROLE_ASSIGNMENT

strawberry.enum(service.Origin, name="RoleOrigin", description="角色来源 / How somebody got a role.")


@of(ROLE_ASSIGNMENT)
class RoleAssignment(Node):
    pass


@tenant_type(needs=Permission.ROLE_READ, description="已有角色 / A role in force, and how its holder got it.")
class HeldRole:
    role: str
    origin: service.Origin
    assignment_id: strawberry.ID | None
    delegated_by_id: strawberry.ID | None = strawberry.field(description="委托人 / The person whom its holder acts for.")
    ends_on: date | None


@tenant_type(needs=Permission.ROLE_READ, description="规则 / One line of the matrix in force.")
class AccessRule:
    id: strawberry.ID | None = strawberry.field(
        description="规则编号；系统默认规则为空 / Null for a line that the product ships."
    )
    role: str
    permission: str
    scope: str
    filter: str
    fields: list[str] | None = strawberry.field(description="可见字段；空为全部 / The fields that it names; null for all.")
    denies: bool


@tenant_type(needs=Permission.ROLE_READ, description="角色与范围 / A role and the rows that it reaches.")
class RoleScope:
    role: str
    scope: str


@tenant_type(needs=Permission.ROLE_READ, description="规则判定 / A rule, whether it meets the object, and whether it decides.")
class RuledBy:
    rule: AccessRule
    meets: bool
    decides: bool


@tenant_type(needs=Permission.ROLE_READ, description="权限解释 / Whether somebody may do something, and why.")
class WhyCan:
    allowed: bool
    rules: list[RuledBy]
    roles: list[HeldRole]
    hidden_fields: list[str] = strawberry.field(description="不可见字段 / Fields of the object that they do not see.")


@tenant_type(needs=Permission.ROLE_READ, description="有效权限 / All that somebody may do today, and where it comes from.")
class EffectiveMatrix:
    roles: list[HeldRole]
    rules: list[AccessRule]
    permissions: list[GrantedPermission]


@tenant_type(
    needs=Permission.ROLE_READ,
    description="变化 / What changes for one member and one permission; `typeName` is null for acts that concern no rows.",
)
class MatrixChange:
    member_id: strawberry.ID
    person_id: strawberry.ID | None
    permission: str
    scope_before: str
    scope_after: str
    type_name: str | None
    gained: int
    lost: int
    gained_ids: list[strawberry.ID] = strawberry.field(description="新增对象 / The first of those gained.")
    lost_ids: list[strawberry.ID] = strawberry.field(description="失去对象 / The first of those lost.")


@tenant_type(needs=Permission.ROLE_READ, description="矩阵预览 / Who gains and who loses which rows, before publishing.")
class MatrixPreview:
    affected_members: int = strawberry.field(description="受影响成员数 / How many members' grants change in all.")
    changes: list[MatrixChange]
    has_more: bool = strawberry.field(description="是否还有 / Whether more members come behind these; go on with `skip`.")


@tenant_type(needs=Permission.DEFINITION_READ, description="随附矩阵 / A matrix that the product ships, to start a draft from.")
class ShippedMatrix:
    key: str
    body: DefinitionBody


def shipped_matrices() -> list[ShippedMatrix]:
    """Return the GraphQL objects of all shipped matrices."""
    bodies = {key: Matrix.model_validate(body) for key, body in service.SHIPPED.items()}
    return [ShippedMatrix(key=key, body=shown(body, OUTPUTS[KIND])) for key, body in bodies.items()]


@tenant_type(needs=Permission.ROLE_READ, description="矩阵缺口 / A permission that no role mentions, so that nobody has it.")
class MatrixGap:
    permission: str
    shipped: list[RoleScope] = strawberry.field(description="随附矩阵的授权 / What the shipped matrix grants.")
    message: str = strawberry.field(description="说明与建议 / What to do, in the caller's language.")


def gap_of(gap: service.Gap, locale: Locale) -> MatrixGap:
    """Return the GraphQL object of a gap."""
    shipped = [RoleScope(role=role, scope=scope.name) for role, scope in gap.shipped]
    return MatrixGap(permission=gap.permission.value, shipped=shipped, message=gap.problem.text(locale))


def why_of(why: service.Why) -> WhyCan:
    """Return the GraphQL object of an explanation."""
    rules = [RuledBy(rule=rule_of(each.rule), meets=each.meets, decides=each.decides) for each in why.rules]
    return WhyCan(allowed=why.allowed, rules=rules, roles=[held_of(each) for each in why.roles], hidden_fields=list(why.hidden))


def effective_of(found: service.EffectiveMatrix) -> EffectiveMatrix:
    """Return the GraphQL object of all that somebody may do."""
    scopes = sorted(found.grants.scopes.items())
    return EffectiveMatrix(
        roles=[held_of(each) for each in found.roles],
        rules=[rule_of(rule) for rule in found.rules],
        permissions=[GrantedPermission(permission=name, scope=scope.name) for name, scope in scopes],
    )


def preview_of(preview: service.Preview) -> MatrixPreview:
    """Return the GraphQL object of a preview."""
    return MatrixPreview(
        affected_members=preview.affected,
        changes=[_change_of(change) for change in preview.changes],
        has_more=preview.has_more,
    )


def _change_of(change: service.Change) -> MatrixChange:
    kind = change.type_name or ""
    return MatrixChange(
        member_id=encode_id("Member", change.member.id),
        person_id=_id("Person", change.member.person_id),
        permission=change.permission,
        scope_before=change.before.name,
        scope_after=change.after.name,
        type_name=change.type_name,
        gained=change.gained,
        lost=change.lost,
        gained_ids=[encode_id(kind, each) for each in change.gained_ids],
        lost_ids=[encode_id(kind, each) for each in change.lost_ids],
    )


def rule_of(rule: Rule) -> AccessRule:
    """Return the GraphQL object of a rule."""
    pair = rule.pair
    return AccessRule(
        id=_id("AccessRule", rule.id),
        role=rule.role,
        permission=rule.permission,
        scope=pair.scope.name,
        filter=pair.filter,
        fields=sorted(pair.fields) if pair.fields is not None else None,
        denies=pair.denies,
    )


def held_of(held: service.HeldRole) -> HeldRole:
    """Return the GraphQL object of a role in force."""
    return HeldRole(
        role=held.role,
        origin=held.origin,
        assignment_id=_id("RoleAssignment", held.assignment_id),
        delegated_by_id=_id("Person", held.delegated_by),
        ends_on=held.ends_on,
    )


def _id(type_name: str, value: UUID | None) -> strawberry.ID | None:
    return encode_id(type_name, value) if value else None
