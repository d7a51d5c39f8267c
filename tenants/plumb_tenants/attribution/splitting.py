"""Splitting orders by a template: the lines of each order, with exact proportions worked out once per set of roles."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.money import get_currency
from plumb_tenants.attribution.definition import SplitTemplate
from plumb_tenants.attribution.rules import CENT, UNATTRIBUTED, check_parties, credited, default_percents


class RoleUnknown(InvalidInput):
    """Parties contribute in the roles of the template."""

    code = "SPLIT_ROLE_UNKNOWN"
    zh = "模板中没有角色“{role}”，可用角色：{known}。"
    en = "The template has no role {role}; its roles are {known}."


@dataclass(frozen=True, slots=True)
class Party:
    """A person who contributed to an order, in one role."""

    person_id: UUID
    role: str


@dataclass(frozen=True, slots=True)
class Line:
    """One share of an order with its credit; `weight` is the exact proportion, `person_id` None for what nobody gets."""

    person_id: UUID | None
    role: str
    percent: Decimal
    weight: int
    amount: Decimal

    def stored(self) -> dict[str, Any]:
        """Return the line as plain JSON, as a share version keeps it."""
        person = str(self.person_id) if self.person_id else None
        return {
            "person": person,
            "role": self.role,
            "percent": f"{self.percent:.2f}",
            "weight": str(self.weight),
            "amount": f"{self.amount:.2f}",
        }


def line_from(stored: dict[str, Any]) -> Line:
    """Return the line that `stored` wrote."""
    person = UUID(stored["person"]) if stored["person"] else None
    return Line(person, stored["role"], Decimal(stored["percent"]), int(stored["weight"]), Decimal(stored["amount"]))


class DefaultSplit:
    """The default split of a template, over any number of orders."""

    def __init__(self, template: SplitTemplate) -> None:
        """Take the template whose defaults apply."""
        self._template = template
        self._percent_of = template.percent_of
        self._known: dict[tuple[str, ...], tuple[list[Decimal], list[int]]] = {}

    def lines(self, parties: Sequence[Party], amount: Decimal, currency: str) -> list[Line]:
        """Return the lines of one order in the order of its parties; raises SHARES_EMPTY, SHARE_TWICE, SPLIT_ROLE_UNKNOWN."""
        check_parties([(party.person_id, party.role) for party in parties], field="parties")
        percents, weights = self._shares(tuple(party.role for party in parties))
        amounts = credited(amount, percents, weights, unit_of(currency))
        who: list[tuple[UUID | None, str]] = [(party.person_id, party.role) for party in parties]
        who += [(None, UNATTRIBUTED)] * (len(percents) - len(parties))
        return [
            Line(person, role, percent, weight, credit)
            for (person, role), percent, weight, credit in zip(who, percents, weights, amounts, strict=True)
        ]

    def _shares(self, roles: tuple[str, ...]) -> tuple[list[Decimal], list[int]]:
        if roles not in self._known:
            for place, role in enumerate(roles):
                check_role(self._template, role, field=f"parties[{place}].role")
            kind, unattributed = self._template.type, self._template.unattributed_percent
            self._known[roles] = default_percents(roles, self._percent_of, kind, unattributed)
        return self._known[roles]


def check_role(template: SplitTemplate, role: str, *, field: str) -> None:
    """Refuse a role that the template does not have."""
    known = template.percent_of
    if role not in known:
        raise RoleUnknown(field=field, role=f"{role:.40}", known=", ".join(known))


def unit_of(currency: str) -> Decimal:
    """Return the smallest amount that credit is given in: the currency's minor unit, but no less than the column's cent."""
    return max(get_currency(currency).unit, CENT)
