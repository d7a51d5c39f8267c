"""Reading what an actor may do, in the request's own transaction: kept in memory, and checked by the company's access version.

Every change that can alter somebody's grants gives the company a new access version, by trigger and in the same
transaction; a version is never given twice, not even after a rollback. So what was kept is right exactly when the
versions are equal and no day has come on which a role or a matrix begins or ends.
"""

from collections import OrderedDict
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import fetch, kept_in_transaction
from plumb_platform.errors import Forbidden
from plumb_platform.permissions.assignments import MEETS
from plumb_platform.permissions.catalogue import Permission, Scope
from plumb_platform.permissions.grants import NOBODY, SYSTEM, Grants
from plumb_platform.permissions.judge import verdict
from plumb_platform.permissions.rules import Rule, default_rules, rule_of

T = TypeVar("T")
MATRIX_KIND, MATRIX_KEY = "matrix", "default"
"""The definition whose newest effective version is in force; a company may keep other matrices beside it."""

_VERSION = "select value from access_version"
_STANDING = f"""
with place as (
  select c.time_zone, ($1::timestamptz at time zone c.time_zone)::date as today from company c),
caller as (select p.id, p.unit_id, p.grade, p.position from person p where p.id = $2 and p.active),
given as (
  select a.role, a.starts_on, a.ends_on, a.delegated_by from role_assignment a, caller p where a.revoked_at is null and {MEETS}),
-- What is delegated holds on the days on which who delegated it holds it of their own.
assigned as (
  select role, starts_on, ends_on, true as is_own from given where delegated_by is null
  union all select g.role, greatest(g.starts_on, o.starts_on), least(g.ends_on, o.ends_on), false
  from given g join membership m on m.person_id = g.delegated_by and m.active join person p on p.id = m.person_id
  cross join lateral (
    select null::date as starts_on, null::date as ends_on where m.roles ? g.role
    union all select a.starts_on, a.ends_on from role_assignment a
    where p.active and a.role = g.role and a.delegated_by is null and a.revoked_at is null and {MEETS}) o),
matrix as (
  select v.id, v.number, v.effective_from from definition d
  join definition_version v on v.tenant_id = d.tenant_id and v.definition_id = d.id and v.state = 'PUBLISHED'
  where d.kind = '{MATRIX_KIND}' and d.key = '{MATRIX_KEY}'),
effective as (select id, number from matrix, place where effective_from <= today order by number desc limit 1),
-- Where clocks go back over midnight the day begins at the first of its two midnights, of which PostgreSQL takes the second.
changing as (
  select least(
    (select min(effective_from) from matrix, place where effective_from > today
      and number > coalesce((select number from effective), 0)),
    (select min(starts_on) from assigned, place where starts_on > today),
    (select min(ends_on) + 1 from assigned, place where starts_on <= today and ends_on >= today))::timestamp as day)
select coalesce((select value from access_version), 0) as version, (select id from effective) as matrix_id,
  (select unit_id from person where id = $2) as unit_id, (select time_zone from place) as time_zone,
  (select array_agg(distinct role) from assigned, place
   where starts_on <= today and (ends_on is null or ends_on >= today)) as roles,
  (select array_agg(distinct role) from assigned, place
   where is_own and starts_on <= today and (ends_on is null or ends_on >= greatest(today, $3::date))) as own_roles,
  (select case when (night - interval '1 hour') at time zone time_zone >= day then night - interval '1 hour' else night end
   from (select day, time_zone, day at time zone time_zone as night from place, changing) c) as until
"""
_PUBLISHED = f"""
select v.id, v.number, v.effective_from, ($1::timestamptz at time zone c.time_zone)::date as today
from company c join definition d on d.kind = '{MATRIX_KIND}' and d.key = '{MATRIX_KEY}'
join definition_version v on v.tenant_id = d.tenant_id and v.definition_id = d.id and v.state = 'PUBLISHED'
order by v.effective_from, v.number
"""
_RULES = "select id, role, resource, action, scope, filter, fields, effect from matrix_rule where definition_version_id = $1"


class Recent(Generic[T]):
    """The most recently used of what was computed, no more than `size`."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[Any, T] = OrderedDict()

    def find(self, key: Any) -> T | None:
        """Return what was kept under a key, or None."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key]

    def keep(self, key: Any, value: T) -> T:
        """Keep a value, and forget the one that was unused for longest."""
        self._kept[key] = value
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return value

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()


KEPT_GRANTS: Recent[tuple[datetime, Grants]] = Recent(20_000)
"""With the instant at which each was read; before it nothing is known."""
KEPT_VERDICTS: Recent[Grants] = Recent(2_000)
"""What sets of roles grant, for nobody in particular."""


