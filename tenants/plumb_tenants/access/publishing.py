"""Publishing a matrix: nobody widens what they lack, nobody locks the company out, and the rules are written as rows."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch
from plumb_platform.errors import Refused
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Pair, grants_of
from plumb_platform.permissions.administrators import has_administrator, hold_roles
from plumb_platform.permissions.granting import Pairs, opened
from plumb_platform.permissions.judge import verdict
from plumb_platform.permissions.members import members_with_roles
from plumb_platform.permissions.pairs import exceeding
from plumb_platform.permissions.reading import MATRIX_KEY, MATRIX_KIND, grants_of_own, matrix_in_force, rules_of
from plumb_platform.permissions.rules import Rule
from plumb_tenants.access.fields import refuse_hidden_in
from plumb_tenants.access.words import resources_of
from plumb_tenants.definitions.kinds import Step

PUBLISHED = "PUBLISHED"

_WRITE = """
insert into matrix_rule (tenant_id, id, definition_version_id, ordinal, ptype, role, resource, action, scope, filter, fields,
  effect)
select $1, r.id, $2, r.ordinal, 'p', r.role, r.resource, r.action, r.scope, r.filter, nullif(r.fields, 'null'::jsonb), r.effect
from jsonb_to_recordset($3::jsonb) as r(id uuid, ordinal int, role text, resource text, action text, scope text, filter text,
  fields jsonb, effect text)
"""
_STANDING = f"""
select v.id, v.number, v.effective_from, v.state = 'PUBLISHED' as standing,
  ($2::timestamptz at time zone c.time_zone)::date as today
from definition d join definition_version v on v.tenant_id = d.tenant_id and v.definition_id = d.id
join company c on c.tenant_id = d.tenant_id
where d.kind = '{MATRIX_KIND}' and d.key = '{MATRIX_KEY}' and (v.state = 'PUBLISHED' or v.id = $1) order by v.number desc
"""


class MatrixBeyondOwn(Refused):
    """Whoever maintains the matrix grants no more than they hold (C95)."""

    code = "MATRIX_BEYOND_OWN"
    zh = "角色“{role}”将得到您自己没有的权限 {permission}（{pair_zh}）；只在一段时间内持有的也不算。"
    en = "The role {role} would get {permission} ({pair_en}), which you do not hold yourself, or not for good."


class MatrixTakesBeyondOwn(Refused):
    """What one could not give back, one does not take away."""

    code = "MATRIX_TAKES_BEYOND_OWN"
    zh = "角色“{role}”将失去权限 {permission}（{pair_zh}），您自己没有该权限，无法恢复。"
    en = "The role {role} would lose {permission} ({pair_en}), which you do not hold and could not give back."


class MatrixWithoutAdmin(Refused):
    """A matrix leaves somebody who can change it again."""

    code = "MATRIX_WITHOUT_ADMIN"
    zh = "发布后将没有任何在职成员能够发布权限矩阵和分配角色，请为至少一名成员保留这些权限。"
    en = "Afterwards no active member could publish a matrix and assign roles; leave that to at least one member."


async def refuse_unfit(actor: Actor, step: Step) -> None:
    """Refuse a step that would grant beyond the actor's own or leave nobody to administer the company.

    Of the company's own matrix every day counts on which another one comes into force than would without the step: what is
    published for a later day, and what a later day would have brought.
    """
    if step.key != MATRIX_KEY:
        return
    await hold_roles()
    in_force = await rules_of(await matrix_in_force())
    for before, after in await _replaced(step):
        old = await rules_of(before)
        new = step.body.rules if after == step.version_id else await rules_of(after)
        await _refuse_hidden_filters(actor, old, new)
        await _refuse_beyond_own(actor, old, new)
        await _refuse_denials(actor, old, new)
        if await has_administrator(actor, in_force) and not await has_administrator(actor, new):
            raise MatrixWithoutAdmin(field="roles")


async def _replaced(step: Step) -> list[tuple[UUID | None, UUID | None]]:
    """Return each matrix that would be in force, today or on a day to come, with the one that is instead after the step.

    None stands for the matrix that the product ships.
    """
    rows = await fetch(_STANDING, step.version_id, now())
    days = {row["id"]: row["effective_from"] for row in rows if row["standing"]}
    changed = {each: day for each, day in days.items() if each != step.version_id}
    if step.state == PUBLISHED:
        changed[step.version_id] = step.effective_from
    today = rows[0]["today"]
    # The newest version that has begun is in force; rows come newest first.
    pairs = [
        tuple(next((row["id"] for row in rows if row["id"] in each and each[row["id"]] <= day), None) for each in (days, changed))
        for day in sorted({today, *(day for each in (days, changed) for day in each.values() if day > today)})
    ]
    return [(before, after) for before, after in dict.fromkeys(pairs) if before != after]


async def write_rules(actor: Actor, step: Step) -> None:
    """Write the rules of a matrix that was published; what is archived keeps them."""
    if step.state != PUBLISHED:
        return
    rows = [_row(ordinal, rule) for ordinal, rule in enumerate(step.body.rules)]
    await execute(_WRITE, actor.tenant_id, step.version_id, orjson.dumps(rows).decode())


async def _given_on(actor: Actor) -> list[Pairs]:
    """Return what the actor holds of their own today, and what of it has no end: a matrix gives on for good what is in both."""
    return [(await grants_of_own(actor, through=day)).pairs for day in (None, date.max)]


async def _refuse_beyond_own(actor: Actor, old: Sequence[Rule], new: Sequence[Rule]) -> None:
    """Refuse to give what is not the actor's own, and to take away for good what they do not hold."""
    held, given_on = await grants_of(actor), await _given_on(actor)
    for role in sorted(_changed_roles(old, new)):
        before, after = (verdict(actor.tenant_id, rules, frozenset({role})) for rules in (old, new))
        for permission in sorted({*before, *after}):
            was, becomes = (each.get(permission, ()) for each in (before, after))
            for own in given_on if exceeding(becomes, was) else ():
                if beyond := exceeding(becomes, own.get(permission, ())):
                    raise _beyond(MatrixBeyondOwn, role, permission, beyond, _path(new, role, permission))
            if exceeding(was, becomes) and (beyond := exceeding(was, held.pairs.get(permission, ()))):
                raise _beyond(MatrixTakesBeyondOwn, role, permission, beyond, _path(new, role, permission))


