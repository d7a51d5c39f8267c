"""Storing and reading the nodes of a plan in bulk: one statement each, whatever their number."""

from asyncio import gather, get_running_loop
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute, execute_each, fetch
from plumb_platform.ids import uuid7s
from plumb_tenants.decomposition.given import NOTHING, Given
from plumb_tenants.decomposition.planning import ProposedPlan
from plumb_tenants.decomposition.steps import StepKind
from plumb_tenants.decomposition.template_parts import WeightSet
from plumb_tenants.decomposition.tuning import Part

ZERO = Decimal("0.00")
PIECE, AHEAD = 2_000, 8
"""Nodes that one statement writes; statements whose columns are made before they are asked for, as many as are sent at once."""
_PLACES = [f".{cents:02d}" for cents in range(100)]
_ALWAYS = frozenset({"contributions", "figures"})
_INSERT_NODES = """
insert into plan_node (tenant_id, id, created_at, plan_id, ordinal, unit_id, person_id, factors, suggested, equal_share, value,
                       derivation, version)
select $1, n.id, $2, n.plan_id, n.ordinal, n.unit_id, n.person_id, n.factors::jsonb, n.cents * 0.01, n.equal_cents * 0.01,
       n.cents * 0.01, n.derivation::jsonb, $12
from unnest($3::uuid[], $4::uuid[], $5::int[], $6::uuid[], $7::uuid[], $8::bigint[], $9::bigint[], string_to_array($10, E'\n'),
            string_to_array($11, E'\n'))
     as n (plan_id, id, ordinal, unit_id, person_id, cents, equal_cents, factors, derivation)
"""
# Of a plan that may stand already only: a new one need not look for each of its ids first.
_OR_ANEW = """
on conflict (tenant_id, id) do update set ordinal = excluded.ordinal, unit_id = excluded.unit_id, factors = excluded.factors,
  suggested = excluded.suggested, equal_share = excluded.equal_share, value = excluded.value, derivation = excluded.derivation,
  reason = null, tuned_by = null, tuned_at = null, version = plan_node.version + 1
"""
_REWRITE = """
update plan_node n set suggested = c.value, value = c.value, derivation = c.derivation::jsonb, version = n.version + 1
from unnest($1::uuid[], $2::numeric[], $3::text[]) as c (id, value, derivation) where n.id = c.id
"""
_NODES = """
select id, plan_id, ordinal, unit_id, person_id, factors, suggested, equal_share, value, reason, tuned_by, tuned_at, derivation,
       goal_id
from plan_node where plan_id = any($1::uuid[]) order by plan_id, ordinal
"""


@dataclass(frozen=True, slots=True)
class StoredNode:
    """A node as it stands in its table; `contributions` are those of the template's factors in their order, then the steps."""

    id: UUID
    plan_id: UUID
    ordinal: int
    unit_id: UUID
    person_id: UUID | None
    factors: Mapping[str, Decimal]
    figures: Mapping[str, Decimal]
    contributions: Mapping[str, Decimal]
    given: Given
    weight_set: str | None
    suggested: Decimal
    equal_share: Decimal
    value: Decimal
    reason: str | None
    tuned_by: UUID | None
    tuned_at: datetime | None
    goal_id: UUID | None

    @property
    def tuned(self) -> bool:
        """Return whether a person tuned the value."""
        return self.tuned_at is not None

    @property
    def part(self) -> Part:
        """Return the node as the balance rules see it; a held value is a chosen one, and so is what came late."""
        return Part(self.suggested, self.value, self.tuned or self.given.held is not None or self.given.late)

    @property
    def left_open(self) -> Decimal:
        """Return what a ramp and a missing report took away; zero or against the sign of the value."""
        return self.contributions.get(StepKind.RAMP, ZERO) + self.contributions.get(StepKind.BLOCKED, ZERO)

    @property
    def blocked(self) -> bool:
        """Return whether the part stays open until the child's report is there."""
        return self.given.blocked is not None


def reserved_of(nodes: Sequence[StoredNode]) -> Decimal:
    """Return what is kept open for the nodes that wait for their reports."""
    return -sum((node.contributions.get(StepKind.BLOCKED, ZERO) for node in nodes), ZERO)


