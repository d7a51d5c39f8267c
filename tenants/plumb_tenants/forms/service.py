"""What people do with forms: fill in, submit, attach, try a draft. Other domains import this module and access.py only."""

from plumb_tenants.definitions.service import PublishedVersion
from plumb_tenants.forms.approving import withdraw_left
from plumb_tenants.forms.attachments import (
    AttachedFile,
    download_attachment,
    remove_attachment,
    upload_attachment,
)
from plumb_tenants.forms.body import Type as FieldType
from plumb_tenants.forms.candidates import approver_candidates
from plumb_tenants.forms.describing import FormPlace, json_schema, ui_order
from plumb_tenants.forms.dry_runs import DRY_RUN_TOPIC, run_batch, start_dry_run
from plumb_tenants.forms.feeds import Figure, Synced, latest_fed, record_fed_values
from plumb_tenants.forms.history import HistoryPoint, history_curve
from plumb_tenants.forms.models import Submission
from plumb_tenants.forms.packs import Pack, adopt_pack
from plumb_tenants.forms.reports import (
    ReportForm,
    ReportGap,
    ReportNumbers,
    ReportState,
    fit_report_form,
    fit_report_number,
    report_gaps,
    report_numbers,
)
from plumb_tenants.forms.resources import SubmissionState
from plumb_tenants.forms.states import CellState
from plumb_tenants.forms.submissions import (
    Answers,
    answers_to,
    save_submission,
    start_submission,
    submit,
    submit_form,
    validate_submission,
)
from plumb_tenants.forms.suggesting import Suggestion, SuggestionReason
from plumb_tenants.forms.versions import compiled_of, form_of, form_to_fill, forms_in_effect

__all__ = [
    "DRY_RUN_TOPIC",
    "Answers",
    "AttachedFile",
    "CellState",
    "FieldType",
    "Figure",
    "FormPlace",
    "HistoryPoint",
    "Pack",
    "PublishedVersion",
    "ReportForm",
    "ReportGap",
    "ReportNumbers",
    "ReportState",
    "Submission",
    "SubmissionState",
    "Suggestion",
    "SuggestionReason",
    "Synced",
    "adopt_pack",
    "answers_to",
    "approver_candidates",
    "compiled_of",
    "download_attachment",
    "fit_report_form",
    "fit_report_number",
    "form_of",
    "form_to_fill",
    "forms_in_effect",
    "history_curve",
    "json_schema",
    "latest_fed",
    "record_fed_values",
    "remove_attachment",
    "report_gaps",
    "report_numbers",
    "run_batch",
    "save_submission",
    "start_dry_run",
    "start_submission",
    "submit",
    "submit_form",
    "ui_order",
    "upload_attachment",
    "validate_submission",
    "withdraw_left",
]
