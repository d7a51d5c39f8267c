"""Fields that a matrix hides, for what is made of rows in Python: sums, reports, explanations tell no more than the rows do."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import compress
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch, fetch_value
from plumb_platform.errors import InvalidInput
from plumb_platform.permissions import Pair, grants_of
from plumb_platform.resources import Resource
from plumb_tenants.access.beside import JoinsUsed, joined
from plumb_tenants.access.conditions import FALSE, TRUE, conditions_of
from plumb_tenants.access.filters import fields_filtered
from plumb_tenants.access.scope import Placeholders


class FieldHidden(InvalidInput):
    """What one may not see, one may neither filter, sort, group, add up nor download: the answer would tell it."""

    code = "FIELD_HIDDEN"
    zh = "您无权查看字段 {name}，因此不能按它筛选、排序、汇总、解释，也不能获取其内容。"
    en = "You may not see the field {name}: nothing can be filtered, sorted, summed, explained or fetched by it."


async def refuse_hidden(actor: Actor, resource: Resource, names: Iterable[str]) -> None:
    """Raise FieldHidden for a field, named as the API writes it, that does not show on every row that the actor may read.

    Of a field that repeats one of rows of another type the caller asks for that one, over those rows, as well.
    """
    grants = await grants_of(actor)
    aliases = JoinsUsed("r", resource)
    made = conditions_of(grants, resource.read, resource, aliases, Placeholders(grants, 1))
    for name in names:
        if made.own_field(_coordinate(resource, name)) != TRUE:
            raise FieldHidden(field=name, name=f"{resource.type_name}.{name}")


async def refuse_hidden_in(actor: Actor, pair: Pair, resources: Iterable[Resource], *, field: str) -> None:
    """Raise FieldHidden, at `field` of what is asked, when a filter names a field that is hidden on rows that the actor reads.

    Which rows such a filter reaches would tell them its values; of rows that they do not read they are told none.
    """
    grants = await grants_of(actor)
    for resource in resources if pair.filter else ():
        made = conditions_of(grants, resource.read, resource, JoinsUsed("r", resource), Placeholders(grants, 1))
        for name in fields_filtered(pair.filter, resource) if made.row != FALSE else ():
            if made.field(_coordinate(resource, name)) != TRUE:
                raise FieldHidden(field=field, name=f"{resource.type_name}.{name}")


async def refuse_hidden_on(actor: Actor, resource: Resource, row_id: UUID, name: str, *, field: str | None = None) -> None:
    """Raise FieldHidden, at `field` of the question, when one row that the actor may read does not show them a field."""
    shows, values = await sql_shows(actor, resource, name, alias="r", first=2)
    if shows == TRUE:
        return
    sql = f"select true from {resource.table} r where {resource.key.format(row='r')} = $1 and {shows}"
    if not await fetch_value(sql, row_id, *values):
        raise FieldHidden(field=field or name, name=f"{resource.type_name}.{name}")


async def refuse_hidden_on_any(actor: Actor, resource: Resource, row_ids: Collection[UUID], name: str, *, field: str) -> None:
    """Raise FieldHidden, at `field` of the question, when one of the rows is not read by the actor or hides a field from them."""
    grants = await grants_of(replace(actor, scopes=None))
    aliases, bind = JoinsUsed("r", resource), Placeholders(grants, 2)
    made = conditions_of(grants, resource.read, resource, aliases, bind)
    reached, shows = made.row, made.field(_coordinate(resource, name))
    if reached == shows == TRUE or not row_ids:
        return
    seen = joined(f"({reached}) and ({shows})", resource, aliases)
    sql = f"select count(*) from {resource.table} r where {resource.key.format(row='r')} = any($1) and {seen}"
    if await fetch_value(sql, list(set(row_ids)), *bind.values) < len(set(row_ids)):
        raise FieldHidden(field=field, name=f"{resource.type_name}.{name}")


async def shown_on(
    actor: Actor, resource: Resource, row_ids: Collection[UUID], names: Sequence[str], *, there: bool = False
) -> Mapping[UUID, frozenset[str]] | None:
    """Return which of some fields show on each of these rows that the actor reads; None when all show, on every row there is.

    A row that was and is no longer there is in no mapping: whoever reads by scope, filter or field does not read it. So it is for
    all readers, and an id of another type is in none, where the rows must be `there`; None is no answer then.
    """
    grants = await grants_of(replace(actor, scopes=None))
    aliases, bind = JoinsUsed("r", resource), Placeholders(grants, 2)
    made = conditions_of(grants, resource.read, resource, aliases, bind)
    reached, shows = made.row, [made.field(_coordinate(resource, name)) for name in names]
    if not there and all(each == TRUE for each in (reached, *shows)):
        return None
    columns = ", ".join(f"coalesce({each}, false)" for each in shows)
    joins = " ".join(join.sql.format_map(aliases) for join in resource.joins if join.alias in aliases.used)
    key = resource.key.format(row="r")
    sql = f"select {key} as id, array[{columns}]::boolean[] as shown from {resource.table} r {joins} where {key} = any($1)"
    rows = await fetch(f"{sql} and {reached}", list(row_ids), *bind.values)
    return {row["id"]: frozenset(compress(names, row["shown"])) for row in rows}


async def hidden_somewhere(actor: Actor, resource: Resource, names: Sequence[str]) -> list[str]:
    """Return the coordinates of the fields that do not show on every row that the actor may read."""
    grants = await grants_of(replace(actor, scopes=None))
    made = conditions_of(grants, resource.read, resource, JoinsUsed("r", resource), Placeholders(grants, 1))
    coordinates = [_coordinate(resource, name) for name in names]
    return [each for each in coordinates if made.field(each) != TRUE]


async def sql_shows(actor: Actor, resource: Resource, name: str, *, alias: str, first: int = 1) -> tuple[str, list[Any]]:
    """Return the condition, and its values, on which a row that the actor may read shows them a field; null means no.

    Scopes of a token say what it may do, and its owner's roles what they see: one that may only download does so, and gets no
    file that its owner would not. `alias` is the statement's name for the resource's table; placeholders count from `first`.
    """
    grants = await grants_of(replace(actor, scopes=None))
    aliases, bind = JoinsUsed(alias, resource), Placeholders(grants, first)
    shows = conditions_of(grants, resource.read, resource, aliases, bind).field(_coordinate(resource, name))
    return joined(shows, resource, aliases), bind.values


def _coordinate(resource: Resource, name: str) -> str:
    """Return a field as matrices name it; raises LookupError for one that none can hide, which would always pass."""
    coordinate = f"{resource.type_name}.{name}"
    if coordinate not in resource.fields:
        raise LookupError(coordinate)
    return coordinate
