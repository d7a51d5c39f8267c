"""GraphQL types of identity."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

import strawberry

from plumb_platform.actor import Actor
from plumb_platform.identity.resources import API_TOKEN, INVITATION, MEMBER
from plumb_platform.identity.sessions import OpenSession
from plumb_platform.permissions import Permission
from plumb_schema.ground.ids import Node, encode_id
from plumb_schema.ground.permission import SIGNED_IN, public_type, tenant_type
from plumb_schema.people.types import Person
from plumb_schema.reads.classes import of
from plumb_schema.reads.completion import row_of


@tenant_type(needs=SIGNED_IN, description="权限 / One permission that the caller holds, and how far it reaches.")
class GrantedPermission:
    permission: str
    scope: str


@tenant_type(needs=SIGNED_IN, description="当前用户 / Who is signed in.")
class Viewer:
    membership_id: strawberry.ID | None
    person_id: strawberry.ID | None
    person: Person | None
    roles: list[str]
    permissions: list[GrantedPermission]
    csrf_token: str


@public_type(description="登录结果 / A session was opened; its credential is in the cookie.")
class LoginSuccess:
    csrf_token: str
    expires_in_seconds: int


@public_type(description="已退出 / Sessions were closed.")
class LogoutSuccess:
    closed_sessions: int


@tenant_type(needs=Permission.MEMBER_INVITE, description="邀请 / An invitation; its credential is shown this once.")
class InvitationSuccess:
    credential: str
    email: str
    roles: list[str]
    expires_at: datetime
    invitation: "Invitation"


@of(MEMBER)
class Member(Node):
    pass


@of(INVITATION)
class Invitation(Node):
    pass


@tenant_type(needs=SIGNED_IN, description="登录会话 / A sign-in of one's own account that still holds, in one of its companies.")
class Session:
    id: strawberry.ID
    current: bool
    created_at: datetime
    expires_at: datetime
    address: str
    agent: str
    company_key: str
    company_name: str


@public_type(description="密码已更改 / The password is another one; what ended with the old one, and what did not.")
class PasswordChanged:
    closed_sessions: int
    revoked_tokens: int
    tokens_left: int


@public_type(description="会话已结束 / A session was ended.")
class SessionEnded:
    id: strawberry.ID


@of(API_TOKEN)
class ApiToken(Node):
    pass


@tenant_type(needs=Permission.TOKEN_MANAGE, description="新令牌 / A new token; its credential is shown this once.")
class NewApiToken:
    token: ApiToken
    credential: str


def viewer_of(actor: Actor, permissions: list[GrantedPermission], csrf_token: str) -> Viewer:
    """Return the GraphQL object of the caller."""
    return Viewer(
        membership_id=encode_id("Member", actor.membership_id) if actor.membership_id else None,
        person_id=encode_id("Person", actor.person_id) if actor.person_id else None,
        person=row_of(Person, actor.person_id) if actor.person_id else None,
        roles=sorted(actor.roles),
        permissions=permissions,
        csrf_token=csrf_token,
    )


def session_of(each: OpenSession, *, current: UUID | None) -> Session:
    """Return the GraphQL object of an open session."""
    return Session(**asdict(each) | {"id": encode_id("Session", each.id)}, current=each.id == current)
