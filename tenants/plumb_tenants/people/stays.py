"""Stays: on which days of a period people belonged to units, by their placements and the day they were hired (A3)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_tenants.people.directory import people_by_id
from plumb_tenants.people.records import Person

ONE_DAY = timedelta(days=1)
# All placements of everybody who ever stood there: which one is the first decides from when a hire date counts.
_PLACEMENTS = """
select o.person_id, o.unit_id, o.starts_on, coalesce(o.ends_on, 'infinity') as ends_on from person_placement o
where o.person_id in (select i.person_id from person_placement i where i.unit_id = any($1::uuid[]))
order by o.person_id, o.starts_on
"""


@dataclass(frozen=True, slots=True)
class Spell:
    """Days in a row, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.last - self.first).days + 1

    def within(self, first: date, last: date) -> "Spell | None":
        """Return the part of it that a period holds."""
        kept = Spell(max(self.first, first), min(self.last, last))
        return kept if kept.first <= kept.last else None


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a person was placed, and when."""

    person_id: UUID
    unit_id: UUID
    spell: Spell


@dataclass(frozen=True, slots=True)
class Stay:
    """A person in a unit with the spells of a period that they were there for, in order; None where nobody asked for them."""

    unit_id: UUID
    person: Person
    spells: tuple[Spell, ...] | None = None


async def stays_in(actor: Actor, unit_ids: Sequence[UUID], *, first: date, last: date) -> list[Stay]:
    """Return who was placed in the units on any day of a period, those who left too, in the order of their numbers.

    Checks no permission, as the directory does not.
    """
    wanted = set(unit_ids)
    rows = await fetch(_PLACEMENTS, list(unit_ids))
    placed = [Placement(row["person_id"], row["unit_id"], Spell(row["starts_on"], row["ends_on"])) for row in rows]
    people = await people_by_id(actor, list({each.person_id for each in placed}))
    known = [
        each
        for person_id, own in groupby(placed, attrgetter("person_id"))
        for each in hired(list(own), people[person_id].hired_on)
        if each.unit_id in wanted
    ]
    found = _stays(known, people, first, last)
    return sorted(found, key=lambda stay: (stay.person.number, stay.unit_id))


def hired(placements: Sequence[Placement], hired_on: date | None) -> Iterator[Placement]:
    """Yield the placements of one person, in order, from the day they were hired on.

    A hire date begins the first placement that does not end before it: who was heard of beforehand was not there yet, and
    who was heard of late was there already.
    """
    before = date.min
    for each in placements:
        begins = hired_on is not None and before < hired_on <= each.spell.last
        before = each.spell.last
        yield replace(each, spell=Spell(hired_on, before)) if begins and hired_on else each


def _stays(known: Sequence[Placement], people: dict[UUID, Person], first: date, last: date) -> Iterator[Stay]:
    by_place = sorted(known, key=lambda each: (each.person_id, each.unit_id, each.spell.first))
    for (person_id, unit_id), own in groupby(by_place, attrgetter("person_id", "unit_id")):
        spells = joined(kept for each in own if (kept := each.spell.within(first, last)))
        if spells:
            yield Stay(unit_id, people[person_id], spells)


def joined(spells: Iterable[Spell]) -> tuple[Spell, ...]:
    """Return spells, in order, with those made one between which no day lies: another grade or manager is the same stay."""
    found: list[Spell] = []
    for each in spells:
        if found and found[-1].last + ONE_DAY >= each.first:
            found[-1] = Spell(found[-1].first, max(found[-1].last, each.last))
        else:
            found.append(each)
    return tuple(found)
