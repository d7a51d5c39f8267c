"""What people do with revisions, and the functions that other domains and the API may call."""

from plumb_tenants.revisions.drafting import Wanted, draft_revision, keep_revisable, open_revision, submit_revision
from plumb_tenants.revisions.late import raise_late_alarms
from plumb_tenants.revisions.propagating import PROPAGATE_TOPIC, propagate_revision, settle_propagation
from plumb_tenants.revisions.publishing import PUBLISH_TOPIC, mark_changes_read, publish_revision
from plumb_tenants.revisions.reports import Adjustments, Band, adjustments
from plumb_tenants.revisions.shadow import ShadowMonth, ShadowRun, shadow_run
from plumb_tenants.revisions.stability import close_root_cause
from plumb_tenants.revisions.states import Direction, PropagationState, RevisionState, RootCauseState

__all__ = [
    "PROPAGATE_TOPIC",
    "PUBLISH_TOPIC",
    "Adjustments",
    "Band",
    "Direction",
    "PropagationState",
    "RevisionState",
    "RootCauseState",
    "ShadowMonth",
    "ShadowRun",
    "Wanted",
    "adjustments",
    "close_root_cause",
    "draft_revision",
    "keep_revisable",
    "mark_changes_read",
    "open_revision",
    "propagate_revision",
    "publish_revision",
    "raise_late_alarms",
    "settle_propagation",
    "shadow_run",
    "submit_revision",
]
