"""Queries of identity."""

import strawberry

from plumb_platform.identity import sessions
from plumb_platform.permissions import grants_of
from plumb_schema.ground.context import Info
from plumb_schema.ground.permission import SIGNED_IN, field
from plumb_schema.identity.types import ApiToken, GrantedPermission, Invitation, Member, Session, Viewer, session_of, viewer_of
from plumb_schema.reads.classes import connection


@strawberry.type
class IdentityQuery:
    @field(needs=SIGNED_IN, description="当前用户 / Who is signed in, with roles and permissions.")
    async def viewer(self, info: Info) -> Viewer:
        held = await grants_of(info.context.caller)
        permissions = [GrantedPermission(permission=name, scope=scope.name) for name, scope in sorted(held.scopes.items())]
        return viewer_of(info.context.caller, permissions, info.context.csrf_token)

    @field(
        needs=SIGNED_IN, description="我的登录会话 / One's own open sessions in all one's companies, newest first; 100 at most."
    )
    async def sessions(self, info: Info) -> list[Session]:
        caller = info.context.caller
        return [session_of(each, current=caller.session_id) for each in await sessions.own_sessions(caller)]

    members = connection(Member, description="成员 / The company's members, oldest first.")
    invitations = connection(Invitation, description="邀请 / Invitations that were sent, newest first.")
    api_tokens = connection(ApiToken, description="API 令牌 / The caller's tokens, newest first.")