async def store_nodes(actor: Actor, plan_id: UUID, proposed: ProposedPlan) -> None:
    """Write the nodes of a new plan, each with its factor values, its contributions and the figures behind formulas."""
    await _insert(actor, _INSERT_NODES, [NewNodes(plan_id, None, proposed)], version=1)


@dataclass(frozen=True, slots=True)
class NewNodes:
    """The nodes of one plan to be written, with their ids in the order of its children; None for ids that are new."""

    plan_id: UUID
    ids: Sequence[UUID] | None
    proposed: ProposedPlan


Piece: TypeAlias = list[tuple[NewNodes, slice]]
"""Nodes that one statement writes: of each plan the rows from one place to another."""
Columns: TypeAlias = tuple[Any, ...]


async def store_plans_nodes(actor: Actor, plans: Sequence[NewNodes], *, version: int) -> None:
    """Write the nodes of many plans by one statement, new ones at a version; one that stands is computed anew, tuned no more."""
    await _insert(actor, _INSERT_NODES + _OR_ANEW, plans, version=version)


async def _insert(actor: Actor, statement: str, plans: Sequence[NewNodes], *, version: int) -> None:
    """Write nodes PIECE at a time: what comes next is put into columns and sent while PostgreSQL writes what came before."""
    moment = now()
    beside = ThreadPoolExecutor(1)
    try:
        async for columns in _made_ahead(beside, _pieces(plans)):
            await execute_each(statement, [(actor.tenant_id, moment, *each, version) for each in columns])
    finally:
        beside.shutdown(wait=False, cancel_futures=True)


async def _made_ahead(beside: ThreadPoolExecutor, pieces: Sequence[Piece]) -> AsyncIterator[Sequence[Columns]]:
    """Yield the columns of AHEAD pieces at a time; the next ones are made while those are written, and others are served."""
    loop = get_running_loop()
    # The first alone, so that PostgreSQL begins while the others are made.
    groups = [pieces[:1], *(pieces[first : first + AHEAD] for first in range(1, len(pieces), AHEAD))]
    made = [loop.run_in_executor(beside, _joined, piece) for piece in groups[0]]
    for following in [*groups[1:], []]:
        columns = await gather(*made)
        made = [loop.run_in_executor(beside, _joined, piece) for piece in following]
        yield columns


def _pieces(plans: Sequence[NewNodes]) -> list[Piece]:
    """Divide the nodes of plans, in their order, into pieces of PIECE and a last one of what is left, at least one piece."""
    pieces: list[Piece] = [[]]
    room = PIECE
    for plan in plans:
        at, size = 0, len(plan.proposed.children)
        while at < size:
            if not room:
                pieces.append([])
                room = PIECE
            taken = min(room, size - at)
            pieces[-1].append((plan, slice(at, at + taken)))
            at, room = at + taken, room - taken
    return pieces


def _joined(piece: Piece) -> Columns:
    """Return the columns of a piece; texts as lines of one, which is sent in a tenth of the time that an array of them takes."""
    columns: Columns = tuple([] for _ in range(9))
    for plan, rows in piece:
        for column, values in zip(columns, _columns(plan, rows), strict=True):
            column.extend(values)
    *others, factors, derivations = columns
    return (*others, "\n".join(factors), "\n".join(derivations))


def _columns(plan: NewNodes, rows: slice) -> tuple[list[Any], ...]:
    """Return the columns of some of a plan's nodes in the order of the statement; no text has line breaks."""
    proposed = plan.proposed
    suggestions, children = proposed.suggestions, proposed.children[rows]
    by_factor = _object_pattern([factor.key for factor in proposed.factors])
    values = zip(*(factor.values[rows] for factor in proposed.factors), strict=True)
    return (
        [plan.plan_id] * len(children),
        uuid7s(len(children)) if plan.ids is None else list(plan.ids[rows]),
        list(range(len(proposed.children))[rows]),
        [child.unit_id for child in children],
        [child.person_id for child in children],
        suggestions.cents[rows],
        suggestions.equal_cents[rows],
        [_texts(by_factor % row) for row in values],
        _derivations(proposed, rows),
    )


