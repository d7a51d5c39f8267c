"""Mutations of access: give a role, take it back, delegate one's own."""

from datetime import date

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.access.types import RoleAssignment
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, decode_optional_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.completion import row_of
from plumb_tenants.access import service


@strawberry.input(description="角色对象 / Whom a role is for; name exactly one. A unit stands for all below it.")
class RoleTargetInput:
    person_id: strawberry.ID | None = None
    unit_id: strawberry.ID | None = None
    grade: str | None = None
    position: str | None = None

    def opened(self) -> service.RoleTarget:
        """Return the target of the service; a malformed id is answered as an unknown one."""
        return service.RoleTarget(
            person_id=decode_optional_id(self.person_id, "Person", field="target.personId"),
            unit_id=decode_optional_id(self.unit_id, "OrgUnit", field="target.unitId"),
            grade=self.grade,
            position=self.position,
        )


@strawberry.input(description="分配角色 / Give a role from a day on, today unless given, until a day or for ever.")
class AssignRoleInput:
    role: str
    target: RoleTargetInput
    starts_on: date | None = None
    ends_on: date | None = None


@strawberry.input(description="委托角色 / Let a colleague act in a role of one's own until a day.")
class DelegateRoleInput:
    role: str
    person_id: strawberry.ID
    ends_on: date
    starts_on: date | None = None


@strawberry.input(description="收回角色 / Take a role back at once.")
class RevokeAssignmentInput:
    id: strawberry.ID


@strawberry.input(description="结束委托 / End a delegation of one's own at once.")
class RevokeDelegationInput:
    id: strawberry.ID


@strawberry.type
class AccessMutation:
    @mutation(needs=Permission.ROLE_ASSIGN, description="分配角色 / Give a role by person, unit, grade or position.")
    async def assign_role(self, info: Info, input: AssignRoleInput) -> RoleAssignment:
        made = await service.assign_role(
            info.context.caller,
            role=input.role,
            target=input.target.opened(),
            starts_on=input.starts_on,
            ends_on=input.ends_on,
        )
        return row_of(RoleAssignment, made.id)

    @mutation(needs=Permission.ROLE_ASSIGN, description="收回角色 / Take a role back; the last administrator keeps theirs.")
    async def revoke_assignment(self, info: Info, input: RevokeAssignmentInput) -> RoleAssignment:
        assignment_id = decode_id(input.id, "RoleAssignment", field="id")
        await service.revoke_assignment(info.context.caller, assignment_id)
        return row_of(RoleAssignment, assignment_id)

    @mutation(needs=Permission.ROLE_DELEGATE, description="委托角色 / Delegate a role of one's own, until a day.")
    async def delegate_role(self, info: Info, input: DelegateRoleInput) -> RoleAssignment:
        made = await service.delegate_role(
            info.context.caller,
            role=input.role,
            person_id=decode_id(input.person_id, "Person", field="personId"),
            ends_on=input.ends_on,
            starts_on=input.starts_on,
        )
        return row_of(RoleAssignment, made.id)

    @mutation(needs=Permission.ROLE_DELEGATE, description="结束委托 / End what one delegated, before its last day.")
    async def revoke_delegation(self, info: Info, input: RevokeDelegationInput) -> RoleAssignment:
        assignment_id = decode_id(input.id, "RoleAssignment", field="id")
        await service.revoke_delegation(info.context.caller, assignment_id)
        return row_of(RoleAssignment, assignment_id)
