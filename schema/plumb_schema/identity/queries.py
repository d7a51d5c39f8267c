"""Queries of identity."""

from collections.abc import Sequence
from uuid import UUID

import strawberry

from plumb_platform.identity.members import list_members
from plumb_platform.identity.models import Membership as MembershipRow
from plumb_platform.identity.tokens import list_tokens
from plumb_platform.permissions import Permission, Scope, grants_of
from plumb_schema.ground.connections import Connection, page
from plumb_schema.ground.context import Info
from plumb_schema.ground.cursors import Key
from plumb_schema.ground.permission import SIGNED_IN, field
from plumb_schema.identity.types import ApiToken, GrantedPermission, Member, Viewer, member_of, token_of, viewer_of


@strawberry.type
class IdentityQuery:
    @field(needs=SIGNED_IN, description="当前用户 / Who is signed in, with roles and permissions.")
    async def viewer(self, info: Info) -> Viewer:
        held = await grants_of(info.context.caller)
        permissions = [
            GrantedPermission(permission=name, scope=scope.name)
            for name, scope in sorted(held.scopes.items())
            if scope is not Scope.NONE
        ]
        return viewer_of(info.context.caller, permissions, info.context.csrf_token)

    @field(needs=Permission.MEMBER_READ, description="成员 / The company's members, oldest first.")
    async def members(self, info: Info, first: int | None = None, after: str | None = None) -> Connection[Member]:
        async def read(behind: tuple[Key, ...] | None, limit: int) -> Sequence[MembershipRow]:
            last = behind[0] if behind and isinstance(behind[0], UUID) else None
            return await list_members(info.context.caller, after=last, limit=limit)

        return await page(
            info.context, read, place="members", key=lambda row: (row.id,), node=member_of, first=first, after=after
        )

    @field(needs=Permission.TOKEN_MANAGE, description="API 令牌 / The caller's tokens, newest first.")
    async def api_tokens(self, info: Info) -> list[ApiToken]:
        return [token_of(row) for row in await list_tokens(info.context.caller)]
