"""GraphQL types of negotiations."""

from decimal import Decimal

import strawberry

import plumb_schema.goals.types
import plumb_schema.people.types
import plumb_schema.revisions.types  # noqa: F401 - relations and references lead to all three
from plumb_platform.permissions import Permission
from plumb_schema.ground.ids import Node, encode_id
from plumb_schema.ground.permission import tenant_type
from plumb_schema.reads.classes import of
from plumb_tenants.negotiations import service
from plumb_tenants.negotiations.resources import TICKET

strawberry.enum(service.TicketState, name="NegotiationTicketState", description="工单状态 / Where a ticket stands.")
strawberry.enum(service.Answer, name="TicketAnswer", description="答复 / Accept, reject, or counter with another number.")


@of(TICKET)
class NegotiationTicket(Node):
    pass


@tenant_type(needs=Permission.GOAL_READ, description="目标评分 / An average of three ratings and more; null below three.")
class GoalRating:
    raters: int | None = strawberry.field(description="评分人数 / In steps of three.")
    average: Decimal | None


@tenant_type(needs=Permission.GOAL_RATE, description="已评分目标 / The goal that was rated.")
class RatedGoal:
    goal_id: strawberry.ID


@strawberry.input(description="发起协商 / Ask for another target of one's own goal.")
class OpenTicketInput:
    goal_id: strawberry.ID
    target: Decimal
    reason: str


@strawberry.input(description="答复协商 / Accept, reject, or counter with another target.")
class AnswerTicketInput:
    ticket_id: strawberry.ID
    version: int
    answer: service.Answer
    text: str = ""
    target: Decimal | None = None


@strawberry.input(description="答复还价 / Take a counter-offer, or leave it.")
class AnswerCounterInput:
    ticket_id: strawberry.ID
    version: int
    accepts: bool


@strawberry.input(description="撤回协商 / Take one's own ticket back.")
class WithdrawTicketInput:
    ticket_id: strawberry.ID
    version: int


@strawberry.input(description="目标评分 / Rate how reasonable a goal is, 1 to 10, once per version.")
class RateGoalInput:
    goal_id: strawberry.ID
    score: int


def rating_of(found: service.Rating) -> GoalRating:
    """Return the GraphQL object of a rating."""
    return GoalRating(raters=found.raters, average=found.average)


def rated(goal_id: object) -> RatedGoal:
    """Return the GraphQL object of a goal that was rated."""
    return RatedGoal(goal_id=encode_id("Goal", goal_id))  # type: ignore[arg-type]  # the service's own id
