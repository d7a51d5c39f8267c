"""Mutations of retention: place and lift legal holds."""

from typing import Annotated

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.permission import field
from plumb_schema.ground.problems import Problems
from plumb_schema.reads.completion import row_of
from plumb_schema.retention.types import RetentionHold
from plumb_tenants.retention import service

_TYPES = {
    service.HoldScope.CYCLE: "Cycle",
    service.HoldScope.LETTER: "Letter",
    service.HoldScope.PERSON: "Person",
    service.HoldScope.COMPANY: "Company",
}


@strawberry.input(description="设置保全 / Keep what a scope names from being destroyed; COMPANY names no object.")
class PlaceHoldInput:
    scope: service.HoldScope
    reason: str
    object_id: strawberry.ID | None = None


@strawberry.input(description="解除保全 / Lift a hold, with the reason.")
class LiftHoldInput:
    hold_id: strawberry.ID
    version: int
    reason: str


PlaceHoldResult = Annotated[RetentionHold | Problems, strawberry.union("PlaceHoldResult")]
LiftHoldResult = Annotated[RetentionHold | Problems, strawberry.union("LiftHoldResult")]


@strawberry.type
class RetentionMutation:
    @field(needs=Permission.RETENTION_HOLD, description="设置保全 / Place a legal hold.")
    async def place_hold(self, info: Info, input: PlaceHoldInput) -> PlaceHoldResult:
        held = decode_id(input.object_id, _TYPES[input.scope], field="objectId") if input.object_id else None
        placed = await service.place_hold(info.context.caller, scope=input.scope, object_id=held, reason=input.reason)
        return row_of(RetentionHold, placed)

    @field(needs=Permission.RETENTION_HOLD, description="解除保全 / Lift a legal hold.")
    async def lift_hold(self, info: Info, input: LiftHoldInput) -> LiftHoldResult:
        hold_id = decode_id(input.hold_id, "RetentionHold", field="holdId")
        lifted = await service.lift_hold(info.context.caller, hold_id=hold_id, version=input.version, reason=input.reason)
        return row_of(RetentionHold, lifted)
