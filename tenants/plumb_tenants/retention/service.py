"""What people do about retention: see what is due, hold it, and have a person's data erased; the door of the domain."""

from plumb_tenants.retention.due import DueRow, Line, due_rows, preview
from plumb_tenants.retention.erasing import cancel_erasure, confirm_erasure, preview_erasure, request_erasure
from plumb_tenants.retention.holds import lift_hold, place_hold
from plumb_tenants.retention.printing import print_reports
from plumb_tenants.retention.removing import remove_held_file
from plumb_tenants.retention.reporting import PRINT_TOPIC, download_print, download_report, report_link
from plumb_tenants.retention.rescued import download_held
from plumb_tenants.retention.resources import ReportFormat, RunKind, RunState
from plumb_tenants.retention.rules import Action, Category, Event, HoldScope
from plumb_tenants.retention.running import RUN_TOPIC, destroy_at_night, start_due, work_on_run

__all__ = [
    "PRINT_TOPIC",
    "RUN_TOPIC",
    "Action",
    "Category",
    "DueRow",
    "Event",
    "HoldScope",
    "Line",
    "ReportFormat",
    "RunKind",
    "RunState",
    "cancel_erasure",
    "confirm_erasure",
    "destroy_at_night",
    "download_held",
    "download_print",
    "download_report",
    "due_rows",
    "lift_hold",
    "place_hold",
    "preview",
    "preview_erasure",
    "print_reports",
    "remove_held_file",
    "report_link",
    "request_erasure",
    "start_due",
    "work_on_run",
]
