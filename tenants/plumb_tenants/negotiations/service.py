"""What people do with negotiations, and the functions that other domains and the API may call."""

from plumb_tenants.negotiations.closing import close_left_tickets
from plumb_tenants.negotiations.ratings import Rating, goal_rating, rate_goal, ratings_of
from plumb_tenants.negotiations.states import Answer, TicketState
from plumb_tenants.negotiations.tickets import answer_counter, answer_ticket, escalate_tickets, open_ticket, withdraw_ticket

__all__ = [
    "Answer",
    "Rating",
    "TicketState",
    "answer_counter",
    "answer_ticket",
    "close_left_tickets",
    "escalate_tickets",
    "goal_rating",
    "open_ticket",
    "rate_goal",
    "ratings_of",
    "withdraw_ticket",
]