def _object_pattern(names: Sequence[str]) -> str:
    """Return the text of a JSON object of these names, to be filled in with numbers by `%`."""
    pairs = (orjson.dumps(name).decode().replace("%", "%%") + ':"%s"' for name in names)
    return "{" + ",".join(pairs) + "}"


def _texts(row: str) -> str:
    """Return a filled-in pattern in which a value that is missing is null."""
    return row.replace('"None"', "null")


def _derivations(proposed: ProposedPlan, rows: slice) -> list[str]:
    """Return what each factor brought and each step moved, the figures behind formulas and the circumstances, as JSON text."""
    circumstances = map(_more, proposed.given[rows], proposed.split.chosen[rows])
    parts = zip(_contributions(proposed, rows), _figures(proposed, rows), circumstances, strict=True)
    return [f'{{"contributions":{brought},"figures":{figures}{more}}}' for brought, figures, more in parts]


def _contributions(proposed: ProposedPlan, rows: slice) -> list[str]:
    """Return what each factor brought and each step moved, as JSON text."""
    steps = proposed.suggestions.steps
    pattern = _object_pattern([*(factor.key for factor in proposed.factors), *(kind for kind, _ in steps)])
    columns = [*proposed.suggestions.brought(rows), *(column[rows] for _, column in steps)]
    return [pattern % row for row in zip(*map(_amounts, columns), strict=True)]


def _more(given: Given, chosen: WeightSet | None) -> str:
    """Return what else belongs into the derivation: the circumstances, and the weight set unless it is the default."""
    if given is NOTHING and chosen is None:
        return ""
    parts = {"given": given.to_json(), "weight_set": chosen.key if chosen else None}
    kept = {key: value for key, value in parts.items() if value}
    return "," + orjson.dumps(kept).decode()[1:-1] if kept else ""


def _amounts(column: Sequence[int]) -> list[str]:
    """Write cents as amounts with two places."""
    return [str(each // 100) + _PLACES[each % 100] if each >= 0 else f"-{-each // 100}{_PLACES[-each % 100]}" for each in column]


def _figures(proposed: ProposedPlan, rows: slice) -> list[str]:
    names, figures = proposed.template.inputs, proposed.figures[rows]
    if not names:
        return ["{}"] * len(figures)
    known = [{name: row.get(name) for name in names} for row in figures]
    return [orjson.dumps({name: None if value is None else str(value) for name, value in row.items()}).decode() for row in known]


async def rewrite_nodes(nodes: Sequence[StoredNode]) -> None:
    """Write values and derivations of nodes that stand, as these say."""
    await execute(_REWRITE, [node.id for node in nodes], [node.value for node in nodes], [_derivation(node) for node in nodes])


def _derivation(node: StoredNode) -> str:
    """Return the derivation of one node as JSON text, of the same members as those of new nodes."""
    contributions, figures = ({key: str(value) for key, value in each.items()} for each in (node.contributions, node.figures))
    made = {"contributions": contributions, "figures": figures, "given": node.given.to_json(), "weight_set": node.weight_set}
    return orjson.dumps({key: value for key, value in made.items() if value or key in _ALWAYS}).decode()


async def stored_nodes(plan_ids: Sequence[UUID]) -> list[StoredNode]:
    """Return all nodes of the plans, plan by plan in their order; the caller has checked that the plans may be read."""
    return [_stored(row) for row in await fetch(_NODES, list(plan_ids))]


def _stored(row: dict[str, Any]) -> StoredNode:
    derivation = orjson.loads(row.pop("derivation"))
    factors = _decimals(orjson.loads(row.pop("factors")))
    figures, contributions = _decimals(derivation["figures"]), _decimals(derivation["contributions"])
    given = Given.from_json(derivation["given"]) if "given" in derivation else NOTHING
    more = {"given": given, "weight_set": derivation.get("weight_set")}
    return StoredNode(**row, factors=factors, figures=figures, contributions=contributions, **more)


def _decimals(texts: Mapping[str, str | None]) -> dict[str, Decimal]:
    return {key: Decimal(text) for key, text in texts.items() if text is not None}
