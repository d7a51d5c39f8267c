"""Queries of negotiations."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.permission import field
from plumb_schema.negotiations.types import GoalRating, NegotiationTicket, rating_of
from plumb_schema.reads.classes import connection, single
from plumb_tenants.negotiations import service


@strawberry.type
class NegotiationQuery:
    negotiation_tickets = connection(NegotiationTicket, description="协商工单列表 / Tickets that the caller may read.")
    negotiation_ticket = single(NegotiationTicket, description="协商工单 / One ticket.")

    @field(needs=Permission.GOAL_READ, description="目标评分 / The average rating of a goal's present version.")
    async def goal_rating(self, info: Info, goal_id: strawberry.ID) -> GoalRating:
        return rating_of(await service.goal_rating(info.context.caller, goal_id=decode_id(goal_id, "Goal", field="goalId")))
