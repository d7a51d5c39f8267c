"""The life of a letter and the canonical content that its parties sign; pure (C9, A25, N3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from plumb_platform.documents.letter_data import LetterDocument
from plumb_platform.numbers.canonical import canonical_hash
from plumb_platform.words import Word

SCHEMA = "plumb.letter/1"


class LetterState(Word):
    """Where a letter stands; SUPERSEDED is never stored: it follows from the goals and from a later letter."""

    ISSUED = "ISSUED", "待签署"
    PARTLY_SIGNED = "PARTLY_SIGNED", "部分已签署"
    SIGNED = "SIGNED", "待签章"
    SEALED = "SEALED", "已签章"
    DECLINED = "DECLINED", "已拒签"
    CANCELLED = "CANCELLED", "已撤销"
    EXPIRED = "EXPIRED", "已过期"
    REVOKED = "REVOKED", "已作废"
    SUPERSEDED = "SUPERSEDED", "已被替代"


OPEN = frozenset({LetterState.ISSUED, LetterState.PARTLY_SIGNED})
"""States in which a letter waits for people."""
CLOSED = frozenset({LetterState.DECLINED, LetterState.CANCELLED, LetterState.EXPIRED, LetterState.REVOKED})
"""States in which a letter ended, unsigned or revoked after it was sealed: it binds nobody."""


class Role(StrEnum):
    """Who somebody is to a letter."""

    EMPLOYEE = "employee"
    MANAGER = "manager"
    SECOND_LINE = "second_line"
    HR = "hr"
    FINANCE = "finance"
    LEGAL = "legal"
    WITNESS = "witness"


@dataclass(frozen=True, slots=True)
class Party:
    """A side of the letter as it stood when the letter was issued."""

    id: UUID
    number: str
    name: str
    position: str


@dataclass(frozen=True, slots=True)
class BoundGoal:
    """A goal version that the letter binds; `target` and `months` are in `unit_of_measure`, `weight` in percent."""

    id: UUID
    version_id: UUID
    version_number: int
    title: str
    metric: str
    unit_of_measure: str
    target: Decimal
    weight: Decimal
    months: tuple[Decimal, ...]
    previous: Decimal | None = None
    """The target in the letter before, in the same unit."""


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The letter that a new one takes the place of."""

    number: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Content:
    """All that a letter says, before it is written in canonical bytes."""

    number: str
    company: Mapping[str, str]
    employee: Party
    manager: Party
    unit: Mapping[str, str]
    cycle: Mapping[str, str]
    starts_on: date
    ends_on: date
    goals: Sequence[BoundGoal]
    template: Mapping[str, str]
    issued_at: datetime
    verify_code: str
    predecessor: Predecessor | None = None
    others: Mapping[str, Party] = field(default_factory=dict)
    """Everybody else of the chain, by role."""


def visible_state(state: str, *, outdated: bool) -> LetterState:
    """Return the state that people see."""
    stored = LetterState(state)
    return LetterState.SUPERSEDED if outdated and stored not in CLOSED else stored


def canonical_content(content: Content, texts: LetterDocument) -> dict[str, Any]:
    """Return the plain value whose canonical bytes both parties sign and the PDF embeds (N3).

    `texts` is the printed letter without its signatures: its hash binds the words as well as the numbers.
    """
    return {
        "schema": SCHEMA,
        "number": content.number,
        "company": dict(content.company),
        "parties": {role: _party(party) for role, party in parties_of(content).items()},
        "unit": dict(content.unit),
        "cycle": dict(content.cycle),
        "period": {"starts_on": content.starts_on, "ends_on": content.ends_on},
        "goals": [_goal(each) for each in content.goals],
        "template": dict(content.template),
        "texts_sha256": canonical_hash(stored_texts(texts)),
        "issued_at": content.issued_at,
        "verify_code": content.verify_code,
        "predecessor": content.predecessor.number if content.predecessor else None,
    }


def parties_of(content: Content) -> dict[str, Party]:
    """Return everybody of the letter by role."""
    return {Role.EMPLOYEE.value: content.employee, Role.MANAGER.value: content.manager, **content.others}


def stored_texts(texts: LetterDocument) -> dict[str, Any]:
    """Return the printed letter as plain JSON, without what only sealing adds."""
    return texts.model_dump(mode="json", exclude={"signatures", "goals_sha256", "verify_url"})


def _party(party: Party) -> dict[str, Any]:
    return {"id": party.id, "number": party.number, "name": party.name, "position": party.position}


def _goal(goal: BoundGoal) -> dict[str, Any]:
    return {
        "id": goal.id,
        "version_id": goal.version_id,
        "version_number": goal.version_number,
        "title": goal.title,
        "metric": goal.metric,
        "unit_of_measure": goal.unit_of_measure,
        "target": goal.target,
        "weight": goal.weight,
        "months": list(goal.months),
    }


def content_from(canonical: Mapping[str, Any]) -> Content:
    """Return the content that canonical bytes were written from; without what only the printed texts told of a predecessor."""
    parties, period = canonical["parties"], canonical["period"]
    return Content(
        number=canonical["number"],
        company=canonical["company"],
        employee=_party_from(parties["employee"]),
        manager=_party_from(parties["manager"]),
        unit=canonical["unit"],
        cycle=canonical["cycle"],
        starts_on=date.fromisoformat(period["starts_on"]),
        ends_on=date.fromisoformat(period["ends_on"]),
        goals=[_goal_from(each) for each in canonical["goals"]],
        template=canonical["template"],
        issued_at=datetime.fromisoformat(canonical["issued_at"]),
        verify_code=canonical["verify_code"],
        others={role: _party_from(party) for role, party in parties.items() if role not in ("employee", "manager")},
    )


def _party_from(party: Mapping[str, str]) -> Party:
    return Party(UUID(party["id"]), party["number"], party["name"], party["position"])


def _goal_from(goal: Mapping[str, Any]) -> BoundGoal:
    return BoundGoal(
        id=UUID(goal["id"]),
        version_id=UUID(goal["version_id"]),
        version_number=goal["version_number"],
        title=goal["title"],
        metric=goal["metric"],
        unit_of_measure=goal["unit_of_measure"],
        target=Decimal(goal["target"]),
        weight=Decimal(goal["weight"]),
        months=tuple(Decimal(each) for each in goal["months"]),
    )
