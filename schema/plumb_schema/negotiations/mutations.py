"""Mutations of negotiations: tickets, their answers, ratings."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.mutations import mutation
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


@strawberry.type
class NegotiationMutation:
    @mutation(needs=Permission.TICKET_OPEN, description="发起协商 / Ask for another target of one's own goal.")
    async def open_ticket(self, info: Info, input: OpenTicketInput) -> NegotiationTicket:
        goal_id = decode_id(input.goal_id, "Goal", field="goalId")
        made = await service.open_ticket(info.context.caller, goal_id=goal_id, target=input.target, reason=input.reason)
        return row_of(NegotiationTicket, made)

    @mutation(needs=Permission.TICKET_ANSWER, description="答复协商 / Answer a ticket within 48 hours.")
    async def answer_ticket(self, info: Info, input: AnswerTicketInput) -> NegotiationTicket:
        done = await service.answer_ticket(
            info.context.caller,
            ticket_id=decode_id(input.ticket_id, "NegotiationTicket", field="ticketId"),
            version=input.version,
            answer=input.answer,
            text=input.text,
            target=input.target,
        )
        return row_of(NegotiationTicket, done)

    @mutation(needs=Permission.TICKET_OPEN, description="答复还价 / Take a counter-offer, or leave it.")
    async def answer_counter(self, info: Info, input: AnswerCounterInput) -> NegotiationTicket:
        ticket_id = decode_id(input.ticket_id, "NegotiationTicket", field="ticketId")
        done = await service.answer_counter(
            info.context.caller, ticket_id=ticket_id, version=input.version, accepts=input.accepts
        )
        return row_of(NegotiationTicket, done)

    @mutation(needs=Permission.TICKET_OPEN, description="撤回协商 / Take one's own ticket back.")
    async def withdraw_ticket(self, info: Info, input: WithdrawTicketInput) -> NegotiationTicket:
        ticket_id = decode_id(input.ticket_id, "NegotiationTicket", field="ticketId")
        return row_of(
            NegotiationTicket, await service.withdraw_ticket(info.context.caller, ticket_id=ticket_id, version=input.version)
        )

    @mutation(needs=Permission.GOAL_RATE, description="目标评分 / Rate a goal from below, anonymously.")
    async def rate_goal(self, info: Info, input: RateGoalInput) -> RatedGoal:
        goal_id = decode_id(input.goal_id, "Goal", field="goalId")
        return rated(await service.rate_goal(info.context.caller, goal_id=goal_id, score=input.score))
