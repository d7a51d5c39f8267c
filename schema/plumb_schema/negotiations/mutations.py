"""Mutations of negotiations: tickets, their answers, ratings."""

from typing import Annotated

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.permission import field
from plumb_schema.ground.problems import Problems
from plumb_schema.negotiations.types import (
    AnswerCounterInput,
    AnswerTicketInput,
    NegotiationTicket,
    OpenTicketInput,
    RatedGoal,
    RateGoalInput,
    WithdrawTicketInput,
    rated,
)
from plumb_schema.reads.completion import row_of
from plumb_tenants.negotiations import service

OpenTicketResult = Annotated[NegotiationTicket | Problems, strawberry.union("OpenTicketResult")]
AnswerTicketResult = Annotated[NegotiationTicket | Problems, strawberry.union("AnswerTicketResult")]
AnswerCounterResult = Annotated[NegotiationTicket | Problems, strawberry.union("AnswerCounterResult")]
WithdrawTicketResult = Annotated[NegotiationTicket | Problems, strawberry.union("WithdrawTicketResult")]
RateGoalResult = Annotated[RatedGoal | Problems, strawberry.union("RateGoalResult")]


@strawberry.type
class NegotiationMutation:
    @field(needs=Permission.TICKET_OPEN, description="发起协商 / Ask for another target of one's own goal.")
    async def open_ticket(self, info: Info, input: OpenTicketInput) -> OpenTicketResult:
        goal_id = decode_id(input.goal_id, "Goal", field="goalId")
        made = await service.open_ticket(info.context.caller, goal_id=goal_id, target=input.target, reason=input.reason)
        return row_of(NegotiationTicket, made)

    @field(needs=Permission.TICKET_ANSWER, description="答复协商 / Answer a ticket within 48 hours.")
    async def answer_ticket(self, info: Info, input: AnswerTicketInput) -> AnswerTicketResult:
        done = await service.answer_ticket(
            info.context.caller,
            ticket_id=decode_id(input.ticket_id, "NegotiationTicket", field="ticketId"),
            version=input.version,
            answer=input.answer,
            text=input.text,
            target=input.target,
        )
        return row_of(NegotiationTicket, done)

    @field(needs=Permission.TICKET_OPEN, description="答复还价 / Take a counter-offer, or leave it.")
    async def answer_counter(self, info: Info, input: AnswerCounterInput) -> AnswerCounterResult:
        ticket_id = decode_id(input.ticket_id, "NegotiationTicket", field="ticketId")
        done = await service.answer_counter(
            info.context.caller, ticket_id=ticket_id, version=input.version, accepts=input.accepts
        )
        return row_of(NegotiationTicket, done)

    @field(needs=Permission.TICKET_OPEN, description="撤回协商 / Take one's own ticket back.")
    async def withdraw_ticket(self, info: Info, input: WithdrawTicketInput) -> WithdrawTicketResult:
        ticket_id = decode_id(input.ticket_id, "NegotiationTicket", field="ticketId")
        return row_of(
            NegotiationTicket, await service.withdraw_ticket(info.context.caller, ticket_id=ticket_id, version=input.version)
        )

    @field(needs=Permission.GOAL_RATE, description="目标评分 / Rate a goal from below, anonymously.")
    async def rate_goal(self, info: Info, input: RateGoalInput) -> RateGoalResult:
        goal_id = decode_id(input.goal_id, "Goal", field="goalId")
        return rated(await service.rate_goal(info.context.caller, goal_id=goal_id, score=input.score))
