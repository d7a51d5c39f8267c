"""What people do about retention: see what is due, hold it, and have a person's data erased; the door of the domain."""

from plumb_tenants.retention.due import DueRow, Line, due_rows, preview
from plumb_tenants.retention.holds import lift_hold, place_hold
from plumb_tenants.retention.resources import RunKind, RunState
from plumb_tenants.retention.rules import Action, Category, Event, HoldScope

__all__ = [
    "Action",
    "Category",
    "DueRow",
    "Event",
    "HoldScope",
    "Line",
    "RunKind",
    "RunState",
    "due_rows",
    "lift_hold",
    "place_hold",
    "preview",
]
