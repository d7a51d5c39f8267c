"""Approvers whom a form asks for by name: whom a picker offers, and where colleagues out of sight may be named (A16)."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.permissions import Permission, require
from plumb_tenants.approvals.service import FlowMissing, flow_in_effect, flow_of
from plumb_tenants.definitions.service import PublishedVersion
from plumb_tenants.forms.flows import approver_fields
from plumb_tenants.forms.problems import FieldUnknown
from plumb_tenants.forms.versions import compiled_of, form_to_fill
from plumb_tenants.people.service import Pickable, pickable_people


async def approver_candidates(actor: Actor, *, version_id: UUID, field: str, search: str) -> list[Pickable]:
    """Return whom the caller may name in a field by which the form's flow finds approvers; raises FieldUnknown for any other."""
    await require(actor, Permission.SUBMISSION_WRITE)
    version = await form_to_fill(actor, version_id)
    if field not in await approver_fields_of(actor, version, None):
        raise FieldUnknown(field="field", key=f"{field:.60}")
    return await pickable_people(actor, search=search)


async def approver_fields_of(actor: Actor, version: PublishedVersion, approval_id: UUID | None) -> set[str]:
    """Return the fields by which the flow of a form finds approvers: the one in effect, or that an approval began with."""
    key = compiled_of(version).form.flow
    if not key:
        return set()
    try:
        flow = await flow_of(approval_id) if approval_id else await flow_in_effect(actor, key)
    except FlowMissing:
        return set()
    return approver_fields(flow)
