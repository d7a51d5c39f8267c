"""The door to access: give and take back roles, explain what somebody may do, preview a matrix."""

from plumb_platform.permissions.models import RoleAssignment
from plumb_tenants.access.explaining import EffectiveMatrix, Ruled, SubjectId, Why, effective_matrix, why_can
from plumb_tenants.access.gaps import Gap, matrix_gaps, standing_gaps, tell_gaps
from plumb_tenants.access.holders import HeldRole, Origin, people_with_role
from plumb_tenants.access.preview import Change, Preview, preview_matrix
from plumb_tenants.access.roles import (
    RoleTarget,
    assign_role,
    delegate_role,
    revoke_assignment,
    revoke_delegation,
)
from plumb_tenants.access.shipped import SHIPPED
from plumb_tenants.access.telling import kept_text, let_tell, told_to_all

__all__ = [
    "SHIPPED",
    "Change",
    "EffectiveMatrix",
    "Gap",
    "HeldRole",
    "Origin",
    "Preview",
    "RoleAssignment",
    "RoleTarget",
    "Ruled",
    "SubjectId",
    "Why",
    "assign_role",
    "delegate_role",
    "effective_matrix",
    "kept_text",
    "let_tell",
    "matrix_gaps",
    "people_with_role",
    "preview_matrix",
    "revoke_assignment",
    "revoke_delegation",
    "standing_gaps",
    "tell_gaps",
    "told_to_all",
    "why_can",
]
