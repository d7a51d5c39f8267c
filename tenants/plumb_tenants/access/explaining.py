"""Explaining: which rules decide about an act on an object, and all that somebody may do (A47)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch, fetch_value
from plumb_platform.errors import InvalidInput, NotFound
from plumb_platform.permissions import Grants, Permission, Scope, grants_of
from plumb_platform.permissions.reading import matrix_in_force, rules_of
from plumb_platform.permissions.rules import Rule
from plumb_platform.resources import Resource, known_resources
from plumb_tenants.access.beside import JoinsUsed, joined
from plumb_tenants.access.conditions import conditions_of
from plumb_tenants.access.fields import refuse_hidden_on
from plumb_tenants.access.filters import fields_filtered
from plumb_tenants.access.holders import HeldRole, Subject, actor_of, find_subject, names_of, roles_held
from plumb_tenants.access.scope import Placeholders
from plumb_tenants.access.words import resources_of
from plumb_tenants.people.access import access_person


class PermissionUnknown(InvalidInput):
    """Permissions are words of the product."""

    code = "PERMISSION_UNKNOWN"
    zh = "未知权限“{permission}”。"
    en = "The permission {permission} is unknown."


class ObjectOfOtherKind(InvalidInput):
    """A permission is about objects of its own resource."""

    code = "OBJECT_OF_OTHER_KIND"
    zh = "权限 {permission} 与该类对象（{type_name}）无关。"
    en = "The permission {permission} is not about objects of this kind ({type_name})."


@dataclass(frozen=True, slots=True)
class SubjectId:
    """Whom a question is about: a person or a member, one of the two."""

    person_id: UUID | None = None
    membership_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Ruled:
    """A rule of somebody's roles: whether it meets the object, and whether the answer rests on it."""

    rule: Rule
    meets: bool
    decides: bool


@dataclass(frozen=True, slots=True)
class Why:
    """Whether somebody may do something, by which rules and roles, and the fields that they do not see."""

    allowed: bool
    rules: tuple[Ruled, ...]
    roles: tuple[HeldRole, ...]
    hidden: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EffectiveMatrix:
    """All that somebody may do: their roles with the rules of these, and the grants that follow."""

    roles: tuple[HeldRole, ...]
    rules: tuple[Rule, ...]
    grants: Grants


async def why_can(
    actor: Actor,
    *,
    permission: str,
    subject: SubjectId,
    type_name: str | None = None,
    object_id: UUID | None = None,
) -> Why:
    """Return why somebody may or may not do an act to an object, or at all when none is given.

    Raises NotFound for a person or an object that the asking actor may not read, FieldHidden where a colleague's rule asks a
    field of the object that they do not see: whether it meets would tell.
    """
    asked = _permission(permission)
    found = await access_subject(actor, subject)
    held, grants = await roles_held(found), await grants_of(actor_of(actor, found))
    rules = [rule for rule in await rules_of(await matrix_in_force()) if rule.permission == asked and rule.role in names_of(held)]
    if type_name is None or object_id is None:
        allowed = grants.allows(asked)
        met = [True] * len(rules)
        hidden: tuple[str, ...] = ()
    else:
        resource = _resource(asked, type_name)
        await _refuse_unreadable(actor, resource, object_id)
        if found.membership_id != actor.membership_id:
            for name in sorted({name for rule in rules for name in fields_filtered(rule.pair.filter, resource)}):
                await refuse_hidden_on(actor, resource, object_id, name, field="objectId")
        allowed, met, hidden = await _asked_of_row(grants, asked, resource, object_id, rules)
    return Why(allowed, tuple(_ruled(rules, met, allowed=allowed)), tuple(held), hidden)


async def effective_matrix(actor: Actor, subject: SubjectId) -> EffectiveMatrix:
    """Return all that somebody may do today, with the roles and rules that it comes from."""
    found = await access_subject(actor, subject)
    held = await roles_held(found)
    rules = tuple(rule for rule in await rules_of(await matrix_in_force()) if rule.role in names_of(held))
    return EffectiveMatrix(tuple(held), rules, await grants_of(actor_of(actor, found)))


async def access_subject(actor: Actor, subject: SubjectId) -> Subject:
    """Return whom is asked about: a person within reach, or by a company-wide grant any member; else NotFound."""
    if subject.person_id is not None:
        await access_person(actor, subject.person_id, Permission.ROLE_READ, field="subjectId")
    elif not (await grants_of(actor)).reaches_all(Permission.ROLE_READ):
        raise NotFound(field="subjectId")
    found = await find_subject(membership_id=subject.membership_id, person_id=subject.person_id)
    if found is None:
        raise NotFound(field="subjectId")
    return found


def _permission(word: str) -> Permission:
    try:
        return Permission(word)
    except ValueError:
        raise PermissionUnknown(field="permission", permission=word[:60]) from None


def _resource(permission: Permission, type_name: str) -> Resource:
    if type_name not in known_resources():
        raise NotFound(field="objectId")
    resource = known_resources()[type_name]
    if resource not in resources_of(permission.resource):
        raise ObjectOfOtherKind(field="objectId", permission=permission.value, type_name=type_name)
    return resource


async def _refuse_unreadable(actor: Actor, resource: Resource, object_id: UUID) -> None:
    """Refuse to tell about a row that the asking actor may not read."""
    grants = await grants_of(actor)
    bind, aliases = Placeholders(grants, 2), JoinsUsed("r", resource)
    readable = conditions_of(grants, resource.read, resource, aliases, bind).row
    condition = joined(readable, resource, aliases)
    sql = f"select true from {resource.table} r where {resource.key.format(row='r')} = $1 and {condition}"
    if not await fetch_value(sql, object_id, *bind.values):
        raise NotFound(field="objectId")


async def _asked_of_row(
    grants: Grants, permission: Permission, resource: Resource, object_id: UUID, rules: Sequence[Rule]
) -> tuple[bool, list[bool], tuple[str, ...]]:
    """Ask the database about one row: whether it is reached, which rules meet it, and which fields are hidden on it."""
    bind = Placeholders(grants, 2)
    aliases = {"row": "r"} | {join.alias: f"r_{join.alias}" for join in resource.joins}
    made = conditions_of(grants, permission, resource, aliases, bind)
    met = [made.reach(rule.pair) for rule in rules]
    names = sorted(resource.fields) if permission is resource.read else []
    asked = [made.row, *met, *(made.field(name) for name in names)]
    columns = ", ".join(f"coalesce({sql}, false)" for sql in asked)
    joins = " ".join(join.sql.format_map(aliases) for join in resource.joins)
    sql = f"select array[{columns}] as answers from {resource.table} r {joins} where {resource.key.format(row='r')} = $1"
    answers: list[bool] = (await fetch(sql, object_id, *bind.values))[0]["answers"]
    shown = answers[1 + len(rules) :]
    hidden = {name for name, is_shown in zip(names, shown, strict=True) if not (is_shown and answers[0])}
    return answers[0], answers[1 : 1 + len(rules)], tuple(sorted(hidden))


def _ruled(rules: Sequence[Rule], met: Sequence[bool], *, allowed: bool) -> list[Ruled]:
    """Tell which rules the answer rests on: those that allow it, or else those that deny it."""
    found = []
    for rule, meets in zip(rules, met, strict=True):
        decides = rule.pair.denies is not allowed and (not rule.pair.denies or rule.pair.fields is None)
        found.append(Ruled(rule, meets, meets and decides and rule.pair.scope > Scope.NONE))
    return found
