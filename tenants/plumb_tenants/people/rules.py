"""What an import would change: the file against the company, as pure logic over codes and numbers (A38, A36)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from plumb_platform.errors import InvalidInput
from plumb_platform.sheets.cells import safe_echo
from plumb_platform.sheets.lines import Fault
from plumb_tenants.people.reading import PeopleFile, PersonLine
from plumb_tenants.people.tree import cycles, depths

DEEPEST_UNIT = 20
MOST_NAMED_IN_CYCLE = 12
FAR_ROW = 2**31


class UnitUnknown(InvalidInput):
    """A unit is known to the company, or some row of the file gives it a name."""

    code = "UNIT_UNKNOWN"
    zh = "部门编码 {code} 不存在，文件中也没有任何一行给出其名称。"
    en = "The unit {code} does not exist, and no row of the file gives it a name."


class UnitCycle(InvalidInput):
    """Units form a tree."""

    code = "UNIT_CYCLE"
    zh = "部门的上下级关系成环：{members}。"
    en = "The units form a cycle: {members}."


class UnitTreeTooDeep(InvalidInput):
    """An organisation has few levels; a chain of thousands is a mistake in the file."""

    code = "UNIT_TREE_TOO_DEEP"
    zh = "部门 {code} 位于第 {depth} 层，最多 {deepest} 层。"
    en = "The unit {code} stands at level {depth}; there are at most {deepest}."


class ManagerCycle(InvalidInput):
    """Nobody is their own superior, at any distance."""

    code = "MANAGER_CYCLE"
    zh = "直属上级关系成环：{members}。"
    en = "The managers form a cycle: {members}."


class ManagerUnknown(InvalidInput):
    """A warning: the person is imported without a manager."""

    code = "MANAGER_UNKNOWN"
    zh = "直属上级工号 {number} 不存在，该员工暂无上级。"
    en = "Nobody has the employee number {number}; the person has no manager for now."


class ManagerMissing(InvalidInput):
    """A warning: right for the head of the company, a gap for others."""

    code = "MANAGER_MISSING"
    zh = "没有填写直属上级。"
    en = "No manager is given."


class StillLeft(InvalidInput):
    """A warning: a row about somebody who left takes them on again only by a hire date after their last day."""

    code = "PERSON_LEFT_ALREADY"
    zh = "员工 {number} 已于 {left_on} 离职，仍为停用；如系再入职，请填写晚于该日的入职日期。"
    en = "The employee {number} left on {left_on} and stays so; if they were taken on again, give a hire date after that day."


class EffectiveDayKept(InvalidInput):
    """A warning: what is known already keeps the day from which it holds, though the import gives an earlier one."""

    code = "EFFECTIVE_DAY_KEPT"
    zh = "有 {people} 行与现有资料一致，未按 {effective_on} 改动生效日期；如须更正，请加上 backdate 重新导入。"
    en = (
        "{people} rows say what is known already, from a later day, which stays as it is instead of {effective_on}. "
        "To correct it, import the file again with backdate."
    )


@dataclass(frozen=True, slots=True)
class UnitState:
    """A unit by the company's own words."""

    name: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class PersonState:
    """A person by the company's own words; unit and manager by code and number; `left_on` is None for who works here."""

    name: str
    unit: str
    email: str | None = None
    manager: str | None = None
    grade: str = ""
    position: str = ""
    hired_on: date | None = None
    skills: tuple[str, ...] = ()
    left_on: date | None = None


