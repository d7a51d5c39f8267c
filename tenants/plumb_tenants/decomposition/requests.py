"""What people ask of a split: figures and terms of each child; and the JSON form in which a run keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from plumb_tenants.decomposition.figures import Figures
from plumb_tenants.decomposition.given import FactValue, read_fact, written_fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildTerms:
    """What a caller says of one child besides its figures: facts, a held value, a season of twelve factors, its days.

    `present_from` and `present_until` are the first and last day that somebody is there for, both included (A3).
    """

    facts: Mapping[str, FactValue] = field(default_factory=dict)
    held: Decimal | None = None
    season: Sequence[Decimal] = ()
    present_from: date | None = None
    present_until: date | None = None

    @property
    def is_part_time(self) -> bool:
        """Return whether somebody is not there for all of the cycle."""
        return self.present_from is not None or self.present_until is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What to split and over whom: `inputs` and `terms` by the id of the child (unit or person), `participants` None for all.

    `facts` hold for every child that does not say otherwise; `padding_percent` None takes the template's, `as_of` today.
    """

    cycle_id: UUID
    template_version_id: UUID
    unit_id: UUID
    total: Decimal | None = None
    parent_goal_id: UUID | None = None
    inputs: Mapping[UUID, Figures] = field(default_factory=dict)
    terms: Mapping[UUID, ChildTerms] = field(default_factory=dict)
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    participants: Sequence[UUID] | None = None
    title: str | None = None
    padding_percent: Decimal | None = None
    as_of: date | None = None


class RunMethod(StrEnum):
    """How the levels of a run come about.

    TOP_DOWN splits the total through all levels at once, WATERFALL waits after each level until it is released, BOTTOM_UP
    adds what the people and the lowest units commit themselves to (`held`) up to the top.
    """

    TOP_DOWN = "TOP_DOWN"
    BOTTOM_UP = "BOTTOM_UP"
    WATERFALL = "WATERFALL"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """An annual goal for a unit and everybody below it; `inputs` and `terms` by the ids of units and people at any level.

    `total` is None for BOTTOM_UP; `publish` makes the goals of all levels as soon as the last one is there, past a lock of
    goals for the reason that `bypass` gives (A13).
    """

    cycle_id: UUID
    unit_id: UUID
    units_version_id: UUID
    people_version_id: UUID
    method: RunMethod = RunMethod.TOP_DOWN
    total: Decimal | None = None
    parent_goal_id: UUID | None = None
    inputs: Mapping[UUID, Figures] = field(default_factory=dict)
    terms: Mapping[UUID, ChildTerms] = field(default_factory=dict)
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    title: str | None = None
    as_of: date | None = None
    publish: bool = False
    bypass: str | None = None

    def at(self, unit_id: UUID, version_id: UUID, padding_percent: Decimal | None = None) -> PlanRequest:
        """Return the request of one unit of the run."""
        return PlanRequest(
            cycle_id=self.cycle_id,
            template_version_id=version_id,
            unit_id=unit_id,
            inputs=self.inputs,
            terms=self.terms,
            facts=self.facts,
            padding_percent=padding_percent,
            as_of=self.as_of,
        )


def run_to_json(request: RunRequest) -> dict[str, Any]:
    """Return what a run is computed from as plain JSON; the ids of cycle, unit and versions stand in its columns."""
    return {
        "inputs": {
            str(child): {name: None if value is None else str(value) for name, value in row.items()}
            for child, row in request.inputs.items()
        },
        "terms": {str(child): _terms_to_json(terms) for child, terms in request.terms.items()},
        "facts": {name: written_fact(value) for name, value in request.facts.items()},
        "publish": request.publish,
        "bypass": request.bypass,
    }


def terms_from_json(data: Mapping[str, Any]) -> ChildTerms:
    """Return what `_terms_to_json` wrote."""
    first, last, held = data["present_from"], data["present_until"], data["held"]
    return ChildTerms(
        facts={name: read_fact(value) for name, value in data["facts"].items()},
        held=None if held is None else Decimal(held),
        season=tuple(map(Decimal, data["season"])),
        present_from=date.fromisoformat(first) if first else None,
        present_until=date.fromisoformat(last) if last else None,
    )


def figures_from_json(data: Mapping[str, Any]) -> dict[UUID, Figures]:
    """Return the figures by child as `run_to_json` wrote them."""
    return {
        UUID(child): {name: None if value is None else Decimal(value) for name, value in row.items()}
        for child, row in data.items()
    }


def _terms_to_json(terms: ChildTerms) -> dict[str, Any]:
    return {
        "facts": {name: written_fact(value) for name, value in terms.facts.items()},
        "held": None if terms.held is None else str(terms.held),
        "season": [str(factor) for factor in terms.season],
        "present_from": terms.present_from and terms.present_from.isoformat(),
        "present_until": terms.present_until and terms.present_until.isoformat(),
    }
