"""Runs through all levels, worked off on the spot, of a company whose people and templates are there already."""

from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_platform.queue.models import Outbox
from plumb_platform.queue.worker_side import Outcome, Work, work_on
from plumb_tenants.access.service import kept_text
from plumb_tenants.decomposition.service import (
    LEVEL_TOPIC,
    RunRequest,
    branch_plan,
    open_round,
    start_run,
    tell_of_failed_level,
    work_on_level,
)
from support.forms_made import publish_form
from support.south import South
from support.surveys_made import FORM

_NEXT = "select id from outbox where topic = $1 and done_at is null and failed_at is null order by id limit 1"


async def work_off(actor: Actor, run_id: UUID) -> int:
    """Do the jobs of a run one after the other, each in a transaction of its own; return how many there were."""
    done = 0
    while True:
        async with tenant_transaction(actor):
            jobs = await Outbox.filter(topic=LEVEL_TOPIC, done_at=None, failed_at=None).order_by("id")
            job = next((each for each in jobs if each.payload["run_id"] == str(run_id)), None)
            if job is None:
                return done
            await work_on_level(actor, run_id=run_id, version=job.payload["version"])
            await execute("update outbox set done_at = now() where id = $1", job.id)
            done += 1


async def work_as_worker(system: Actor) -> Outcome | None:
    """Do the next job of a company's runs as a worker does it, refusals included."""

    async def split(actor: Actor, payload: dict[str, Any]) -> dict[str, Any]:
        run = await work_on_level(actor, run_id=payload["run_id"], version=payload["version"])
        return {"state": run and run.state}

    async with tenant_transaction(system):
        job = await fetch_value(_NEXT, LEVEL_TOPIC)
    work = Work(run=split, timeout=60, failed=tell_of_failed_level)
    return await work_on(system.tenant_id, job, lambda _: work, keep=kept_text)


async def fill_feedback(south: South) -> None:
    """Leave a round of feedback on the weights of the main job's template, with a version that it led to."""
    hr = south.company.hr
    form = await publish_form(hr, "weight-feedback", FORM)
    async with tenant_transaction(hr):
        definition = await fetch_value("select definition_id from definition_version where id = $1", south.template)
        last = today("Asia/Shanghai")
        await open_round(hr, definition_id=definition, form_version_id=form, score_field="公平性", closes_on=last)
        await execute("update feedback_round set state = 'PROPOSED', draft_version_id = $1", south.people_template)


async def fill_decomposition(south: South) -> None:
    """Leave a run of the main job's goal with its weekly plans, a scenario of its plan, and feedback on its weights."""
    await fill_feedback(south)
    request = RunRequest(
        cycle_id=south.cycle,
        unit_id=south.unit,
        units_version_id=south.template,
        people_version_id=south.people_template,
        total=south.request().total,
        inputs=south.inputs,
    )
    async with tenant_transaction(south.company.hr):
        run = await start_run(south.company.hr, request)
    await work_off(south.company.hr, run.id)
    async with tenant_transaction(south.company.hr):
        plan = await fetch_value("select id from plan where parent_goal_id is null and run_id is null")
        await branch_plan(south.company.hr, plan_id=plan, title="加码情景")
