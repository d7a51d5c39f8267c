"""What is due by the rules, what is held, and what waits: counted by category, and row by row (preview before anything goes)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.errors import InvalidInput
from plumb_platform.permissions import Permission, require
from plumb_tenants.company.service import get_company
from plumb_tenants.definitions.service import company_today
from plumb_tenants.retention.categories import PLACES
from plumb_tenants.retention.definition import RetentionRules, rules_in_force
from plumb_tenants.retention.rules import FLOORS, Action, Category, Floor, over_before

MOST = 200
"""The longest page, and the largest batch."""
FARTHEST = 1_000_000
# Days are added as PostgreSQL adds months: to the day of the same number, or to the month's last one.
_LAST = "(o.day + make_interval(months => $3))::date"
_COUNT = f"""
select count(*)::int as total, count(*) filter (where day is null)::int as undated,
  count(*) filter (where {_LAST} < $4 and not held and allowed)::int as due,
  count(*) filter (where {_LAST} < $4 and held)::int as held, min({_LAST}) filter (where {_LAST} >= $4) as next_on
from ({{rows}}) o"""
_PAGE = f"""
select o.id, o.day, {_LAST} as last_on, o.held from ({{rows}}) o
where {_LAST} < $4 and (o.held or o.allowed) order by o.id offset $5 limit $6"""
_TAKE = f"""
select o.id, o.day, {{digest}} as digest from ({{rows}}) o
where {_LAST} < $4 and not o.held and o.allowed order by o.id limit $5"""


class PageTooLong(InvalidInput):
    """A page has an end."""

    code = "RETENTION_PAGE"
    zh = "每页 1 到 {most} 条、跳过 0 到 {farthest} 条，收到 {first}、{skip}。"
    en = "A page has 1 to {most} entries behind 0 to {farthest} others, not {first} behind {skip}."


@dataclass(frozen=True, slots=True)
class Line:
    """A category as it stands: its rule, its floor, and how much of it is due, held, undated, or there in all."""

    category: Category
    action: Action
    months: int | None
    floor: Floor
    total: int | None = None
    due: int = 0
    held: int = 0
    undated: int = 0
    next_on: date | None = None


@dataclass(frozen=True, slots=True)
class DueRow:
    """A row whose term is over; a held one stays."""

    object_type: str
    id: UUID
    event_on: date
    last_on: date
    held: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """What every statement of a company is asked with: its time zone, its day, a person or nobody."""

    zone: str
    today: date
    person_id: UUID | None = None


async def frame_of(actor: Actor, person_id: UUID | None = None) -> Frame:
    """Return the company's time zone and day."""
    return Frame((await get_company(actor)).time_zone, await company_today(actor), person_id)


def terms_of(rules: RetentionRules) -> Mapping[Category, int]:
    """Return the months of each category that ends by the rules; a floor that was raised since they were published wins."""
    return {
        rule.category: max(rule.months, FLOORS[rule.category].months)
        for rule in rules.rules
        if rule.action is not Action.KEEP and rule.category in PLACES
    }


def named(terms: Mapping[Category, int]) -> dict[str, int]:
    """Return terms as a run keeps them."""
    return {category.value: months for category, months in terms.items()}


async def preview(actor: Actor) -> list[Line]:
    """Return every category with its rule in force and what stands under it today."""
    await require(actor, Permission.RETENTION_READ)
    rules, _ = await rules_in_force(actor)
    return await lines(await frame_of(actor), terms_of(rules))


async def lines(frame: Frame, terms: Mapping[Category, int]) -> list[Line]:
    """Return how much of each category is due under terms in months; what has no term is kept."""
    return [await _line(frame, category, terms.get(category)) for category in Category]


async def due_rows(actor: Actor, *, category: Category, first: int, skip: int = 0) -> list[DueRow]:
    """Return rows of a category whose term is over, held ones too, by id behind the first `skip`; raises RETENTION_PAGE."""
    await require(actor, Permission.RETENTION_READ)
    if not 1 <= first <= MOST or not 0 <= skip <= FARTHEST:
        raise PageTooLong(field="first", first=first, skip=skip, most=MOST, farthest=FARTHEST)
    term = terms_of((await rules_in_force(actor))[0]).get(category)
    if term is None:
        return []
    frame, place = await frame_of(actor), PLACES[category]
    rows = await fetch(_PAGE.format(rows=place.rows), *_given(frame, term), skip, first)
    return [DueRow(place.object_type, row["id"], row["day"], row["last_on"], row["held"]) for row in rows]


async def take_due(frame: Frame, category: Category, term: int, *, limit: int) -> Sequence[dict[str, Any]]:
    """Return up to `limit` rows (id, day, digest) of a category that may go now."""
    place = PLACES[category]
    return await fetch(_TAKE.format(rows=place.rows, digest=place.digest), *_given(frame, term), limit)


async def _line(frame: Frame, category: Category, term: int | None) -> Line:
    floor = FLOORS[category]
    if category not in PLACES:
        return Line(category, Action.KEEP, None, floor)
    (found,) = await fetch(_COUNT.format(rows=PLACES[category].rows), *_given(frame, 0 if term is None else term))
    if term is None:
        return Line(category, Action.KEEP, None, floor, total=found["total"], undated=found["undated"])
    return Line(category, floor.action, term, floor, **found)


def _given(frame: Frame, term: int) -> tuple[str, UUID | None, int, date]:
    return frame.zone, frame.person_id, term, over_before(term, frame.today)
