"""Queries of access: roles, explanations, the preview of a matrix."""

import strawberry

from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission
from plumb_schema.access.types import (
    EffectiveMatrix,
    MatrixGap,
    MatrixPreview,
    RoleAssignment,
    ShippedMatrix,
    WhyCan,
    effective_of,
    gap_of,
    preview_of,
    shipped_matrices,
    why_of,
)
from plumb_schema.ground.connections import PAGE_SIZE
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, split_id
from plumb_schema.ground.permission import field
from plumb_schema.reads.classes import connection
from plumb_tenants.access import service


@strawberry.type
class AccessQuery:
    role_assignments = connection(
        RoleAssignment, description="角色分配列表 / Assignments that the caller may read, newest first."
    )

    @field(needs=Permission.ROLE_READ, description="权限解释 / Why somebody may do something, to an object or at all.")
    async def why_can(
        self,
        info: Info,
        subject_id: strawberry.ID,
        permission: str,
        object_id: strawberry.ID | None = None,
    ) -> WhyCan:
        parts = split_id(object_id) if object_id is not None else None
        if object_id is not None and parts is None:
            raise NotFound(field="objectId")
        why = await service.why_can(
            info.context.caller,
            subject=_subject(subject_id),
            permission=permission,
            type_name=parts[0] if parts else None,
            object_id=parts[1] if parts else None,
        )
        return why_of(why)

    @field(needs=Permission.ROLE_READ, description="有效权限 / All that somebody may do today.")
    async def effective_matrix(self, info: Info, subject_id: strawberry.ID) -> EffectiveMatrix:
        return effective_of(await service.effective_matrix(info.context.caller, _subject(subject_id)))

    @field(
        needs=Permission.ROLE_READ,
        description="矩阵预览 / Who would gain and lose which rows under a version of a matrix, member by member.",
    )
    async def preview_matrix(self, info: Info, version_id: strawberry.ID, first: int = PAGE_SIZE, skip: int = 0) -> MatrixPreview:
        preview = await service.preview_matrix(
            info.context.caller,
            decode_id(version_id, "DefinitionVersion", field="versionId"),
            skip=skip,
            limit=first,
        )
        return preview_of(preview)

    @field(
        needs=Permission.ROLE_READ,
        description="矩阵缺口 / Permissions that no role of the matrix in force mentions, as after an upgrade of the product.",
    )
    async def matrix_gaps(self, info: Info) -> list[MatrixGap]:
        return [gap_of(each, info.context.locale) for each in await service.matrix_gaps(info.context.caller)]

    @field(
        needs=Permission.DEFINITION_READ,
        description="随附矩阵 / The matrices that the product ships: the default one, decision maker, executor, administrator.",
    )
    async def shipped_matrices(self) -> list[ShippedMatrix]:
        return shipped_matrices()


def _subject(value: strawberry.ID) -> service.SubjectId:
    """Return whom a question is about: the global id of a person or of a member."""
    parts = split_id(value)
    if parts is None or parts[0] not in ("Person", "Member"):
        raise NotFound(field="subjectId")
    kind, found = parts
    return service.SubjectId(person_id=found) if kind == "Person" else service.SubjectId(membership_id=found)
