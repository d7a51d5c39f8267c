"""What people do with revisions, and the functions that other domains and the API may call."""

from plumb_tenants.revisions.applying import PUBLISH_TOPIC
from plumb_tenants.revisions.drafting import Wanted, draft_revision, open_revision, submit_revision
from plumb_tenants.revisions.publishing import late_publications, mark_changes_read, publish_revision
from plumb_tenants.revisions.reports import Adjustments, Band, adjustments
from plumb_tenants.revisions.shadow import ShadowMonth, ShadowRun, shadow_run
from plumb_tenants.revisions.stability import close_root_cause
from plumb_tenants.revisions.states import Direction, RevisionState, RootCauseState

__all__ = [
    "PUBLISH_TOPIC",
    "Adjustments",
    "Band",
    "Direction",
    "RevisionState",
    "RootCauseState",
    "ShadowMonth",
    "ShadowRun",
    "Wanted",
    "adjustments",
    "close_root_cause",
    "draft_revision",
    "late_publications",
    "mark_changes_read",
    "open_revision",
    "publish_revision",
    "shadow_run",
    "submit_revision",
]
