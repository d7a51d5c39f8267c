"""How runs stand: whether one may change, what stands in its way, and the run that a plan or what it was branched from is of."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch, fetch_value
from plumb_platform.errors import Conflict, Refused
from plumb_tenants.decomposition.models import PlanRun
from plumb_tenants.decomposition.rules import LEVEL_TOPIC, PlanState, RunState
from plumb_tenants.decomposition.run_ids import plan_id

_LOCKED = """
select p.state, p.unit_id, u.name from plan p join org_unit u on u.tenant_id = p.tenant_id and u.id = p.unit_id
where p.tenant_id = $1 and (p.id = any($2::uuid[]) or p.run_id = $3) order by p.depth, p.id for no key update of p
"""

_RUN_OF = """
with recursive before as (
  select branch_of, run_id, depth from plan where id = $1
  union all
  select p.branch_of, p.run_id, p.depth from before b join plan p on p.id = b.branch_of
)
select run_id, depth from before where run_id is not null limit 1
"""

_BEHIND = "select coalesce(max((payload ->> 'version')::int) + 2, 1) from outbox where topic = $1 and payload ->> 'run_id' = $2"


class RunPublished(Refused):
    """A published run is what goals were made of; it never changes."""

    code = "RUN_PUBLISHED"
    zh = "该年度目标的拆解已发布，不能重新计算或丢弃。"
    en = "This run is published; it is neither computed again nor discarded."


@dataclass(frozen=True, slots=True)
class PlaceInRun:
    """The run that a plan is of, and the depth of its level."""

    run_id: UUID
    depth: int


async def run_of(plan: UUID) -> PlaceInRun | None:
    """Return where a plan stands in a run, also one that a scenario of it took the place of; None for one of its own."""
    rows = await fetch(_RUN_OF, plan)
    return PlaceInRun(**rows[0]) if rows else None


class RunPlanPublished(Refused, tells={"unit": "OrgUnit.name"}):
    """A plan that was published by itself is neither computed again, nor taken away, nor published a second time."""

    code = "RUN_PLAN_PUBLISHED"
    zh = (
        "部门“{unit}”的拆解方案已单独发布，其目标已生效，不能再随年度拆解重新计算或发布。"
        "请修订这些目标，或为其他部门、以其他方式另行拆解。"
    )
    en = (
        "The plan of {unit} was published by itself and its goals stand; a run does not compute or publish it again. "
        "Revise those goals, or start a run of another unit or by another method."
    )


async def check_plans_are_drafts(actor: Actor, run: UUID, unit_ids: Iterable[UUID], *, field: str) -> None:
    """Lock the plans of a run, and those of the units that once left it, till commit; raises RUN_PLAN_PUBLISHED."""
    ids = [plan_id(run, unit) for unit in unit_ids]
    for row in await fetch(_LOCKED, actor.tenant_id, ids, run):
        if row["state"] != PlanState.DRAFT:
            raise RunPlanPublished(field=field, row=row["unit_id"], unit=row["name"])


async def check_changeable(actor: Actor, run: PlanRun, version: int) -> None:
    """Refuse to change a run that is published, or not what the caller saw; lock its plans till commit."""
    if run.version != version:
        raise Conflict(current_version=run.version)
    if run.state == RunState.PUBLISHED:
        raise RunPublished(field="runId")
    await check_plans_are_drafts(actor, run.id, (), field="runId")


async def first_version(run: UUID) -> int:
    """Return the version that a new run begins with: 1, or for one that was discarded before, behind all that it ever had.

    A run begun anew has the id of the one before; neither a job of that one nor who saw it is to be taken for its own.
    """
    found: int = await fetch_value(_BEHIND, LEVEL_TOPIC, str(run))
    return found
