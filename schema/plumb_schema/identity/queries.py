"""Queries of identity."""

import strawberry

from plumb_platform.identity.tokens import list_tokens
from plumb_platform.permissions import Permission, Scope, grants_of
from plumb_schema.ground.context import Info
from plumb_schema.ground.permission import SIGNED_IN, field
from plumb_schema.identity.types import ApiToken, GrantedPermission, Viewer, token_of, viewer_of


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

    @field(needs=Permission.TOKEN_MANAGE, description="API 令牌 / The caller's tokens, newest first.")
    async def api_tokens(self, info: Info) -> list[ApiToken]:
        return [token_of(row) for row in await list_tokens(info.context.caller)]
