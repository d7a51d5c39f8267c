"""The own place of whoever imports: by their file they come no nearer to rows than they were, and choose no superior (C95).

Where they and others stand is held against what they hold today and later; what filters ask of rows, against the rows as written.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import InvalidInput
from plumb_platform.permissions import Pair, Scope, grants_of
from plumb_platform.permissions.granting import Pairs
from plumb_platform.permissions.judge import verdict
from plumb_platform.permissions.members import roles_to_come_of
from plumb_platform.permissions.reading import rules_to_come
from plumb_platform.sheets.lines import Fault
from plumb_tenants.access.fields import shown_on
from plumb_tenants.people.reading import PeopleFile
from plumb_tenants.people.resources import PERSON, UNIT
from plumb_tenants.people.rules import ImportPlan, UnitState
from plumb_tenants.people.store import Directory

LOCAL = (Scope.UNIT, Scope.SUBTREE)
"""Scopes that start from where somebody stands."""
Shown = list[Mapping[UUID, frozenset[str]] | None]


class OwnPlaceImported(InvalidInput):
    """Whoever imports says where others stand, and not what that opens to themselves."""

    code = "OWN_PLACE_IMPORTED"
    zh = (
        "导入人不能借此扩大自己能看到或处理的范围，也不能更换自己的直属上级或成为已有员工的直属上级；"
        "请由另一位有导入权限的人导入此行。"
    )
    en = (
        "Nobody widens by an import what they see or do themselves, changes their own superior, or becomes the superior of "
        "somebody known: have another person who may import send this row."
    )


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """Who imports, and how far what they hold, today or later, reaches from their unit: scopes that grant there, or deny."""

    number: str
    granting: frozenset[Scope]
    denying: frozenset[Scope]


async def own_place(actor: Actor, directory: Directory) -> OwnPlace | None:
    """Return the place of an actor who is an employee, by all that they hold, though they came by a token; None of others."""
    numbers = {person_id: number for number, person_id in directory.person_ids.items()}
    if actor.person_id not in numbers:
        return None
    held = await _held(actor, actor.person_id)
    return OwnPlace(numbers[actor.person_id], _local(held, denies=False), _local(held, denies=True))


async def _held(actor: Actor, person_id: UUID) -> list[Pairs]:
    """Return what somebody holds today, and what they will on days to come as matrices and assignments stand."""
    sets = [actor.roles | roles for roles in (frozenset[str](), *await roles_to_come_of(person_id))]
    to_come = [verdict(actor.tenant_id, rules, roles) for rules in await rules_to_come() for roles in sets]
    return [(await grants_of(replace(actor, scopes=None))).pairs, *to_come]


def _local(held: Iterable[Pairs], *, denies: bool) -> frozenset[Scope]:
    sets = [[pair for pair in pairs if pair.denies == denies] for each in held for pairs in each.values()]
    return frozenset(pair.scope for pairs in sets for pair in pairs if pair.scope in LOCAL and not _everywhere(pair, pairs))


def _everywhere(pair: Pair, pairs: list[Pair]) -> bool:
    """Return whether a pair says no more in its unit than others do of the whole company."""
    return any(other.scope is Scope.COMPANY and other.covers(pair) for other in pairs)


def own_faults(file: PeopleFile, plan: ImportPlan, directory: Directory, own: OwnPlace) -> Iterator[Fault]:
    """Yield each row by which a plan without faults would serve whoever imports it."""
    known, mine = directory.people, directory.people[own.number]
    moved = plan.changed_people.get(own.number, mine)
    if mine.manager and moved.manager != mine.manager:
        yield _fault(file.people[own.number].row, "manager_number")
    for number, person in plan.changed_people.items():
        if person.manager == own.number != known[number].manager:
            yield _fault(file.people[number].row, "manager_number")
    ways = _ways(own, directory.units, {**directory.units, **plan.changed_units, **plan.new_units}, mine.unit, moved.unit)
    stands = {number: (person.unit, plan.changed_people.get(number, person).unit) for number, person in known.items()}
    if moved.unit != mine.unit:
        if any(way.opens(code, code) for way in ways for code in directory.units) or _opened(ways, stands):
            yield _fault(file.people[own.number].row, "unit_code")
        return
    for code in _opened(ways, {code: (code, code) for code in plan.changed_units}):
        line = file.units[code]
        yield _fault(line.said_in.get("parent_unit_code", line.row), "parent_unit_code")
    for number in _opened(ways, {number: stands[number] for number in plan.changed_people}):
        yield _fault(file.people[number].row, "unit_code")


@dataclass(frozen=True, slots=True)
class _Way:
    """Units that a scope reaches from somebody's place before and after, by what grants there or by what denies there."""

    before: frozenset[str]
    after: frozenset[str]
    denies: bool

    def opens(self, was: str, becomes: str) -> bool:
        """Return whether what stood in one unit and stands in another is opened."""
        reached = (was in self.before, becomes in self.after)
        return reached == ((True, False) if self.denies else (False, True))


def _ways(own: OwnPlace, before: Mapping[str, UnitState], after: Mapping[str, UnitState], was: str, becomes: str) -> list[_Way]:
    reached = {
        Scope.UNIT: (frozenset({was}), frozenset({becomes})),
        Scope.SUBTREE: (_below(before, was), _below(after, becomes)),
    }
    ways = [(*reached[scope], denies) for denies in (False, True) for scope in (own.denying if denies else own.granting)]
    return [_Way(*way) for way in ways]


def _below(units: Mapping[str, UnitState], top: str) -> frozenset[str]:
    """Return a unit with all units below it; the units form trees."""
    children: dict[str | None, list[str]] = {}
    for code, unit in units.items():
        children.setdefault(unit.parent, []).append(code)
    found = [top]
    for code in found:
        found += children.get(code, [])
    return frozenset(found)


def _opened(ways: list[_Way], stands: Mapping[str, tuple[str, str]]) -> list[str]:
    return [key for key, (was, becomes) in stands.items() if any(way.opens(was, becomes) for way in ways)]


def _fault(row: int, column: str) -> Fault:
    return Fault(row, column, OwnPlaceImported())


async def shown_to(actor: Actor, plan: ImportPlan, directory: Directory) -> Shown:
    """Return which known units and people of a plan the actor reads, with their fields; None for all."""
    changed = (
        (UNIT, [directory.unit_ids[code] for code in plan.changed_units]),
        (PERSON, [directory.person_ids[number] for number in plan.changed_people]),
    )
    return [
        await shown_on(actor, each, ids, sorted(name.partition(".")[2] for name in each.fields)) if ids else None
        for each, ids in changed
    ]


def refuse_shown(before: Shown, after: Shown) -> None:
    """Raise OwnPlaceImported where an import showed its sender a known row, or a field of one, that they did not see before.

    Asked of the rows themselves: a filter of a matrix may ask for anything that an import says of them.
    """
    for was, becomes in zip(before, after, strict=True):
        for row, fields in (becomes or {}).items():
            if was is not None and (row not in was or not fields <= was[row]):
                raise OwnPlaceImported(field="content")
