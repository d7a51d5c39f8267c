"""Importing people and units from a file: dry run, all or nothing, the same file twice changes nothing (A38)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.errors import Forbidden
from plumb_platform.identity.members import LastAdmin
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.permissions import Permission, reaches_whole
from plumb_platform.permissions.administrators import administered, hold_roles, is_administered
from plumb_platform.permissions.granting import refuse_gained, standing
from plumb_platform.sheets.lines import MOST_FAULTS_SHOWN, Fault
from plumb_tenants.people.own_place import own_faults, own_place, refuse_shown, shown_to
from plumb_tenants.people.placing import backdate_people, known_day, placed_after
from plumb_tenants.people.reading import PeopleFile, read_people
from plumb_tenants.people.rules import EffectiveDayKept, ImportPlan, plan_import
from plumb_tenants.people.store import load_directory, lock_directory, write_plan


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or in a dry run or with errors would do; the lists hold the first 500, the counts all."""

    written: bool
    rows: int
    created: int
    updated: int
    unchanged: int
    units_created: int
    units_updated: int
    backdated: int
    errors: list[Fault]
    warnings: list[Fault]
    error_count: int
    warning_count: int
    titles: Mapping[str, str]
    """How the file's own header writes its columns."""


async def import_people(
    actor: Actor,
    *,
    content: bytes,
    dry_run: bool,
    sheet: str | None = None,
    effective_on: date | None = None,
    backdate: bool = False,
) -> ImportReport:
    """Create and update the people and units of a CSV file or of a workbook's sheet (columns.py lists the columns).

    Any error writes nothing; the report names each by row and column. A file that is neither raises (files.py).
    Nobody widens by it what they see or do themselves (own_place.py). People whom the file does not name are left alone.
    Placements hold from `effective_on`, today when absent; it has come.
    With `backdate` so do those that the file tells nothing new of: what was said of the days in between gives way.
    """
    if not await reaches_whole(actor, Permission.PERSON_IMPORT):
        raise Forbidden(permission=Permission.PERSON_IMPORT.value)
    starts_on = await known_day(actor, effective_on, field="effectiveOn")
    file = await asyncio.to_thread(read_people, content, sheet=sheet)
    if not dry_run:
        await lock_directory()
    directory = await load_directory()
    plan = await asyncio.to_thread(plan_import, file, directory.units, directory.people)
    own = None if plan.faults else await own_place(actor, directory)
    if own is not None:
        plan.faults += own_faults(file, plan, directory, own)
    same = [directory.person_ids[number] for number in plan.same_people]
    later = await placed_after(same, starts_on) if effective_on is not None else 0
    backdated = later if backdate else 0
    if later and not backdate:
        kept = EffectiveDayKept(people=later, effective_on=starts_on.isoformat())
        plan.warnings.insert(0, Fault(1, None, kept))
    write = not dry_run and not plan.faults
    if write and (backdated or not plan.is_empty):
        # Held before anything is read: a matrix or a role of this moment is among what the import is held against.
        await hold_roles()
        before, under = await standing(actor, field="content"), await administered(actor, by_denials=True)
        shown = await shown_to(actor, plan, directory)
        await write_plan(actor, plan, directory, starts_on=starts_on)
        refuse_shown(shown, await shown_to(actor, plan, directory))
        # Roles go by grade, position and unit too: whoever says where people stand gives nobody what they lack (C95).
        await refuse_gained(before)
        if not await is_administered(actor, under):
            raise LastAdmin(field="content")
        if backdated:
            await backdate_people(same, starts_on)
        said = {"rows": file.rows, "file_sha256": sha256_hex(content), "effective_on": starts_on.isoformat()}
        after = {**_counts(plan), "backdated": backdated, **said}
        await record(actor, "person.import", "company", actor.tenant_id, after=after)
    return _report(plan, file, written=write, backdated=backdated)


def _report(plan: ImportPlan, file: PeopleFile, *, written: bool, backdated: int) -> ImportReport:
    return ImportReport(
        written=written,
        rows=file.rows,
        **_counts(plan),
        backdated=backdated,
        errors=plan.faults[:MOST_FAULTS_SHOWN],
        warnings=plan.warnings[:MOST_FAULTS_SHOWN],
        error_count=len(plan.faults),
        warning_count=len(plan.warnings),
        titles=file.titles,
    )


def _counts(plan: ImportPlan) -> dict[str, int]:
    return {
        "created": len(plan.new_people),
        "updated": len(plan.changed_people),
        "unchanged": len(plan.same_people),
        "units_created": len(plan.new_units),
        "units_updated": len(plan.changed_units),
    }
