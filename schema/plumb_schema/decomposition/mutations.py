"""Mutations of decomposition: create a plan, tune a node, publish."""

from decimal import Decimal

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.decomposition.inputs import CreatePlanInput, request_of
from plumb_schema.decomposition.types import DiscardedPlan, Plan, PlanNode
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, encode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.completion import row_of
from plumb_tenants.decomposition import service


@strawberry.input(description="调整节点 / Set a node's value within the band, with a reason.")
class TunePlanNodeInput:
    node_id: strawberry.ID
    version: int
    value: Decimal
    reason: str


@strawberry.input(description="发布方案 / Make the nodes goals; `acceptGap` false refuses a plan whose parts miss the total.")
class PublishPlanInput:
    plan_id: strawberry.ID
    version: int
    accept_gap: bool = True
    bypass: str | None = None


@strawberry.input(description="解除阻塞 / Look at the portrait reports anew; whose report is complete gets the part left open.")
class UnblockPlanInput:
    plan_id: strawberry.ID
    version: int
    bypass: str | None = None


@strawberry.input(description="丢弃方案 / Delete a draft plan, or a scenario that was not promoted.")
class DiscardPlanInput:
    plan_id: strawberry.ID
    version: int


@strawberry.type
class DecompositionMutation:
    @mutation(needs=Permission.PLAN_WRITE, description="新建拆解方案 / Run a published template over the children of a unit.")
    async def create_plan(self, info: Info, input: CreatePlanInput) -> Plan:
        made = await service.create_plan(info.context.caller, request_of(input))
        return row_of(Plan, made.id)

    @mutation(needs=Permission.PLAN_TUNE, description="调整节点 / Tune a node; the suggestion stays beside it.")
    async def tune_plan_node(self, info: Info, input: TunePlanNodeInput) -> PlanNode:
        tuned = await service.tune_node(
            info.context.caller,
            node_id=decode_id(input.node_id, "PlanNode", field="nodeId"),
            version=input.version,
            value=input.value,
            reason=input.reason,
        )
        return row_of(PlanNode, tuned.id)

    @mutation(needs=Permission.PLAN_PUBLISH, description="发布方案 / Propose each node to its owner as a goal.")
    async def publish_plan(self, info: Info, input: PublishPlanInput) -> Plan:
        published = await service.publish_plan(
            info.context.caller,
            plan_id=decode_id(input.plan_id, "Plan", field="planId"),
            version=input.version,
            accept_gap=input.accept_gap,
            bypass=input.bypass,
        )
        return row_of(Plan, published.id)

    @mutation(needs=Permission.PLAN_WRITE, description="解除阻塞 / Split for nodes whose report came; nobody else moves.")
    async def unblock_plan(self, info: Info, input: UnblockPlanInput) -> Plan:
        plan_id = decode_id(input.plan_id, "Plan", field="planId")
        plan = await service.unblock_plan(info.context.caller, plan_id=plan_id, version=input.version, bypass=input.bypass)
        return row_of(Plan, plan.id)

    @mutation(needs=Permission.PLAN_WRITE, description="丢弃方案 / Delete a draft or an open scenario, with its nodes.")
    async def discard_plan(self, info: Info, input: DiscardPlanInput) -> DiscardedPlan:
        plan_id = decode_id(input.plan_id, "Plan", field="planId")
        gone = await service.discard_plan(info.context.caller, plan_id=plan_id, version=input.version)
        return DiscardedPlan(plan_id=encode_id("Plan", gone.plan_id), title=gone.title, nodes=gone.nodes)
