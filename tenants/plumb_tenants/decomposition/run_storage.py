"""Storing a level of a run: plans, nodes and weeks in one statement each, in the place of what an earlier run left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch
from plumb_tenants.decomposition.models import PlanRun
from plumb_tenants.decomposition.planning import ProposedPlan
from plumb_tenants.decomposition.rules import PlanState
from plumb_tenants.decomposition.run_ids import node_id, plan_id, week_id
from plumb_tenants.decomposition.run_standing import check_plans_are_drafts
from plumb_tenants.decomposition.run_tree import Branch, RunTree
from plumb_tenants.decomposition.seasons import Cut, spread_by_week
from plumb_tenants.decomposition.storage import NewNodes, store_plans_nodes
from plumb_tenants.decomposition.template import Level

_PLANS = """
insert into plan (tenant_id, id, created_at, cycle_id, definition_version_id, unit_id, title, metric, unit_of_measure, total,
                  padding_percent, as_of, working_days, run_id, depth, state, created_by, version)
select $1, n.id, $2, $3, n.version_id, n.unit_id, $4, $5, $6, n.total, n.padding, $7, n.days, $8, $9, $10, $11, 1
from unnest($12::uuid[], $13::uuid[], $14::uuid[], $15::numeric[], $16::numeric[], $17::int[])
     as n (id, version_id, unit_id, total, padding, days)
on conflict (tenant_id, id) do update set definition_version_id = excluded.definition_version_id, title = excluded.title,
  total = excluded.total, padding_percent = excluded.padding_percent, as_of = excluded.as_of,
  working_days = excluded.working_days, run_id = excluded.run_id, depth = excluded.depth, version = plan.version + 1
"""
_WEEKS = """
insert into plan_week (tenant_id, id, node_id, week, target)
select $1, n.id, n.node_id, n.week, n.cents * 0.01
from unnest($2::uuid[], $3::uuid[], $4::date[], $5::bigint[]) as n (id, node_id, week, cents)
"""
_NODES_OF = "select id from plan_node where tenant_id = $1 and plan_id = any($2::uuid[])"
_SET_ASIDE = "update plan_node set ordinal = -1 - ordinal where tenant_id = $1 and plan_id = any($2::uuid[])"
_LEFT_OVER = "delete from plan_node where tenant_id = $1 and plan_id = any($2::uuid[]) and ordinal < 0"
_GONE = "select id from plan p where p.run_id = $1 and not p.id = any($2::uuid[])"
_LEAVE = """
update plan p set run_id = null, depth = 0, version = p.version + 1 where p.tenant_id = $1 and p.id = any($2::uuid[])
  and exists (select from plan s where s.tenant_id = p.tenant_id and s.branch_of = p.id) returning p.id
