"""People and units that answers name: by number and code, and only those whom the caller may see, or name as approvers."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.permissions import Permission
from plumb_tenants.definitions.service import PublishedVersion
from plumb_tenants.forms.body import Type
from plumb_tenants.forms.candidates import approver_fields_of
from plumb_tenants.forms.problems import ReferenceUnknown
from plumb_tenants.forms.states import CellState, Evaluation
from plumb_tenants.forms.values import shown
from plumb_tenants.people.service import known_codes, known_numbers


async def refuse_unknown_references(
    actor: Actor, evaluation: Evaluation, version: PublishedVersion, approval_id: UUID | None
) -> None:
    """Add a problem to each answer that names nobody the caller may see; unknown and hidden ones are answered alike.

    Where the flow asks the person whom a field names, `person:pick` is enough: an employee sees few colleagues.
    """
    for kind, known_among in ((Type.PERSON, known_numbers), (Type.UNIT, known_codes)):
        naming = [state for state in evaluation.states if state.cell.type is kind and state.value is not None]
        if naming:
            known = await known_among(actor, {state.value for state in naming})
            unseen = [state for state in naming if state.value not in known]
            picked = await _picked(actor, unseen, version, approval_id) if unseen and kind is Type.PERSON else []
            _refuse([state for state in unseen if state not in picked])


async def _picked(actor: Actor, unseen: list[CellState], version: PublishedVersion, approval_id: UUID | None) -> list[CellState]:
    fields = await approver_fields_of(actor, version, approval_id)
    asked = [state for state in unseen if state.path in fields]
    known = await known_numbers(actor, {state.value for state in asked}, Permission.PERSON_PICK) if asked else set()
    return [state for state in asked if state.value in known]


def _refuse(naming: list[CellState]) -> None:
    for state in naming:
        state.problems.append(ReferenceUnknown(field=state.path, label=state.cell.label, value=shown(state.value)))
