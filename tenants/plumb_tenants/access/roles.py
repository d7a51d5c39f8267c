"""Giving roles: by person, grade, unit or position, between two days; delegating one's own; taking them back."""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch
from plumb_platform.errors import Forbidden, InvalidInput, NotFound, Refused
from plumb_platform.identity.members import LastAdmin
from plumb_platform.permissions import Permission, grants_of, require
from plumb_platform.permissions.administrators import administered, hold_roles, is_administered
from plumb_platform.permissions.denials import refuse_denied, refuse_taking
from plumb_platform.permissions.granting import held_by, refuse_outlasting, refuse_unheld
from plumb_platform.permissions.models import RoleAssignment
from plumb_tenants.access.holders import find_subject, roles_held
from plumb_tenants.access.resources import ROLE_ASSIGNMENT
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.definitions.service import company_today
from plumb_tenants.people.access import access_colleague, access_person, access_unit
from plumb_tenants.people.service import refuse_leavers

LONGEST_DELEGATION, LONGEST_WORD = 366, 80
LONGEST = {"grade": 40, "position": LONGEST_WORD}
"""Characters of what an assignment may name, as people have it."""


class RoleTargetInvalid(InvalidInput):
    """An assignment says once whom it is for."""

    code = "ROLE_TARGET_INVALID"
    zh = "请在员工、部门、职级、岗位中指定且仅指定一项。"
    en = "Name exactly one of a person, a unit, a grade or a position."


class RoleWordInvalid(InvalidInput):
    """A grade or a position is a word that people can have."""

    code = "ROLE_WORD_INVALID"
    zh = "请填写 1 至 {longest} 个字。"
    en = "Write 1 to {longest} characters."


class RoleDatesInvalid(InvalidInput):
    """An assignment has a day on which it holds."""

    code = "ROLE_DATES_INVALID"
    zh = "角色的起止日期无效：{starts_on} 至 {ends_on}；今天是 {today}，结束日不得早于开始日和今天。"
    en = "The days of the role are not valid: {starts_on} to {ends_on}; today is {today}, and it ends on neither day before."


class DelegationTooLong(InvalidInput):
    """What is delegated comes back."""

    code = "DELEGATION_TOO_LONG"
    zh = "委托最长 {longest} 天。"
    en = "A delegation lasts {longest} days at most."


class RoleNotHeld(Refused):
    """Only a role of one's own is delegated, and none that was delegated to oneself."""

    code = "ROLE_NOT_HELD"
    zh = "您没有角色“{role}”，或该角色是他人委托给您的，不能委托。"
    en = "You do not hold the role {role}, or it was delegated to you; it is not yours to delegate."


class DelegateIsSelf(InvalidInput):
    """Somebody else acts while one is away."""

    code = "DELEGATE_IS_SELF"
    zh = "不能委托给自己。"
    en = "A role is delegated to somebody else."


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleTarget:
    """Whom an assignment is for; exactly one is given, and a unit stands for all below it."""

    person_id: UUID | None = None
    unit_id: UUID | None = None
    grade: str | None = None
    position: str | None = None


async def assign_role(
    actor: Actor, *, role: str, target: RoleTarget, starts_on: date | None = None, ends_on: date | None = None
) -> RoleAssignment:
    """Give a role of the company's matrix from a day on, today unless given, until a day or for ever.

    Raises RoleNotGrantable for a role that holds or denies more than the actor holds, RoleOutlastsOwn where they hold it for a
    shorter time, NotFound for whom the actor does not reach, LastAdmin where what it denies would leave nobody to administer.
    """
    await require(actor, Permission.ROLE_ASSIGN)
    await _check_target(actor, target)
    first = await _checked_days(actor, starts_on, ends_on)
    await hold_roles()
    await refuse_unheld(actor, role, field="role")
    await refuse_outlasting(actor, role, through=ends_on, field="endsOn")
    held = await held_by(actor, takes=True)
    made = await _write(actor, "role.assign", role=role, target=target, starts_on=first, ends_on=ends_on)
    await refuse_denied(held, role, made.id, field="role")
    # Asked with the roles held: a matrix that was published in between is among them.
    if not await is_administered(actor, await administered(actor, by_denials=True, without_assignment=made.id)):
        raise LastAdmin(field="role")
    return made


