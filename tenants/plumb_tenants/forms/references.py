"""People and units that answers name: by number and code, and only those whom the caller may see."""

from plumb_platform.actor import Actor
from plumb_tenants.forms.body import Type
from plumb_tenants.forms.problems import ReferenceUnknown
from plumb_tenants.forms.states import CellState, Evaluation
from plumb_tenants.forms.values import shown
from plumb_tenants.people.service import known_codes, known_numbers

_LOOKUPS = {Type.PERSON: known_numbers, Type.UNIT: known_codes}


async def refuse_unknown_references(actor: Actor, evaluation: Evaluation) -> None:
    """Add a problem to each answer that names nobody the caller may see; unknown and hidden ones are answered alike."""
    for kind, known_among in _LOOKUPS.items():
        naming = [state for state in evaluation.states if state.cell.type is kind and state.value is not None]
        if naming:
            _refuse(naming, await known_among(actor, {state.value for state in naming}))


def _refuse(naming: list[CellState], known: set[str]) -> None:
    for state in naming:
        if state.value not in known:
            state.problems.append(ReferenceUnknown(field=state.path, label=state.cell.label, value=shown(state.value)))
