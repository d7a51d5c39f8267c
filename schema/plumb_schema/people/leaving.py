"""GraphQL of leaving: deactivate a person, and the handovers of what they held."""

import strawberry

import plumb_schema.people.types  # noqa: F401 - relations lead there
from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import Node, decode_id, decode_optional_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.classes import connection, of, single
from plumb_schema.reads.completion import row_of
from plumb_tenants.people import service
from plumb_tenants.people.handover_resource import HANDOVER
from plumb_tenants.people.states import HandoverState

strawberry.enum(HandoverState, description="交接状态 / An open handover waits for a successor.")


@of(HANDOVER)
class Handover(Node):
    pass


@strawberry.input(description="停用员工 / Make a person inactive; without a successor what they hold waits in an open handover.")
class DeactivatePersonInput:
    person_id: strawberry.ID
    version: int
    reason: str
    successor_id: strawberry.ID | None = None


@strawberry.input(description="完成交接 / Pass on to a successor what a leaver still holds.")
class CompleteHandoverInput:
    handover_id: strawberry.ID
    version: int
    successor_id: strawberry.ID


@strawberry.type
class LeavingQuery:
    handovers = connection(Handover, description="交接单列表 / Handovers that the caller may read, newest first.")
    handover = single(Handover, description="交接单 / One handover.")


@strawberry.type
class LeavingMutation:
    @mutation(needs=Permission.PERSON_DEACTIVATE, description="停用员工 / End a person's memberships and pass on what they hold.")
    async def deactivate_person(self, info: Info, input: DeactivatePersonInput) -> Handover:
        handover = await service.deactivate_person(
            info.context.caller,
            person_id=decode_id(input.person_id, "Person", field="personId"),
            version=input.version,
            reason=input.reason,
            successor_id=decode_optional_id(input.successor_id, "Person", field="successorId"),
        )
        return row_of(Handover, handover)

    @mutation(needs=Permission.PERSON_DEACTIVATE, description="完成交接 / Name who takes over, and close the ticket.")
    async def complete_handover(self, info: Info, input: CompleteHandoverInput) -> Handover:
        handover = await service.complete_handover(
            info.context.caller,
            handover_id=decode_id(input.handover_id, "Handover", field="handoverId"),
            version=input.version,
            successor_id=decode_id(input.successor_id, "Person", field="successorId"),
        )
        return row_of(Handover, handover)