async def delegate_role(
    actor: Actor, *, role: str, person_id: UUID, ends_on: date, starts_on: date | None = None
) -> RoleAssignment:
    """Let a colleague act in a role of one's own until a day (A17).

    Raises RoleNotHeld for any other role, DelegationTakes for one that would deny them what they may do themselves.
    """
    await require(actor, Permission.ROLE_DELEGATE)
    subject = await find_subject(membership_id=actor.membership_id) if actor.person_id else None
    roles = await roles_held(subject) if subject else []
    if role not in {each.role for each in roles if each.delegated_by is None}:
        raise RoleNotHeld(field="role", role=role[:LONGEST_WORD])
    if person_id == actor.person_id:
        raise DelegateIsSelf(field="personId")
    await access_colleague(actor, person_id, field="personId")
    first = await _checked_days(actor, starts_on, ends_on)
    if ends_on - first > timedelta(days=LONGEST_DELEGATION):
        raise DelegationTooLong(field="endsOn", longest=LONGEST_DELEGATION)
    await hold_roles()
    await refuse_unheld(actor, role, field="role")
    target = RoleTarget(person_id=person_id)
    held = await held_by(actor)
    made = await _write(
        actor, "role.delegate", role=role, target=target, starts_on=first, ends_on=ends_on, delegated_by=actor.person_id
    )
    await refuse_taking(held, role, made.id, field="role")
    return made


async def revoke_assignment(actor: Actor, assignment_id: UUID) -> RoleAssignment:
    """Take a role back from the next request on; raises RoleNotGrantable, and LastAdmin when nobody else administers."""
    condition, values = await sql_scope(actor, Permission.ROLE_ASSIGN, ROLE_ASSIGNMENT, alias="a", first=2)
    return await _revoke(actor, f"select a.id from role_assignment a where a.id = $1 and {condition}", assignment_id, *values)


async def revoke_delegation(actor: Actor, assignment_id: UUID) -> RoleAssignment:
    """End what the actor delegated, before its last day."""
    await require(actor, Permission.ROLE_DELEGATE)
    sql = "select a.id from role_assignment a where a.id = $1 and a.delegated_by = $2"
    return await _revoke(actor, sql, assignment_id, actor.person_id, own=True)


async def _check_target(actor: Actor, target: RoleTarget) -> None:
    given = {name: value for name, value in asdict(target).items() if value is not None}
    if len(given) != 1:
        raise RoleTargetInvalid(field="target")
    for name, longest in LONGEST.items():
        if name in given and not (given[name].strip() and len(given[name]) <= longest and "\x00" not in given[name]):
            raise RoleWordInvalid(field=f"target.{name}", longest=longest)
    if target.person_id is not None:
        await access_person(actor, target.person_id, Permission.ROLE_ASSIGN, field="target.personId")
    elif target.unit_id is not None:
        await access_unit(actor, target.unit_id, Permission.ROLE_ASSIGN, field="target.unitId")
    elif not (await grants_of(actor)).reaches_all(Permission.ROLE_ASSIGN):
        raise Forbidden(permission=Permission.ROLE_ASSIGN.value)


async def _checked_days(actor: Actor, starts_on: date | None, ends_on: date | None) -> date:
    today = await company_today(actor)
    first = starts_on or today
    if ends_on is not None and (ends_on < first or ends_on < today):
        raise RoleDatesInvalid(field="endsOn", starts_on=first, ends_on=ends_on, today=today)
    return first


async def _write(
    actor: Actor,
    action: str,
    *,
    role: str,
    target: RoleTarget,
    starts_on: date,
    ends_on: date | None,
    delegated_by: UUID | None = None,
) -> RoleAssignment:
    made = await RoleAssignment.create(
        role=role,
        **asdict(target),
        starts_on=starts_on,
        ends_on=ends_on,
        delegated_by=delegated_by,
        assigned_by=actor.membership_id,
    )
    await refuse_leavers([target.person_id], field="personId" if delegated_by else "target.personId")
    whom = {name: str(value) for name, value in asdict(target).items() if value is not None}
    days = {"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat() if ends_on else None}
    await record(actor, action, "role_assignment", made.id, after={"role": role, **whom, **days})
    return made


async def _revoke(actor: Actor, reached: str, *values: object, own: bool = False) -> RoleAssignment:
    await hold_roles()
    rows = await fetch(reached, *values)
    if not rows:
        raise NotFound(field="id")
    found = await RoleAssignment.get(id=rows[0]["id"])
    if found.revoked_at is not None:
        return found
    if not own:
        await refuse_unheld(actor, found.role, field="id", takes=True)
        await refuse_denied(await held_by(actor), found.role, found.id, field="id")
    if not await is_administered(actor, await administered(actor), without_assignment=found.id):
        raise LastAdmin(field="id")
    found.revoked_at = now()
    await found.save(update_fields=["revoked_at"])
    await record(actor, "role.revoke", "role_assignment", found.id, before={"role": found.role})
    return found
