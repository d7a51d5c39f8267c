"""Changes of whatever a caller may not see, of every type, made from the registry: values of hidden fields and unread rows."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from uuid import UUID

import asyncpg

from plumb_platform.resources import Column, Kind, Resource, known_resources
from plumb_platform.settings import Settings
from support.naive.hidden_changes import seen_rows
from support.naive.sight import Sight
from support.tampering import tampering

_PLACE = re.compile(r"\{(\w+)\}\.(\w+)")
_JOINED = re.compile(r"join (\w+) \{(\w+)\}")
# Lengths, signs and nulls stay as they are: what is changed has to be a value that could stand there.
OTHER: dict[Kind, str] = {
    Kind.TEXT: "overlay({c} placing case when left({c}, 1) = 'z' then 'y' else 'z' end from 1 for 1)",
    Kind.INTEGER: "{c} + 1",
    Kind.DECIMAL: "{c} + 1",
    Kind.DATE: "{c} + 1",
    Kind.INSTANT: "{c} + interval '1 minute'",
    Kind.BOOLEAN: "not {c}",
}


DECIDES = {
    "Attachment.field": "which field of a submission a file is for: whoever reads the submission is told",
    "Attachment.sha256": "which file was sent with a version: whoever reads the version is told",
    "DefinitionVersion.effective_from": "from when on a version is in effect: what is done today goes by it",
    "Person.active": "whether somebody has any role: whoever reads roles is told",
    "Person.grade": "which roles somebody has by their grade: whoever reads roles is told",
    "Person.position": "which roles somebody has by their position: whoever reads roles is told",
    "RoleAssignment.grade": "who has the role",
    "RoleAssignment.position": "who has the role",
    "RoleAssignment.ends_on": "until when somebody has the role",
    "RoleAssignment.starts_on": "from when on somebody has the role",
    "RoleAssignment.revoked_at": "until when somebody had the role",
}
"""What decides about something that is told by another permission, and may be told by it; by field, with what that is."""


def changeable(resource: Resource) -> Iterator[tuple[Column, str, str]]:
    """Yield the columns that a matrix may hide and that are kept as they are read, each with its alias and name in the table."""
    for column in resource.columns:
        place = _PLACE.fullmatch(column.sql)
        told = f"{resource.type_name}.{column.name}" in DECIDES or _kept_as(resource, column) in _shared()
        if place and column.kind in OTHER and not column.core and not told:
            yield column, place[1], place[2]


def _kept_as(resource: Resource, column: Column) -> tuple[str, str] | None:
    """Return table and column that a field is kept in, None for one that is worked out."""
    place = _PLACE.fullmatch(column.sql)
    return (_tables(resource)[place[1]], place[2]) if place else None


@cache
def _shared() -> frozenset[tuple[str, str] | None]:
    """Return the columns that fields of two types show: what one of them hides the other may tell."""
    kept = Counter(_kept_as(each, column) for each in known_resources().values() for column in each.columns)
    return frozenset(place for place, count in kept.items() if count > 1)


def _tables(resource: Resource) -> dict[str, str]:
    return {"row": resource.table} | {found[2]: found[1] for join in resource.joins for found in _JOINED.finditer(join.sql)}


async def change_every_hidden(settings: Settings, sight: Sight) -> Counter[str]:
    """Change each such value that the caller does not see, as nobody but the owner of the disk could; count them by field."""
    changed, seen = Counter[str](), seen_rows(sight)
    async with tampering(settings) as superuser:
        for resource, facts in ((each, list(sight.facts.rows[name].values())) for name, each in _resources(sight)):
            for column, alias, name in changeable(resource):
                hidden = [fact.id for fact in facts if fact not in seen or not sight.shows(fact, column.name)]
                if hidden:
                    count = await _changed(superuser, resource, (alias, name, column.kind), hidden)
                    changed[f"{resource.type_name}.{column.name}"] += count
    return +changed


def _resources(sight: Sight) -> Iterator[tuple[str, Resource]]:
    for name, rows in sight.facts.rows.items():
        if rows:
            yield name, next(iter(rows.values())).resource


async def _changed(superuser: asyncpg.Connection, resource: Resource, place: tuple[str, str, Kind], ids: list[UUID]) -> int:
    alias, name, kind = place
    names = {join.alias: join.alias for join in resource.joins} | {"row": "the_row"}
    joins = " ".join(join.sql.format_map(names) for join in resource.joins)
    key, said = resource.key.format_map(names), OTHER[kind].replace("{c}", f"t.{name}")
    sql = (
        f'update "{_tables(resource)[alias]}" t set {name} = {said} from "{resource.table}" the_row {joins} '
        f"where {key} = any($1) and t.tenant_id = {names[alias]}.tenant_id and t.ctid = {names[alias]}.ctid"
    )
    try:
        async with superuser.transaction():
            return int((await superuser.execute(sql, ids)).rpartition(" ")[2])
    except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError):
        return 0  # The table itself allows no other value there.