@dataclass(slots=True)
class ImportPlan:
    """What would be written, if there are no faults."""

    new_units: dict[str, UnitState] = field(default_factory=dict)
    changed_units: dict[str, UnitState] = field(default_factory=dict)
    tree_changed: bool = False
    new_people: dict[str, PersonState] = field(default_factory=dict)
    changed_people: dict[str, PersonState] = field(default_factory=dict)
    same_people: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Return whether nothing would be written."""
        return not (self.new_units or self.changed_units or self.new_people or self.changed_people)


def plan_import(file: PeopleFile, units: Mapping[str, UnitState], people: Mapping[str, PersonState]) -> ImportPlan:
    """Compare a file with the company's units (by code) and people (by number); both stay as they are.

    Columns that the file does not have, and people whom it does not name, are left alone.
    """
    plan = ImportPlan(faults=list(file.faults), warnings=list(file.warnings))
    _plan_units(plan, file, units)
    _plan_people(plan, file, people)
    for faults in (plan.faults, plan.warnings):
        faults.sort(key=lambda fault: fault.row)
    return plan


def _plan_units(plan: ImportPlan, file: PeopleFile, units: Mapping[str, UnitState]) -> None:
    named = {code for code, line in file.units.items() if line.name} | units.keys()
    for code, line in file.units.items():
        if code not in named:
            plan.faults.append(Fault(line.row, "unit_code", UnitUnknown(code=safe_echo(code))))
            continue
        if line.parent is not None and line.parent not in named:
            row = line.said_in["parent_unit_code"]
            plan.faults.append(Fault(row, "parent_unit_code", UnitUnknown(code=safe_echo(line.parent))))
        known = units.get(code)
        wanted = UnitState(
            name=line.name or (known.name if known else ""), parent=line.parent or (known.parent if known else None)
        )
        if known is None:
            plan.new_units[code] = wanted
        elif wanted != known:
            plan.changed_units[code] = wanted
        plan.tree_changed |= known is None or known.parent != wanted.parent
    if plan.tree_changed:
        _check_unit_tree(plan, file, {**units, **plan.changed_units, **plan.new_units})


def _check_unit_tree(plan: ImportPlan, file: PeopleFile, units: Mapping[str, UnitState]) -> None:
    parent_of = {code: unit.parent for code, unit in units.items()}
    rows = {code: line.said_in.get("parent_unit_code", line.row) for code, line in file.units.items()}
    found = cycles(parent_of)
    plan.faults += [_cycle_fault(UnitCycle, members, "parent_unit_code", rows) for members in found]
    if found:
        return
    for code, depth in depths(parent_of).items():
        if depth >= DEEPEST_UNIT and code in rows:
            error = UnitTreeTooDeep(code=safe_echo(code), depth=depth + 1, deepest=DEEPEST_UNIT)
            plan.faults.append(Fault(rows[code], "parent_unit_code", error))


def _plan_people(plan: ImportPlan, file: PeopleFile, people: Mapping[str, PersonState]) -> None:
    known_numbers = people.keys() | file.people.keys()
    if "manager_number" not in file.columns and file.people.keys() - people.keys():
        plan.warnings.append(Fault(1, "manager_number", ManagerMissing()))
    for number, line in file.people.items():
        if not line.values.get("name") or not line.values.get("unit_code"):
            continue  # the row has a fault of its own already
        known = people.get(number)
        wanted = _person_state(line, known)
        if "manager_number" in line.values:
            wanted = _with_manager(plan, line, wanted, known_numbers)
        if wanted.left_on is not None:
            plan.warnings.append(Fault(line.row, "hired_on", StillLeft(number=safe_echo(number), left_on=wanted.left_on)))
        if known is None:
            plan.new_people[number] = wanted
        elif wanted != known:
            plan.changed_people[number] = wanted
        else:
            plan.same_people.append(number)
    merged = {**people, **plan.changed_people, **plan.new_people}
    found = cycles({number: person.manager for number, person in merged.items()})
    rows = {number: line.row for number, line in file.people.items()}
    plan.faults += [_cycle_fault(ManagerCycle, members, "manager_number", rows) for members in found]


def _person_state(line: PersonLine, known: PersonState | None) -> PersonState:
    name, unit = line.values["name"], line.values["unit_code"]
    given: dict[str, Any] = {
        column: line.values[column] for column in ("email", "grade", "position", "hired_on") if column in line.values
    }
    if "skills" in line.values:
        given["skills"] = tuple(line.values["skills"])
    wanted = replace(known or PersonState(name=name, unit=unit), name=name, unit=unit, **given)
    back = wanted.left_on is not None and wanted.hired_on is not None and wanted.hired_on > wanted.left_on
    return replace(wanted, left_on=None) if back else wanted


def _with_manager(plan: ImportPlan, line: PersonLine, wanted: PersonState, known_numbers: set[str]) -> PersonState:
    manager = line.values["manager_number"] or None
    if manager is None:
        plan.warnings.append(Fault(line.row, "manager_number", ManagerMissing()))
    elif manager not in known_numbers:
        plan.warnings.append(Fault(line.row, "manager_number", ManagerUnknown(number=safe_echo(manager))))
        manager = None
    return replace(wanted, manager=manager)


def _cycle_fault(error: type[InvalidInput], members: list[str], column: str, rows: Mapping[str, int]) -> Fault:
    turning = members[:-1]
    row, start = min((rows.get(member, FAR_ROW), place) for place, member in enumerate(turning))
    turning = [*turning[start:], *turning[:start]]  # named from the row that the fault is shown at
    shown = [safe_echo(member) for member in (*turning, turning[0])]
    if len(shown) > MOST_NAMED_IN_CYCLE:
        shown = [*shown[: MOST_NAMED_IN_CYCLE - 2], "…", shown[-1]]
    return Fault(row if row < FAR_ROW else 1, column, error(members=" → ".join(shown)))
