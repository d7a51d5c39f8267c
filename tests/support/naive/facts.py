"""A company's rows loaded table by table, each expression of a resource evaluated for each row by a plain select."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from string import Formatter
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch, tenant_transaction
from plumb_platform.permissions.grants import NOBODY
from plumb_platform.resources import Column, Items, Kind, Many, One, OneOf, Resource, While, known_resources
from plumb_platform.resources.relations import Relation

Value = Any
TODAY = "(select (now() at time zone c.time_zone)::date from company c)"


@dataclass(frozen=True, eq=False)
class Fact:
    """One row: the values of all columns, whose it is, and which rows stand in relation to it."""

    resource: Resource
    id: UUID
    values: Mapping[str, Value]
    own: frozenset[UUID]
    mine: frozenset[UUID]
    unit: UUID | None
    above: frozenset[UUID]
    """The row's unit with all units above it."""
    links: Mapping[str, UUID | None]
    """The ids that One and the members of OneOf name, by `relation` or `relation:Type`."""
    lists: Mapping[str, tuple[UUID, ...]]
    items: Mapping[str, list[Mapping[str, Value]]]
    uses: Mapping[str, Value]
    whole: Mapping[str, Value] = field(default_factory=dict)
    """Kept texts as who sees all of their values reads them; the others stand among the values."""
    told: Sequence[Mapping[str, Any]] = ()
    """The rows and fields whose values kept texts say."""
    repeated: Mapping[str, UUID | None] = field(default_factory=dict)
    """The rows of other types whose fields columns repeat."""
    shown_to: frozenset[UUID] | None = None
    """The units (NOBODY for none) before which the row's veil is open; None for a row without a veil."""


@dataclass
class Facts:
    """All rows of a company by the name of their type and their id, and its tree of units."""

    tenant_id: UUID
    rows: dict[str, dict[UUID, Fact]] = field(default_factory=dict)
    below: dict[UUID, frozenset[UUID]] = field(default_factory=dict)

    def of(self, resource: Resource) -> dict[UUID, Fact]:
        """Return the rows of a resource by id."""
        return self.rows[resource.type_name]


async def load_facts(actor: Actor, uses: Mapping[str, Mapping[str, str]], *, without: frozenset[str] = frozenset()) -> Facts:
    """Load everything of the actor's company; `uses` names further expressions of each type, `without` types to leave out."""
    facts = Facts(actor.tenant_id)
    async with tenant_transaction(actor):
        pairs = await fetch("select ancestor_id, descendant_id from org_unit_closure")
        for top in {pair["ancestor_id"] for pair in pairs}:
            facts.below[top] = frozenset(pair["descendant_id"] for pair in pairs if pair["ancestor_id"] == top)
        for name, resource in known_resources().items():
            if name not in without:
                facts.rows[name] = await _rows(facts, resource, uses.get(name, {}))
    return facts


async def _rows(facts: Facts, resource: Resource, uses: Mapping[str, str]) -> dict[UUID, Fact]:
    columns = [_as(f"c {column.name}", column.sql, column.kind) for column in resource.columns]
    columns += [_as(f"l {name}", by) for each in resource.relations for name, by in _links(each)]
    kept = [each for each in resource.columns if "{reader}" in each.sql]
    columns += [f'{each.sql.replace("{reader}", "true")} as "w {each.name}"' for each in kept]
    columns += [_as(f"r {each.name}", each.repeats[1]) for each in resource.columns if each.repeats]
    columns += [f'({resource.retells.rows})::text as "told"'] if resource.retells else []
    columns += [f'to_json({sql})::text as "u {name}"' for name, sql in uses.items()]
    columns += [
        f'array[{", ".join(map(_whose, each))}]::uuid[] as "{name}"'
        for name, each in (("own", resource.own), ("mine", resource.mine))
    ]
    columns += [f"{' || '.join(('array[]::uuid[]', *resource.shared))} as shared"]
    columns += [_as("unit", resource.unit or "null::uuid"), _as("key", resource.key)]
    found = await fetch(_sql(resource, f"select {', '.join(columns)} from {_source(resource)}"))
    shown = await _shown(facts, resource)
    lists = {each.name: await _pairs(resource, each) for each in resource.relations if isinstance(each, Many)}
    items = {each.name: await _items(resource, each) for each in resource.relations if isinstance(each, Items)}
    made = {row["key"]: _fact(facts, resource, row, lists, items) for row in found}
    return made if shown is None else {key: replace(each, shown_to=shown.get(key, frozenset())) for key, each in made.items()}


