"""Runs through all levels, worked off on the spot, of a company whose people and templates are there already."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_platform.queue.models import Outbox
from plumb_tenants.decomposition.service import LEVEL_TOPIC, RunRequest, branch_plan, start_run, work_on_level
from support.south import South


async def work_off(actor: Actor, run_id: UUID) -> int:
    """Do the jobs of a run one after the other, each in a transaction of its own; return how many there were."""
    done = 0
    while True:
        async with tenant_transaction(actor):
            jobs = await Outbox.filter(topic=LEVEL_TOPIC, done_at=None).order_by("id")
            job = next((each for each in jobs if each.payload["run_id"] == str(run_id)), None)
            if job is None:
                return done
            await work_on_level(actor, run_id=run_id, version=job.payload["version"])
            await execute("update outbox set done_at = now() where id = $1", job.id)
            done += 1


async def fill_decomposition(south: South) -> None:
    """Leave a run of the main job's goal with its weekly plans, and a scenario of the plan of the main job."""
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