def kept_grants(actor: Actor) -> Grants | None:
    """Return the actor's grants as this process last knew them, or None.

    They hold only if the company's access version, read in the transaction that uses them, still is `version`, and if
    `until` has not come; a statement that compares both needs no `grants_of` before it.
    """
    if "system" in actor.roles:
        return SYSTEM
    found = KEPT_GRANTS.find(_key(actor))
    if found is None:
        return None
    since, grants = found
    return grants if since <= now() and (grants.until is None or now() < grants.until) else None


async def grants_of(actor: Actor) -> Grants:
    """Return the actor's grants; the system holds all, a token only what its scopes name."""
    if "system" in actor.roles:
        return SYSTEM
    known, key = kept_in_transaction(), _key(actor)
    if key not in known:
        known[key] = await _current_grants(actor)
    grants: Grants = known[key]
    return grants


def hold_grants(actor: Actor, grants: Grants) -> None:
    """Let `grants_of` answer these in the open transaction, which began by proving that they hold."""
    kept_in_transaction()[_key(actor)] = grants


async def _current_grants(actor: Actor) -> Grants:
    kept = kept_grants(actor)
    if kept is not None:
        rows = await fetch(_VERSION)
        if rows and rows[0]["value"] == kept.version:
            return kept
    return KEPT_GRANTS.keep(_key(actor), (now(), await _read(actor)))[1]


async def grants_of_own(actor: Actor, *, through: date | None = None) -> Grants:
    """Return what the actor's own roles grant, without those delegated to them: those they use, and do not give on.

    With `through` only what they hold today and still hold on that day counts, as their roles are known to end.
    """
    if "system" in actor.roles:
        return SYSTEM
    standing = (await fetch(_STANDING, now(), actor.person_id, through))[0]
    return await _verdict(actor, standing, actor.roles | frozenset(standing["own_roles"] or ()))


async def require(actor: Actor, permission: Permission) -> Scope:
    """Return the widest scope of the permission, or raise Forbidden when the actor has none."""
    scope = (await grants_of(actor)).scope(permission)
    if scope is Scope.NONE:
        raise Forbidden(permission=permission.value)
    return scope


async def reaches_whole(actor: Actor, permission: Permission) -> bool:
    """Return whether the permission reaches every row of the company: by no filter, and with none denied.

    What adds up, lists or does something to all of them at once asks this. Raises Forbidden when the actor has no grant.
    """
    await require(actor, permission)
    return (await grants_of(actor)).reaches_all(permission)


async def rules_of(matrix_id: UUID | None) -> tuple[Rule, ...]:
    """Return the rules of a published matrix version; None stands for the matrix that the product ships."""
    if matrix_id is None:
        return default_rules()
    return tuple(rule_of(row) for row in await fetch(f"{_RULES} order by ordinal", matrix_id))


async def matrix_in_force() -> UUID | None:
    """Return the version of the company's matrix that is effective today, None while the shipped one is."""
    found: UUID | None = (await fetch(_STANDING, now(), None, None))[0]["matrix_id"]
    return found


async def rules_to_come() -> list[tuple[Rule, ...]]:
    """Return the rules in force today, and behind them those of each published matrix that a later day brings into force."""
    found: list[UUID | None] = [None]
    newest = 0
    for row in await fetch(_PUBLISHED, now()):
        if row["number"] < newest:
            continue
        newest = row["number"]
        found = [row["id"]] if row["effective_from"] <= row["today"] else [*found, row["id"]]
    return [await rules_of(each) for each in found]


async def _read(actor: Actor) -> Grants:
    standing = (await fetch(_STANDING, now(), actor.person_id, None))[0]
    roles = actor.roles | frozenset(standing["roles"] or ())
    person, unit, membership = actor.person_id or NOBODY, standing["unit_id"] or NOBODY, actor.membership_id or NOBODY
    # People of the same roles share one table of pairs, whoever they are.
    of_roles = await _verdict(actor, standing, roles)
    of_caller = replace(of_roles, person_id=person, unit_id=unit, membership_id=membership)
    return replace(of_caller, until=standing["until"], time_zone=standing["time_zone"])


async def _verdict(actor: Actor, standing: dict[str, Any], roles: frozenset[str]) -> Grants:
    key = (actor.tenant_id, standing["version"], standing["matrix_id"], roles, actor.scopes)
    found = KEPT_VERDICTS.find(key)
    if found is None:
        pairs = verdict(actor.tenant_id, await rules_of(standing["matrix_id"]), roles)
        if actor.scopes is not None:
            pairs = {name: each for name, each in pairs.items() if name in actor.scopes}
        found = KEPT_VERDICTS.keep(key, Grants(pairs, roles=roles, version=standing["version"]))
    return found


def _key(actor: Actor) -> tuple[object, ...]:
    return (actor.tenant_id, actor.membership_id, actor.person_id, actor.roles, actor.scopes)
