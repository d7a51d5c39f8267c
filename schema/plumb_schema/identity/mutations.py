"""Mutations of identity: in, out, invite, tokens."""

from typing import Annotated
from uuid import UUID

import strawberry

from plumb_platform.errors import InvalidInput, NotFound
from plumb_platform.identity import invitations, members, passwords, service, sessions, tokens
from plumb_platform.permissions import Permission
from plumb_platform.texts import address_as_known
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, decode_optional_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.ground.permission import PUBLIC, SIGNED_IN, field
from plumb_schema.ground.problems import Problems
from plumb_schema.identity.types import (
    ApiToken,
    Invitation,
    InvitationSuccess,
    LoginSuccess,
    LogoutSuccess,
    Member,
    NewApiToken,
    PasswordChanged,
    SessionEnded,
)
from plumb_schema.reads.completion import row_of
from plumb_tenants.people.service import get_person


class InvitationNotTheirs(InvalidInput, tells={"name": "Person.name"}):
    """An employee is invited at their own recorded address: whoever accepts acts and signs as them."""

    code = "INVITATION_NOT_THEIRS"
    zh = "该邮箱不是{name}在员工档案中登记的邮箱，请先更新员工档案。"
    en = "This e-mail is not the one recorded for {name}; correct the record first."


@strawberry.input(description="登录 / Sign in with e-mail and password; `company` is its key when there are several.")
class LoginInput:
    email: str
    password: str
    company: str | None = None


@strawberry.input(description="接受邀请 / Use an invitation.")
class AcceptInvitationInput:
    credential: str
    password: str


@strawberry.input(description="邀请成员 / Invite somebody into the company.")
class InviteMemberInput:
    email: str
    roles: list[str]
    person_id: strawberry.ID | None = None


@strawberry.input(description="创建令牌 / Make an API token with a part of one's own permissions.")
class CreateApiTokenInput:
    name: str
    scopes: list[str]
    days: int = 30


@strawberry.input(description="撤销令牌 / Revoke an API token at once.")
class RevokeApiTokenInput:
    id: strawberry.ID


@strawberry.input(description="停用成员 / End a membership.")
class CloseMembershipInput:
    id: strawberry.ID


@strawberry.input(description="退出 / Sign out; `everywhere` closes all sessions of the account.")
class LogoutInput:
    everywhere: bool = False


@strawberry.input(description="更改密码 / Replace one's own password, after the present one.")
class ChangePasswordInput:
    current_password: str
    new_password: str
    revoke_tokens: bool = False


@strawberry.input(description="结束会话 / End one of one's own sessions.")
class EndSessionInput:
    id: strawberry.ID


@strawberry.input(description="取消邀请 / Take back an invitation that was not used.")
class CancelInvitationInput:
    id: strawberry.ID


LoginResult = Annotated[LoginSuccess | Problems, strawberry.union("LoginResult")]
"""Both ways in answer alike, by one union."""