"""
_VALUES = """
select coalesce(n.person_id, n.unit_id) as child, n.value from plan_node n
join plan p on p.tenant_id = n.tenant_id and p.id = n.plan_id
where p.run_id = $1 and p.depth = $2 and n.derivation -> 'given' -> 'blocked' is null
"""

_APART = 1000
"""How far the versions of nodes are apart that two states of a run begin with: so many tunings fit between them."""


@dataclass(frozen=True, slots=True)
class NewPlan:
    """A plan of a run to be written, with the branch that it splits for."""

    branch: Branch
    proposed: ProposedPlan


async def store_level(actor: Actor, run: PlanRun, depth: int, plans: Sequence[NewPlan]) -> None:
    """Write the plans of one depth with their nodes; ids follow from the run, so a rerun gives them again.

    What an earlier run left at this depth, for units that wait for a report now, goes. Raises RUN_PLAN_PUBLISHED.
    """
    await check_plans_are_drafts(actor, run.id, (plan.branch.unit.id for plan in plans), field="runId")
    ids = [plan_id(run.id, plan.branch.unit.id) for plan in plans]
    await _forget_weeks(actor, ids)
    await _delete(actor, [row["id"] for row in await fetch(f"{_GONE} and p.depth = $3", run.id, ids, depth)])
    await write_plans(actor, run, depth, plans)


async def write_plans(actor: Actor, run: PlanRun, depth: int, plans: Sequence[NewPlan]) -> None:
    """Write plans of one depth with their nodes, in the place of those of the same units; others at this depth stay."""
    if not plans:
        return
    ids = [plan_id(run.id, plan.branch.unit.id) for plan in plans]
    await execute(
        _PLANS,
        *(actor.tenant_id, now(), run.cycle_id, run.title, run.metric, run.unit_of_measure, run.as_of, run.id),
        *(depth, PlanState.DRAFT.value, run.created_by),
        ids,
        [plan.proposed.version.id for plan in plans],
        [plan.branch.unit.id for plan in plans],
        [plan.proposed.total for plan in plans],
        [plan.proposed.padding_percent for plan in plans],
        [plan.proposed.frame.days for plan in plans],
    )
    nodes = [
        NewNodes(own, [node_id(own, child.id) for child in plan.branch.children], plan.proposed)
        for own, plan in zip(ids, plans, strict=True)
    ]
    # A node that stays is written over: to delete it would ask, for each, whether a week still needs it.
    await execute(_SET_ASIDE, actor.tenant_id, ids)
    await store_plans_nodes(actor, nodes, version=_node_version(run))
    await execute(_LEFT_OVER, actor.tenant_id, ids)


def _node_version(run: PlanRun) -> int:
    """Return the version that new nodes begin with: 1 in the first state of a run, behind those of before in every later one.

    A node that went, with its run or alone, comes again under its id; who saw it then must not tune it unseen.
    """
    return 1 + _APART * (run.version - 1)


async def store_weeks(actor: Actor, run: PlanRun, tree: RunTree, plans: Sequence[NewPlan], cuts: Mapping[Level, Cut]) -> int:
    """Write the weekly plans of those below whom nothing is split and who wait for nothing; return how many rows there are.

    The weeks of a unit are the sums of the weeks below it: rows and columns both add up to the cent.
    """
    branches, weeks = tree.below(), cuts[Level.PEOPLE].weeks
    nodes: list[UUID] = []
    cents: list[int] = []
    for plan in plans:
        proposed, own = plan.proposed, plan_id(run.id, plan.branch.unit.id)
        for child, given, value in zip(proposed.children, proposed.given, proposed.suggestions.values, strict=True):
            if given.blocked is None and tree.is_lowest(child, branches):
                nodes.append(node_id(own, child.id))
                cents += spread_by_week(value, proposed.template, given, cuts[plan.branch.level])
    await insert_weeks(actor, nodes, weeks, cents)
    return len(cents)


async def insert_weeks(actor: Actor, nodes: Sequence[UUID], weeks: Sequence[date], cents: Sequence[int]) -> None:
    """Write a weekly plan for each node and Monday; `cents` are node by node."""
    await execute(
        _WEEKS,
        actor.tenant_id,
        [week_id(node, week) for node in nodes for week in weeks],
        [node for node in nodes for _ in weeks],
        [*weeks] * len(nodes),
        cents,
    )


async def values_at(run: PlanRun, depth: int) -> dict[UUID, Decimal]:
    """Return what stands for each child at a depth of a run that waits for no report, tunings included."""
    return {row["child"]: row["value"] for row in await fetch(_VALUES, run.id, depth)}


async def forget_others(actor: Actor, run: PlanRun, tree: RunTree) -> None:
    """Delete what an earlier run left for units that split nothing any more."""
    kept = [plan_id(run.id, branch.unit.id) for level in tree.levels for branch in level]
    await _delete(actor, [row["id"] for row in await fetch(_GONE, run.id, kept)])


async def _delete(actor: Actor, plan_ids: Sequence[UUID]) -> None:
    """Delete plans with what is theirs; one that a scenario was branched from leaves the run, a draft of its own."""
    left = {row["id"] for row in await execute(_LEAVE, actor.tenant_id, list(plan_ids))}
    await delete_plans(actor, [each for each in plan_ids if each not in left])


async def delete_plans(actor: Actor, plan_ids: Sequence[UUID]) -> None:
    """Delete plans that nothing was branched from, with their nodes and weeks."""
    await _forget_weeks(actor, plan_ids)
    await execute("delete from plan_node where tenant_id = $1 and plan_id = any($2::uuid[])", actor.tenant_id, list(plan_ids))
    await execute("delete from plan where tenant_id = $1 and id = any($2::uuid[])", actor.tenant_id, list(plan_ids))


async def _forget_weeks(actor: Actor, plan_ids: Sequence[UUID]) -> None:
    """Delete the weekly plans of plans by the keys of their nodes.

    A join would be planned by statistics that may not know this company yet, and then reads all its weeks for each node.
    """
    nodes = [row["id"] for row in await fetch(_NODES_OF, actor.tenant_id, list(plan_ids))]
    await execute("delete from plan_week where tenant_id = $1 and node_id = any($2::uuid[])", actor.tenant_id, nodes)