async def _shown(facts: Facts, resource: Resource) -> dict[UUID, frozenset[UUID]] | None:
    if resource.veil is None:
        return None
    found: dict[UUID, frozenset[UUID]] = {}
    for unit in (*facts.below, NOBODY):
        shows = resource.veil.shows.replace("{unit}", f"'{unit}'::uuid")
        for row in await fetch(_sql(resource, f"select {resource.key} as key from {_source(resource)} where {shows}")):
            found[row["key"]] = found.get(row["key"], frozenset()) | {unit}
    return found


def _fact(
    facts: Facts,
    resource: Resource,
    row: Mapping[str, Any],
    lists: Mapping[str, Mapping[UUID, list[UUID]]],
    items: Mapping[str, Mapping[UUID, list[Mapping[str, Value]]]],
) -> Fact:
    by_prefix: dict[str, dict[str, Any]] = {"c": {}, "l": {}, "u": {}, "w": {}, "r": {}}
    for name, value in row.items():
        prefix, _, rest = name.partition(" ")
        if rest:
            by_prefix[prefix][rest] = value
    kinds = resource.columns_by_name
    return Fact(
        resource,
        row["key"],
        {name: _loaded(value, kinds[name].kind) for name, value in by_prefix["c"].items()},
        frozenset(filter(None, (*row["own"], *row["shared"]))),
        frozenset(filter(None, row["mine"])),
        row["unit"],
        frozenset(top for top, below in facts.below.items() if row["unit"] in below),
        by_prefix["l"],
        {name: tuple(each.get(row["key"], ())) for name, each in lists.items()},
        {name: each.get(row["key"], []) for name, each in items.items()},
        {name: json.loads(value) if value is not None else None for name, value in by_prefix["u"].items()},
        whole=by_prefix["w"],
        repeated=by_prefix["r"],
        told=json.loads(row.get("told") or "[]"),
    )


async def _pairs(resource: Resource, many: Many) -> dict[UUID, list[UUID]]:
    target = known_resources()[many.target]
    on = many.on.replace("{there}", "t")
    there = target.key.format(row="t")
    sql = f'select {resource.key} as here, {there} as there from {_source(resource)}, "{target.table}" t where {on}'
    found: dict[UUID, list[UUID]] = {}
    for row in await fetch(_sql(resource, sql)):
        found.setdefault(row["here"], []).append(row["there"])
    return found


async def _items(resource: Resource, items: Items) -> dict[UUID, list[Mapping[str, Value]]]:
    columns = ", ".join(_as(column.name, column.sql, column.kind) for column in items.columns).replace("{item}", "i")
    order = items.order.replace("{item}", "i")
    sql = f"select {resource.key} as here, {columns} from {_source(resource)}, lateral {items.source} i order by {order}"
    kinds = {column.name: column.kind for column in items.columns}
    found: dict[UUID, list[Mapping[str, Value]]] = {}
    for row in await fetch(_sql(resource, sql)):
        values = {name: _loaded(row[name], kind) for name, kind in kinds.items()}
        found.setdefault(row["here"], []).append(values)
    return found


def _links(relation: Relation) -> Iterator[tuple[str, str]]:
    if isinstance(relation, One):
        yield relation.name, relation.by
    elif isinstance(relation, OneOf):
        yield from ((f"{relation.name}:{target}", by) for target, by in relation.members)


def _whose(own: str | While) -> str:
    return f"case when {own.holds} then {own.person} end" if isinstance(own, While) else own


def _as(name: str, sql: str, kind: Kind | None = None) -> str:
    shown = f"to_json({sql})::text" if kind in (Kind.TEXTS, Kind.JSON) else sql
    return f'{shown} as "{name}"'


def _source(resource: Resource) -> str:
    return " ".join([f'"{resource.table}" {{row}}', *(join.sql for join in resource.joins)])


def _sql(resource: Resource, text: str) -> str:
    names = {join.alias: join.alias for join in resource.joins} | {
        "row": "the_row",
        "locale": "'en'::text",
        "member": "null::uuid",
        "reader": "false",
        "now": "now()",
        "today": TODAY,
    }
    used = {name for _, name, _, _ in Formatter().parse(text) if name}
    return text.format_map({name: names[name] for name in used})


def _loaded(value: Any, kind: Kind) -> Value:
    return json.loads(value) if kind in (Kind.TEXTS, Kind.JSON) and value is not None else value


def column_of(resource: Resource, name: str) -> Column | None:
    """Return a column by its name, None for the id."""
    return resource.columns_by_name.get(name)
