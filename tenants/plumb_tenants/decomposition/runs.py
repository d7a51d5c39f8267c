"""Runs: an annual goal split through all levels below a unit, by jobs that do one level each (C34)."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import take_lock
from plumb_platform.errors import InvalidInput, Refused
from plumb_platform.permissions import Permission
from plumb_platform.queue.service import enqueue
from plumb_tenants.decomposition import run_ids
from plumb_tenants.decomposition.access import access_run
from plumb_tenants.decomposition.calibrating import check_calibration
from plumb_tenants.decomposition.definition import KIND, DecompositionTemplate
from plumb_tenants.decomposition.given import read_fact
from plumb_tenants.decomposition.models import PlanRun
from plumb_tenants.decomposition.planning import PlanTotalMissing, check_total, total_of_goal
from plumb_tenants.decomposition.requests import (
    RunMethod,
    RunRequest,
    figures_from_json,
    run_to_json,
    terms_from_json,
)
from plumb_tenants.decomposition.rules import LEVEL_TOPIC, RunState
from plumb_tenants.decomposition.run_computing import RunContext, context_of, propose_all, propose_level
from plumb_tenants.decomposition.run_publishing import publish_levels, refuse_locked_levels
from plumb_tenants.decomposition.run_rights import refuse_lost
from plumb_tenants.decomposition.run_standing import (
    RunPublished,
    check_changeable,
    check_plans_are_drafts,
    first_version,
)
from plumb_tenants.decomposition.run_storage import forget_others, store_level, store_weeks, values_at
from plumb_tenants.decomposition.template import Level
from plumb_tenants.definitions.service import PublishedVersion, pinned_version, published_version
from plumb_tenants.goals.access import access_cycle
from plumb_tenants.goals.service import Cycle, check_bypass, cycles_by_id, is_text
from plumb_tenants.people.access import access_unit


class RunNotDone(Refused):
    """Only a run with all its levels becomes goals."""

    code = "RUN_NOT_DONE"
    zh = "拆解尚未完成（已完成 {done}/{levels} 层），不能发布。"
    en = "The run has {done} of {levels} levels; it cannot be published yet."


class RunLevelInvalid(InvalidInput):
    """A level is computed once those above it are there."""

    code = "RUN_LEVEL_INVALID"
    zh = "层级 {level} 无效：须为 0 至 {done}，且小于 {levels}。"
    en = "The level {level} is not valid: it is 0 to {done}, and below {levels}."


class TemplatesDiffer(InvalidInput):
    """All levels of a run split the same metric, units by one template and people by the other."""

    code = "RUN_TEMPLATES_DIFFER"
    zh = "部门模板须按下级部门拆解、人员模板须按人员拆解，且两者指标与单位一致。"
    en = "A run needs a template over units and one over people, both of the same metric and unit of measure."


class RunTitleInvalid(InvalidInput):
    """A title fits its column."""

    code = "RUN_TITLE_INVALID"
    zh = "标题须为 1 到 200 个字符。"
    en = "A title has 1 to 200 characters."


async def start_run(actor: Actor, request: RunRequest) -> PlanRun:
    """Check that a goal can be split through all levels, then leave the work to jobs; the same goal again is the same run.

    Everything is computed once before anything is written, so that a refusal names its row and changes nothing.
    """
    unit = await access_unit(actor, request.unit_id, Permission.PLAN_WRITE, field="unitId")
    if request.publish:
        await access_unit(actor, request.unit_id, Permission.PLAN_PUBLISH, field="unitId")
    if request.bypass is not None:
        await check_bypass(actor, request.bypass)
    cycle = await access_cycle(actor, request.cycle_id)
    versions = await _versions(actor, request, cycle)
    template: DecompositionTemplate = versions[Level.UNITS].body
    title = template.metric if request.title is None else request.title.strip()
    if not is_text(title, longest=200):
        raise RunTitleInvalid(field="title")
    context = await context_of(actor, request, versions, cycle)
    committed = context.committed
    total = await _total(actor, request, template) if committed is None else check_total(committed[unit.id], field="inputs")
    levels = await asyncio.to_thread(propose_all, context, total)
    if request.publish and request.method is not RunMethod.WATERFALL:
        await refuse_locked_levels(actor, request, levels)
    run = await _written(actor, request, context, template, title=title, total=total)
    await _enqueue(actor, run)
    after = {"unit_id": str(unit.id), "total": str(total), "method": run.method, "levels": run.levels}
    await record(actor, "plan_run.start", "plan_run", run.id, after=after | _ends_in(run))
    return run


def _ends_in(run: PlanRun) -> dict[str, Any]:
    """Return what the record of an act says of the publishing that it leads to, which jobs do as the system."""
    return {"publish": run.request["publish"], "bypass": run.request.get("bypass")}


async def _written(
    actor: Actor, request: RunRequest, context: RunContext, template: DecompositionTemplate, *, title: str, total: Decimal
) -> PlanRun:
    """Write the run at its beginning, over the one that stands under its id; raises RUN_PUBLISHED, RUN_PLAN_PUBLISHED."""
    place: dict[str, Any] = {"cycle_id": request.cycle_id, "unit_id": request.unit_id, "metric": template.metric}
    own = run_ids.run_id(actor.tenant_id, method=request.method, **place)
    values: dict[str, Any] = {
        "units_version_id": request.units_version_id,
        "people_version_id": request.people_version_id,
        "parent_goal_id": request.parent_goal_id,
        "title": title,
        "unit_of_measure": template.unit_of_measure,
        "total": total,
        "as_of": context.frames[Level.UNITS].as_of,
        "request": run_to_json(request),
        "state": RunState.RUNNING.value,
        "levels": len(context.tree.levels),
        "levels_done": 0,
        "nodes": 0,
        "weeks": 0,
        "created_by": actor.membership_id,
    }
    await take_lock("plan_run", own)
    run = await PlanRun.filter(id=own).select_for_update(no_key=True).first()
    if run is not None and run.state == RunState.PUBLISHED:
        raise RunPublished(field="unitId")
    branches = (branch.unit.id for level in context.tree.levels for branch in level)
    await check_plans_are_drafts(actor, own, branches, field="unitId")
    if run is None:
        version = await first_version(own)
        return await PlanRun.create(id=own, method=request.method.value, version=version, **place, **values)
    run.update_from_dict({**values, "version": run.version + 1})
    await run.save()
    return run


async def continue_run(actor: Actor, *, run_id: UUID, version: int, level: int, bypass: str | None = None) -> PlanRun:
    """Compute a level and those below it from what stands above, tunings included; a waterfall computes just that level.

    A run that was started to be published asks for the right to publish, for that is what it is on the way to; past a lock of
    goals it goes by the reason that is given here, not by that of somebody before (A13). It is theirs from then on.
    """
    run = await access_run(actor, run_id, Permission.PLAN_WRITE, lock=True)
    if run.request["publish"]:
        await access_run(actor, run_id, Permission.PLAN_PUBLISH)
    if bypass is not None:
        await check_bypass(actor, bypass)
    await check_changeable(actor, run, version)
    if not 0 <= level <= min(run.levels_done, run.levels - 1):
        raise RunLevelInvalid(field="level", level=level, done=run.levels_done, levels=run.levels)
    run.levels_done, run.state, run.version = level, RunState.RUNNING.value, run.version + 1
    run.request, run.created_by = run.request | {"bypass": bypass}, actor.membership_id
    await run.save(update_fields=["levels_done", "state", "version", "request", "created_by"])
    await _enqueue(actor, run)
    await record(actor, "plan_run.continue", "plan_run", run.id, after={"level": level} | _ends_in(run))
    return run


async def work_on_level(actor: Actor, *, run_id: UUID, version: int) -> PlanRun | None:
    """Compute and store the next level of a run, as its job does; a job of an earlier state of the run does nothing.

    Return None for a run that was discarded. Raises RunRightLost where whoever set it going lost a right to.
    """
    run = await PlanRun.filter(id=run_id).select_for_update(no_key=True).first()
    if run is None or run.version != version or run.state != RunState.RUNNING:
        return run
    request = request_of(run)
    await refuse_lost(actor, run)
    versions = await pinned_versions(actor, request)
    cycle = (await cycles_by_id(actor, [run.cycle_id]))[run.cycle_id]
    place = run.levels_done
    context = await context_of(actor, request, versions, cycle, place=place)
    totals = await values_at(run, place - 1) if place else {run.unit_id: run.total}
    await _store(actor, run, context, place, totals)
    run.levels_done, run.version, run.levels = place + 1, run.version + 1, len(context.tree.levels)
    done = run.levels_done >= run.levels
    waits = request.method is RunMethod.WATERFALL
    run.state = (RunState.DONE if done else RunState.WAITING if waits else RunState.RUNNING).value
    await run.save()
    if done:
        await forget_others(actor, run, context.tree)
        if request.publish:
            return await _publish(actor, run, bypass=request.bypass)
    elif not waits:
        await _enqueue(actor, run)
    return run


async def publish_run(actor: Actor, *, run_id: UUID, version: int, bypass: str | None = None) -> PlanRun:
    """Make every node of every level a goal, each a part of the goal above it; all of them or none."""
    run = await access_run(actor, run_id, Permission.PLAN_PUBLISH, lock=True)
    await check_changeable(actor, run, version)
    if run.state != RunState.DONE:
        raise RunNotDone(field="runId", done=run.levels_done, levels=run.levels)
    return await _publish(actor, run, bypass=bypass)


async def _publish(actor: Actor, run: PlanRun, *, bypass: str | None = None) -> PlanRun:
    goals = await publish_levels(actor, run, bypass=bypass)
    run.state, run.version = RunState.PUBLISHED.value, run.version + 1
    await run.save(update_fields=["state", "version"])
    await record(actor, "plan_run.publish", "plan_run", run.id, after={"goals": goals, "total": str(run.total)})
    return run


async def _store(actor: Actor, run: PlanRun, context: RunContext, place: int, totals: Mapping[UUID, Decimal]) -> None:
    plans = await asyncio.to_thread(propose_level, context, place, totals)
    await store_level(actor, run, context.tree.levels[place][0].depth, plans)
    cuts = {level: context.cut(level) for level in context.versions}
    if place == 0:
        run.nodes = run.weeks = 0
    run.nodes += sum(len(plan.branch.children) for plan in plans)
    run.weeks += await store_weeks(actor, run, context.tree, plans, cuts)


async def _enqueue(actor: Actor, run: PlanRun) -> None:
    payload = {"run_id": str(run.id), "version": run.version, "level": run.levels_done}
    await enqueue(actor, LEVEL_TOPIC, payload, dedupe_key=f"{run.id}/{run.version}")


async def _versions(actor: Actor, request: RunRequest, cycle: Cycle) -> Mapping[Level, PublishedVersion]:
    found = {
        level: await _usable(actor, version_id, field, request.unit_id, cycle)
        for level, version_id, field in (
            (Level.UNITS, request.units_version_id, "unitsVersionId"),
            (Level.PEOPLE, request.people_version_id, "peopleVersionId"),
        )
    }
    said = {(version.body.metric, version.body.unit_of_measure) for version in found.values()}
    if found[Level.UNITS].body.level is not Level.UNITS:
        raise TemplatesDiffer(field="unitsVersionId")
    if len(said) > 1 or found[Level.PEOPLE].body.level is not Level.PEOPLE:
        raise TemplatesDiffer(field="peopleVersionId")
    return found


async def _usable(actor: Actor, version_id: UUID, field: str, unit_id: UUID, cycle: Cycle) -> PublishedVersion:
    begins = cycle.starts_on
    version = await published_version(actor, version_id, kind=KIND, field=field, unit_id=unit_id, begins_on=begins)
    await check_calibration(version, cycle, field=field)
    return version


async def pinned_versions(actor: Actor, request: RunRequest) -> Mapping[Level, PublishedVersion]:
    """Return the templates that a run is computed by, as they were when it was asked for."""
    ids = {Level.UNITS: request.units_version_id, Level.PEOPLE: request.people_version_id}
    return {level: await pinned_version(actor, version_id, kind=KIND) for level, version_id in ids.items()}


async def _total(actor: Actor, request: RunRequest, template: DecompositionTemplate) -> Decimal:
    if request.parent_goal_id is not None:
        return await total_of_goal(actor, request.parent_goal_id, request, template)
    if request.total is None:
        raise PlanTotalMissing(field="total")
    return check_total(request.total)


def request_of(run: PlanRun) -> RunRequest:
    """Return what a run was asked for, as it is kept."""
    return RunRequest(
        cycle_id=run.cycle_id,
        unit_id=run.unit_id,
        units_version_id=run.units_version_id,
        people_version_id=run.people_version_id,
        method=RunMethod(run.method),
        total=run.total,
        parent_goal_id=run.parent_goal_id,
        inputs=figures_from_json(run.request["inputs"]),
        terms={UUID(child): terms_from_json(terms) for child, terms in run.request["terms"].items()},
        facts={name: read_fact(value) for name, value in run.request["facts"].items()},
        title=run.title,
        as_of=run.as_of,
        publish=run.request["publish"],
        bypass=run.request.get("bypass"),  # runs of before there was one name none
    )