async def _refuse_hidden_filters(actor: Actor, old: Sequence[Rule], new: Sequence[Rule]) -> None:
    """Refuse a filter by a field that the author does not see: whoever gets such rows learns of it what the author lacks."""
    standing = {(rule.role, rule.permission, rule.pair) for rule in old}
    for place, role in enumerate(dict.fromkeys(rule.role for rule in new)):
        for number, rule in enumerate(each for each in new if each.role == role):
            if (role, rule.permission, rule.pair) not in standing:
                field = f"roles[{place}].grants[{number}].filter"
                await refuse_hidden_in(actor, rule.pair, resources_of(rule.resource), field=field)


async def _refuse_denials(actor: Actor, old: Sequence[Rule], new: Sequence[Rule]) -> None:
    """Refuse what roles that deny do to those who hold them beside others; a role by itself shows nothing of it."""
    changed = {rule.role for rule in (*old, *new) if rule.pair.denies} & _changed_roles(old, new)
    if not changed:
        return
    held, given_on = (await grants_of(actor)).pairs, await _given_on(actor)
    for roles in {each.roles for each in await members_with_roles() if each.roles & changed}:
        before, after = (verdict(actor.tenant_id, rules, roles) for rules in (old, new))
        role = min(roles & changed)
        for own in given_on:
            if gained := opened(before, after, own):
                raise _beyond(MatrixBeyondOwn, role, *gained, _path(new, role, gained[0]))
        if lost := opened(after, before, held):
            raise _beyond(MatrixTakesBeyondOwn, role, *lost, _path(new, role, lost[0]))


def _changed_roles(old: Sequence[Rule], new: Sequence[Rule]) -> set[str]:
    """Return the roles that are given or lose a rule; order and ids mean nothing."""
    before, after = ({(rule.role, rule.resource, rule.action, rule.pair) for rule in rules} for rules in (old, new))
    return {role for role, *_ in before ^ after}


def _beyond(kind: type[Refused], role: str, permission: str, pair: Pair, field: str) -> Refused:
    words = {"pair_zh": _said(pair, "字段", "全部", "筛选", "拒绝"), "pair_en": _said(pair, "fields", "all", "filter", "denied")}
    return kind(field=field, role=role, permission=permission, **words)


def _path(rules: Sequence[Rule], role: str, permission: str) -> str:
    """Return the place in the body of a role's first grant of a permission, or of what is left of the role."""
    roles = list(dict.fromkeys(rule.role for rule in rules))
    grants = [rule for rule in rules if rule.role == role]
    place = next((number for number, rule in enumerate(grants) if rule.permission == permission), 0)
    return f"roles[{roles.index(role)}].grants[{place}]" if role in roles else "roles"


def _said(pair: Pair, fields: str, everything: str, filtered: str, denied: str) -> str:
    shown = ", ".join(sorted(pair.fields)) if pair.fields is not None else everything
    said = f"{pair.scope.name}; {fields}: {shown}" + (f"; {filtered}: {pair.filter}" if pair.filter else "")
    return f"{said}; {denied}" if pair.denies else said


def _row(ordinal: int, rule: Rule) -> dict[str, object]:
    return {
        "id": str(uuid7()),
        "ordinal": ordinal,
        "role": rule.role,
        "resource": rule.resource,
        "action": rule.action,
        "scope": rule.pair.scope.name,
        "filter": rule.pair.filter,
        "fields": None if rule.pair.fields is None else sorted(rule.pair.fields),
        "effect": "DENY" if rule.pair.denies else "ALLOW",
    }
