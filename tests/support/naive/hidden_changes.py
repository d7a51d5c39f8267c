"""Changes of what a caller may not see: rows that are beyond their reach, and fields that show on none of their rows."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.database import execute, tenant_transaction
from plumb_platform.ids import uuid7
from plumb_platform.resources import Many, One, resource_named
from support.naive.facts import Fact
from support.naive.sight import Sight

GOAL_FIELDS = ("title", "metric", "unit_of_measure")
PERSON_FIELDS = ("email", "grade", "position", "hired_on")
VALUES: dict[str, Sequence[Any]] = {"unit_of_measure": ("元", "万元", "台")}


async def change_what_is_hidden(system: Actor, sight: Sight, source: Random) -> int:
    """Change every value that no row of the caller shows, add and take away goals beyond their reach; return how many."""
    changed, seen = 0, seen_rows(sight)
    async with tenant_transaction(system):
        for fact in sight.facts.rows["Goal"].values():
            changed += await _changed("goal", fact, hidden_of(sight, seen, fact, GOAL_FIELDS), source)
            changed += await _numbers_changed(fact, hidden_of(sight, seen, fact, ("target", "weight")), source)
        for fact in sight.facts.rows["Person"].values():
            changed += await _changed("person", fact, hidden_of(sight, seen, fact, PERSON_FIELDS), source)
        changed += await _goals_added([fact for fact in sight.facts.rows["Goal"].values() if fact not in seen], source)
    return changed


def seen_rows(sight: Sight) -> set[Fact]:
    """Return the rows that a caller may read, and those that belong to one of them as a part, whatever their own reach.

    Of a named part nothing is seen but what is never hidden.
    """
    seen: set[Fact] = set()
    waiting = [fact for rows in sight.facts.rows.values() for fact in rows.values() if sight.reached(fact)]
    while waiting:
        fact = waiting.pop()
        if fact not in seen:
            seen.add(fact)
            waiting += _parts(sight, fact)
    return seen


def _parts(sight: Sight, fact: Fact) -> Iterator[Fact]:
    for relation in fact.resource.relations:
        if isinstance(relation, One | Many) and relation.part and not getattr(relation, "named", False):
            named = [fact.links[relation.name]] if isinstance(relation, One) else fact.lists[relation.name]
            yield from (sight.facts.rows[relation.target][key] for key in named if key is not None)


def hidden_of(sight: Sight, seen: set[Fact], fact: Fact, names: Sequence[str]) -> list[str]:
    """Return the names of which a caller sees nothing, be it for the row or for the field."""
    return [name for name in names if fact not in seen or not sight.shows(fact, name)]


async def _changed(table: str, fact: Fact, hidden: Sequence[str], source: Random) -> int:
    for name in hidden:
        value = source.choice(VALUES.get(name, ("甲", "Ω", "zz", "0")))
        said = "date '2001-01-01' + length($2::text)" if name == "hired_on" else "$2::text"
        await execute(f"update {table} set {name} = {said} where id = $1", fact.id, value)
    return len(hidden)


async def _numbers_changed(fact: Fact, hidden: Sequence[str], source: Random) -> int:
    if fact.values["confirmed_at"] is not None:
        return 0  # a confirmed version never changes
    for name in hidden:
        amount = source.randint(1, 99)
        await execute(f"update goal_version set {name} = $2 where goal_id = $1 and confirmed_at is null", fact.id, amount)
    return len(hidden)


async def _goals_added(unseen: Sequence[Fact], source: Random) -> int:
    for fact in source.sample(unseen, min(5, len(unseen))):
        await execute(_COPY, fact.id, goal := uuid7())
        await execute(_COPY_VERSION, fact.id, goal, uuid7())
    return min(5, len(unseen))


_COPY = """insert into goal (tenant_id, id, created_at, cycle_id, unit_id, owner_id, parent_id, title, metric, unit_of_measure,
  state, current_number, version) select tenant_id, $2, now(), cycle_id, unit_id, owner_id, parent_id, title, metric,
  unit_of_measure, state, 1, version from goal where id = $1"""
_COPY_VERSION = """insert into goal_version (tenant_id, id, created_at, goal_id, number, target, weight, months, derivation,
  confirmed_at) select v.tenant_id, $3, now(), $2, 1, v.target, v.weight, v.months, '{}', v.confirmed_at
  from goal_version v join goal g on g.id = v.goal_id and g.current_number = v.number where v.goal_id = $1"""


def reached_rows(sight: Sight) -> dict[str, set[Any]]:
    """Return the ids of the rows that a caller may read, by type."""
    return {
        name: {fact.id for fact in rows.values() if sight.reached(fact)}
        for name, rows in sight.facts.rows.items()
        if resource_named(name).read.value in sight.grants.pairs
    }
