"""What whoever started a run is told of it: that a level failed, and which levels below a late part could not be made (C34)."""

from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import DomainError
from plumb_tenants.decomposition.models import PlanRun
from plumb_tenants.decomposition.rules import RunState
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
        zh=f"全层级拆解“{run.title}”第 {run.levels_done + 1} 层未能完成：{refusal.text('zh-CN')}修正后请继续拆解。",
        en=f"Level {run.levels_done + 1} of the run {run.title} failed: {refusal.text('en')} Mend it, then continue the run.",
        once=f"plan_run.failed:{run.id}/{run.version}",
    )


async def tell_of_late_level(actor: Actor, run: PlanRun, *, unit: str, goal_id: UUID, refusal: DomainError) -> None:
    """Say that the part of a unit came late and was not split on, once for each goal and reason."""
    await _tell(
        actor,
        run,
        kind="plan_run.left",
        zh=f"全层级拆解“{run.title}”：“{unit}”迟到的目标未能继续向下拆解：{refusal.text('zh-CN')}请修正后为该目标单独拆解。",
        en=f"The run {run.title}: the late part of {unit} was not split on: {refusal.text('en')} Mend it, then split its goal.",
        once=f"plan_run.left:{goal_id}/{refusal.code}",
    )


async def _tell(actor: Actor, run: PlanRun, *, kind: str, zh: str, en: str, once: str) -> None:
    if run.created_by is not None:
        await notify(actor, members=[run.created_by], kind=kind, object_type="PlanRun", object_id=run.id, zh=zh, en=en, once=once)