@strawberry.type
class IdentityMutation:
    @field(needs=PUBLIC, description="登录 / Open a session; the credential is set as a cookie.")
    async def login(self, info: Info, input: LoginInput) -> LoginResult:
        context = info.context
        signed = await service.login(
            input.email,
            input.password,
            company_key=input.company,
            hours=context.ground.session_hours,
            address=context.address,
            agent=context.agent,
            request_id=context.request_id,
        )
        return _signed_in(info, signed)

    @field(needs=PUBLIC, description="接受邀请 / Become a member and open a session.")
    async def accept_invitation(self, info: Info, input: AcceptInvitationInput) -> LoginResult:
        context = info.context
        signed = await invitations.accept(
            input.credential,
            password=input.password,
            hours=context.ground.session_hours,
            address=context.address,
            agent=context.agent,
            request_id=context.request_id,
        )
        return _signed_in(info, signed)

    @mutation(needs=SIGNED_IN, description="退出 / Close the session.")
    async def logout(self, info: Info, input: LogoutInput) -> LogoutSuccess:
        closed = await sessions.logout(info.context.caller, everywhere=input.everywhere)
        info.context.sign_out()
        return LogoutSuccess(closed_sessions=closed)

    @mutation(needs=SIGNED_IN, description="更改密码 / Change one's own password; all other sessions of the account end.")
    async def change_password(self, info: Info, input: ChangePasswordInput) -> PasswordChanged:
        ended = await passwords.change_password(
            info.context.caller,
            current=input.current_password,
            new=input.new_password,
            revoke_tokens=input.revoke_tokens,
        )
        return PasswordChanged(closed_sessions=ended.sessions, revoked_tokens=ended.tokens, tokens_left=ended.tokens_left)

    @mutation(needs=SIGNED_IN, description="结束会话 / End one of one's own sessions at once, from wherever it was opened.")
    async def end_session(self, info: Info, input: EndSessionInput) -> SessionEnded:
        await sessions.end_session(info.context.caller, session_id=decode_id(input.id, "Session", field="id"))
        return SessionEnded(id=input.id)

    @mutation(needs=Permission.MEMBER_INVITE, description="邀请成员 / Invite an e-mail address; good for seven days, once.")
    async def invite_member(self, info: Info, input: InviteMemberInput) -> InvitationSuccess:
        person_id = decode_optional_id(input.person_id, "Person", field="personId")
        if person_id is not None:
            await _check_person(info, person_id, input.email)
        made = await invitations.invite(info.context.caller, email=input.email, roles=input.roles, person_id=person_id)
        row = made.invitation
        return InvitationSuccess(
            credential=made.credential,
            email=row.email,
            roles=row.roles,
            expires_at=row.expires_at,
            invitation=row_of(Invitation, row.id),
        )

    @mutation(needs=Permission.MEMBER_INVITE, description="取消邀请 / Take back an invitation; nobody becomes a member by it.")
    async def cancel_invitation(self, info: Info, input: CancelInvitationInput) -> Invitation:
        invitation_id = decode_id(input.id, "Invitation", field="id")
        await invitations.cancel(info.context.caller, invitation_id=invitation_id)
        return row_of(Invitation, invitation_id)

    @mutation(needs=Permission.MEMBER_CLOSE, description="停用成员 / End a membership at once, with its sessions and tokens.")
    async def close_membership(self, info: Info, input: CloseMembershipInput) -> Member:
        membership_id = decode_id(input.id, "Member", field="id")
        await members.close_membership(info.context.caller, membership_id=membership_id)
        return row_of(Member, membership_id)

    @mutation(needs=Permission.TOKEN_MANAGE, description="创建令牌 / Make an API token; shown this once.")
    async def create_api_token(self, info: Info, input: CreateApiTokenInput) -> NewApiToken:
        made = await tokens.create_token(info.context.caller, name=input.name, scopes=input.scopes, days=input.days)
        return NewApiToken(token=row_of(ApiToken, made.token.id), credential=made.credential)

    @mutation(needs=Permission.TOKEN_MANAGE, description="撤销令牌 / Revoke an API token.")
    async def revoke_api_token(self, info: Info, input: RevokeApiTokenInput) -> ApiToken:
        token_id = decode_id(input.id, "ApiToken", field="id")
        await tokens.revoke_token(info.context.caller, token_id=token_id)
        return row_of(ApiToken, token_id)


async def _check_person(info: Info, person_id: UUID, email: str) -> None:
    try:
        person = await get_person(info.context.caller, person_id)
    except NotFound:
        raise NotFound(field="personId") from None
    if address_as_known(person.email or "") != address_as_known(email):
        raise InvitationNotTheirs(field="email", row=person.id, name=person.name)


def _signed_in(info: Info, signed: service.SignedIn) -> LoginSuccess:
    seconds = int(signed.expires_in.total_seconds())
    token = info.context.sign_in(signed.credential, seconds=seconds)
    return LoginSuccess(csrf_token=token, expires_in_seconds=seconds)
