"""Mutations of runs: split an annual goal through all levels, go on with a level, publish all of it."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.decomposition.inputs import StartRunInput, run_request_of
from plumb_schema.decomposition.types import DiscardedRun, PlanRun
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, encode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.completion import row_of
from plumb_tenants.decomposition import service


@strawberry.input(description="继续拆解 / Compute `level` and what is below it from what stands above, tunings included.")
class ContinueRunInput:
    run_id: strawberry.ID
    version: int
    level: int
    bypass: str | None = None


@strawberry.input(description="发布全层级拆解 / Make the nodes of all levels goals.")
class PublishRunInput:
    run_id: strawberry.ID
    version: int
    bypass: str | None = None


@strawberry.input(description="丢弃全层级拆解 / Delete a run that was not published.")
class DiscardRunInput:
    run_id: strawberry.ID
    version: int


@strawberry.type
class RunMutation:
    @mutation(
        needs=Permission.PLAN_WRITE,
        description="全层级拆解 / Split an annual goal down to the people and their weeks, by jobs; again is the same run.",
    )
    async def start_run(self, info: Info, input: StartRunInput) -> PlanRun:
        return row_of(PlanRun, (await service.start_run(info.context.caller, run_request_of(input))).id)

    @mutation(needs=Permission.PLAN_WRITE, description="继续拆解 / Release a waterfall's next level, or carry a tuning down.")
    async def continue_run(self, info: Info, input: ContinueRunInput) -> PlanRun:
        run_id = decode_id(input.run_id, "PlanRun", field="runId")
        run = await service.continue_run(
            info.context.caller, run_id=run_id, version=input.version, level=input.level, bypass=input.bypass
        )
        return row_of(PlanRun, run.id)

    @mutation(
        needs=Permission.PLAN_PUBLISH, description="发布全层级拆解 / Propose the nodes of all levels as goals, all or none."
    )
    async def publish_run(self, info: Info, input: PublishRunInput) -> PlanRun:
        run_id = decode_id(input.run_id, "PlanRun", field="runId")
        run = await service.publish_run(info.context.caller, run_id=run_id, version=input.version, bypass=input.bypass)
        return row_of(PlanRun, run.id)

    @mutation(needs=Permission.PLAN_WRITE, description="丢弃全层级拆解 / Delete a run that was not published, with its plans.")
    async def discard_run(self, info: Info, input: DiscardRunInput) -> DiscardedRun:
        run_id = decode_id(input.run_id, "PlanRun", field="runId")
        gone = await service.discard_run(info.context.caller, run_id=run_id, version=input.version)
        return DiscardedRun(run_id=encode_id("PlanRun", gone.run_id), title=gone.title, plans=gone.plans, nodes=gone.nodes)
