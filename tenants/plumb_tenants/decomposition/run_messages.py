"""What whoever started a run is told of it: that a level failed, and which levels below a late part could not be made (C34)."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import DomainError
from plumb_platform.permissions import Permission
from plumb_platform.permissions.members import members_holding
from plumb_platform.telling import Sentence
from plumb_tenants.decomposition.models import PlanRun
from plumb_tenants.decomposition.rules import RunState
from plumb_tenants.decomposition.run_rights import RunRightLost
from plumb_tenants.notifications.service import notify


async def tell_of_failed_level(actor: Actor, payload: dict[str, Any], refusal: DomainError) -> None:
    """Say that a run stands still and why, once for each state of it; one that went on or was discarded is none of it."""
    run = await PlanRun.get_or_none(id=UUID(payload["run_id"]))
    if run is None or run.version != payload["version"] or run.state != RunState.RUNNING:
        return
    await _tell(
        actor,
        run,
        kind="plan_run.failed",
        zh="全层级拆解“{title}”第 {level} 层未能完成：{why}修正后请继续拆解。",
        en="Level {level} of the run {title} failed: {why} Mend it, then continue the run.",
        words={"level": run.levels_done + 1, "why": refusal},
        once=f"plan_run.failed:{run.id}/{run.version}",
        others=await _who_may_go_on(actor, run) if refusal.code == RunRightLost.code else (),
    )


async def _who_may_go_on(actor: Actor, run: PlanRun) -> list[UUID]:
    """Return those who may continue any run of its kind."""
    needed = (Permission.PLAN_WRITE, *([Permission.PLAN_PUBLISH] if run.request["publish"] else []))
    return [each.id for each in await members_holding(actor, *needed)]


async def tell_of_late_level(actor: Actor, run: PlanRun, *, unit: tuple[UUID, str], goal_id: UUID, refusal: DomainError) -> None:
    """Say that the part of a unit, by id and name, came late and was not split on, once for each goal and reason."""
    await _tell(
        actor,
        run,
        kind="plan_run.left",
        zh="全层级拆解“{title}”：“{unit}”迟到的目标未能继续向下拆解：{why}请修正后为该目标单独拆解。",
        en="The run {title}: the late part of {unit} was not split on: {why} Mend it, then split its goal.",
        unit_id=unit[0],
        words={"unit": unit[1], "why": refusal},
        once=f"plan_run.left:{goal_id}/{refusal.code}",
    )


async def _tell(
    actor: Actor,
    run: PlanRun,
    *,
    kind: str,
    zh: str,
    en: str,
    words: dict[str, object],
    once: str,
    unit_id: UUID | None = None,
    others: Iterable[UUID] = (),
) -> None:
    """Tell whoever set a run going, and `others`; a word `unit` is the name of the unit whose id is given."""
    if run.created_by is None:
        return
    said = Sentence(
        zh=zh,
        en=en,
        tells={"title": "PlanRun.title", "unit": "OrgUnit.name"},
        row={"title": run.id} | ({"unit": unit_id} if unit_id else {}),
        title=run.title,
        **words,
    )
    told = {run.created_by, *others}
    await notify(actor, members=told, kind=kind, object_type="PlanRun", object_id=run.id, said=said, once=once)
