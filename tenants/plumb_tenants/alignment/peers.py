"""A proposal beside its peers of the same unit and metric: their mean without it, and whether it stands out; pure (C6, D2)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_tenants.alignment.definition import AlignmentRules
from plumb_tenants.alignment.resources import ProposalState
from plumb_tenants.alignment.rules import Flag, Peers, flag_of, peers_of, percent_of
from plumb_tenants.goals.rules import CENT


@dataclass(frozen=True, slots=True)
class Standing:
    """A proposal beside its peers of the same unit and metric; the mean is of all the others' proposed values."""

    id: UUID
    person_id: UUID
    person: str
    unit_id: UUID
    metric: str
    product: str
    region: str
    state: ProposalState
    version: int
    proposed: Decimal
    adjusted: Decimal | None
    peers: int
    peer_mean: Decimal | None
    percent: Decimal | None
    """The proposed value in percent of the mean, to the hundredth."""
    flag: Flag | None
    talk_state: str | None

    @property
    def value(self) -> Decimal:
        """Return what stands now."""
        return self.proposed if self.adjusted is None else self.adjusted


def stand(rows: Sequence[dict[str, Any]], rules: AlignmentRules) -> list[Standing]:
    """Return the reached rows with their peers' statistics, in their order."""
    groups: dict[tuple[UUID, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["unit_id"], row["metric"]].append(row)
    peers: dict[UUID, Peers] = {}
    for group in groups.values():
        others = peers_of([row["proposed"] for row in group])
        peers |= {row["id"]: each for row, each in zip(group, others, strict=True)}
    return [_standing(row, peers[row["id"]], rules) for row in rows if row["reached"]]


def _standing(row: dict[str, Any], peers: Peers, rules: AlignmentRules) -> Standing:
    facts = {name: row[name] for name in ("id", "person_id", "person", "unit_id", "metric", "product", "region", "version")}
    mean, percent = peers.mean, percent_of(row["proposed"], peers)
    adjusted = ProposalState.PROPOSED if row["adjusted"] is None else ProposalState.ADJUSTED
    return Standing(
        **facts,
        state=ProposalState.CONFIRMED if row["confirmed"] else adjusted,
        proposed=row["proposed"],
        adjusted=row["adjusted"],
        peers=peers.count,
        peer_mean=None if mean is None else mean.quantize(CENT),
        percent=None if percent is None else percent.quantize(CENT),
        flag=flag_of(row["proposed"], peers, low=rules.low_percent, high=rules.high_percent),
        talk_state=row["talk_state"],
    )
