"""Granting: nobody gives a role, or widens one, beyond what they hold themselves (C95)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import fetch
from plumb_platform.errors import Refused
from plumb_platform.permissions.assignments import MEETS, TODAY
from plumb_platform.permissions.grants import SYSTEM
from plumb_platform.permissions.judge import verdict
from plumb_platform.permissions.members import members_with_roles
from plumb_platform.permissions.pairs import Pair, exceeding
from plumb_platform.permissions.reading import grants_of, grants_of_own, rules_to_come
from plumb_platform.permissions.rules import Rule

_TO_COME = "a.revoked_at is null and (a.ends_on is null or a.ends_on >= d.today) and a.delegated_by is null"
_ASSIGNED = f"select distinct a.role, a.ends_on from role_assignment a cross join {TODAY} where {_TO_COME} order by 1, 2"
_HOLDING = f"""select p.id, a.role, a.ends_on from person p cross join {TODAY} join role_assignment a on {MEETS}
join unnest($2::text[], $3::date[]) as b (role, ends_on) on b.role = a.role and b.ends_on is not distinct from a.ends_on
where p.active and {_TO_COME}"""
Pairs = Mapping[str, tuple[Pair, ...]]


class RoleNotGrantable(Refused):
    """Nobody grants what they lack, nor takes it from others, as by ending their membership (C95)."""

    code = "ROLE_NOT_GRANTABLE"
    zh = (
        "您不能授予或收回角色“{role}”，也不能停用持有它的人："
        "该角色不存在，或包含您自己没有、或仅受他人委托而有的权限（{permission}）。请由拥有该权限的人处理。"
    )
    en = (
        "You can neither grant nor take back the role {role}, nor deactivate who holds it: it does not exist, or it holds what "
        "you lack or were only delegated ({permission}). Ask somebody who holds that."
    )


class RoleOutlastsOwn(Refused):
    """Who holds something for a time gives it for no longer (C95)."""

    code = "ROLE_OUTLASTS_OWN"
    zh = (
        "您只在一段时间内持有角色“{role}”所含的权限（{permission}），授予他人的期限不能更长；"
        "请提前结束日，或请长期持有该权限的人处理。"
    )
    en = (
        "You hold what the role {role} grants ({permission}) for a time only, and give it for no longer: let it end earlier, or "
        "ask somebody who holds that for good."
    )


@dataclass(frozen=True, slots=True)
class Held:
    """What an actor holds under one matrix: that of today, or one that a day to come brings into force."""

    tenant_id: UUID
    rules: Sequence[Rule]
    pairs: Pairs

    def granted(self, roles: frozenset[str]) -> Pairs:
        """Return what a set of roles grants under the matrix."""
        return verdict(self.tenant_id, self.rules, roles)

    def denying(self, roles: frozenset[str]) -> frozenset[str]:
        """Return those of some roles that deny anything."""
        return frozenset(rule.role for rule in self.rules if rule.pair.denies and rule.role in roles)

    def lacks(self, role: str) -> str | None:
        """Return a permission that the role holds beyond the actor."""
        granted = verdict(self.tenant_id, [rule for rule in self.rules if rule.role == role], frozenset({role}))
        return next((name for name, pairs in granted.items() if exceeding(pairs, self.pairs.get(name, ()))), None)

    def lifts(self, roles: frozenset[str], denying: frozenset[str]) -> str | None:
        """Return a permission that roles grant beyond the actor and, beside some that deny, do not grant."""
        lifted = opened(self.granted(roles | denying), self.granted(roles), self.pairs) if denying else None
        return lifted[0] if lifted else None


def opened(before: Pairs, after: Pairs, held: Pairs) -> tuple[str, Pair] | None:
    """Return a permission, with a pair of it, in which a change from `before` to `after` shows more, and more than is `held`."""
    for name, pairs in sorted(after.items()):
        if exceeding(pairs, before.get(name, ())) and (beyond := exceeding(pairs, held.get(name, ()))):
            return name, beyond
    return None


async def held_by(actor: Actor, *, takes: bool = False, through: date | None = None) -> list[Held]:
    """Return what an actor holds to give on, today and under each matrix to come; with `takes`, what was delegated as well.

    With `through`, only what they hold to give on until that day.
    """
    grants = await grants_of(actor) if takes else await grants_of_own(actor, through=through)
    first, *later = await rules_to_come()
    found = [Held(actor.tenant_id, first, grants.pairs)]
    for rules in later:
        pairs = grants.pairs if grants.roles == SYSTEM.roles else verdict(actor.tenant_id, rules, grants.roles)
        within = {name: each for name, each in pairs.items() if actor.scopes is None or name in actor.scopes}
        found.append(Held(actor.tenant_id, rules, within))
    return found


async def refuse_unheld(actor: Actor, role: str, *, field: str = "roles", takes: bool = False) -> None:
    """Raise RoleNotGrantable unless the actor holds, at least as wide, all that the role grants.

    To give a role on, its rights must be the actor's own and not delegated to them, under the matrices of days to come too; a
    role that the matrix does not have is refused. Who `takes` one may do so by what was delegated, and by what they hold today.
    """
    held = await held_by(actor, takes=takes)
    known = takes or any(rule.role == role for rule in held[0].rules)
    lacking = _lacking(held[:1] if takes else held, role) if known else "-"
    if lacking is not None:
        raise RoleNotGrantable(field=field, role=role, permission=lacking)


async def refuse_outlasting(actor: Actor, role: str, *, through: date | None, field: str) -> None:
    """Raise RoleOutlastsOwn where a role is given until a day, None for ever, on which the actor holds it no more themselves."""
    lacking = _lacking(await held_by(actor, through=through or date.max), role)
    if lacking is not None:
        raise RoleOutlastsOwn(field=field, role=role, permission=lacking)


def _lacking(held: Sequence[Held], role: str) -> str | None:
    return next((lacking for each in held if (lacking := each.lacks(role))), None)


@dataclass(frozen=True, slots=True)
class Standing:
    """Who is assigned what at a moment: roles that the actor cannot give for so long, and all roles where some of them deny.

    `until` says how long each holds what is `beyond` the actor, for the reason in it; `own` and `taken` are what the actor then
    holds to give on and to take. `field` is of the input that changes people.
    """

    field: str
    until: Mapping[tuple[UUID, str], date]
    beyond: Mapping[tuple[str, date], Refused]
    roles: Mapping[UUID, frozenset[str]]
    own: Sequence[Held]
    taken: Sequence[Held]


async def standing(actor: Actor, *, field: str) -> Standing:
    """Return who is assigned, by themselves or by grade, position or unit, a role that the actor cannot give, or one that denies.

    One cannot give what one lacks, nor for longer than one holds it. Read before people change, it shows whom the change gave or
    took such a role (`refuse_gained`).
    """
    beyond: dict[tuple[str, date], Refused] = {}
    own = await held_by(actor)
    for row in await fetch(_ASSIGNED, now()):
        role, until = row["role"], row["ends_on"] or date.max
        if lacking := _lacking(own, role):
            beyond[role, until] = RoleNotGrantable(field=field, role=role, permission=lacking)
        elif lacking := _lacking(await held_by(actor, through=until), role):
            beyond[role, until] = RoleOutlastsOwn(field=field, role=role, permission=lacking)
    return await _standing(field, beyond, own, await held_by(actor, takes=True))


async def _standing(
    field: str, beyond: Mapping[tuple[str, date], Refused], own: Sequence[Held], taken: Sequence[Held]
) -> Standing:
    found: dict[tuple[UUID, str], date] = {}
    if beyond:
        ends = [None if until == date.max else until for _, until in beyond]
        for row in await fetch(_HOLDING, now(), [role for role, _ in beyond], ends):
            key, until = (row["id"], row["role"]), row["ends_on"] or date.max
            found[key] = max(until, found.get(key, until))
    roles = frozenset(row["role"] for row in await fetch(_ASSIGNED, now()))
    members = await members_with_roles() if any(each.denying(roles) for each in own) else []
    return Standing(field, found, beyond, {each.id: each.roles for each in members}, own, taken)


async def refuse_gained(before: Standing) -> None:
    """Raise RoleNotGrantable or RoleOutlastsOwn when a change of people gave somebody a role that the actor cannot give so long.

    Gained is a role that somebody did not hold `before` as long, and what a role denied that they hold no more; taken, what one
    denies that they hold now.
    """
    after = await _standing(before.field, before.beyond, before.own, before.taken)
    for (person, role), until in sorted(after.until.items()):
        if before.until.get((person, role), date.min) < until:
            raise before.beyond[role, until]
    for was, becomes in {(before.roles[each], roles) for each, roles in after.roles.items() if each in before.roles}:
        _refuse_lifting(before.own, becomes, was - becomes, field=before.field)
        _refuse_lifting(before.taken, was, becomes - was, field=before.field)


def _refuse_lifting(held: Sequence[Held], roles: frozenset[str], others: frozenset[str], *, field: str) -> None:
    """Raise RoleNotGrantable where the denials of other roles stand between some roles and what the actor lacks."""
    for each in held:
        denying = each.denying(others)
        if lifted := each.lifts(roles, denying):
            raise RoleNotGrantable(field=field, role=min(denying), permission=lifted)
