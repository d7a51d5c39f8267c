"""Reading letters: the row that people see, with the state that follows from its goals, and its signatures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch, fetch_value
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission
from plumb_tenants.letters.access import letter_scope
from plumb_tenants.letters.rules import LetterState, Role, visible_state
from plumb_tenants.letters.signers import Act
from plumb_tenants.letters.signing_rules import SignatureForm, StepUp
from plumb_tenants.letters.statements import OUTDATED

_COLUMNS = (
    "id, number, cycle_id, employee_id, manager_id, unit_id, issued_by, definition_version_id, state, canonical_sha256, "
    "verify_code, file_key, file_sha256, file_size, sealed_at, superseded_by, version, created_at"
)
_LETTERS = (
    f"select {', '.join(f'l.{each.strip()}' for each in _COLUMNS.split(','))}, {OUTDATED.format('l')} as outdated from letter l"
)
_SIGNATURES = "select letter_id, role, act, label, person_id, signed_at, canonical_sha256, proof, form from letter_signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRow:
    """A letter; `state` is the one that people see, `stored_state` what signing and sealing left."""

    id: UUID
    number: str
    cycle_id: UUID
    employee_id: UUID
    manager_id: UUID
    unit_id: UUID
    issued_by: UUID | None
    definition_version_id: UUID
    stored_state: LetterState
    state: LetterState
    canonical_sha256: str
    verify_code: str
    file_key: str | None
    file_sha256: str | None
    file_size: int | None
    sealed_at: datetime | None
    superseded_by: UUID | None
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SignatureRow:
    """One party's act of signing."""

    letter_id: UUID
    role: Role
    act: Act
    label: str
    person_id: UUID
    signed_at: datetime
    canonical_sha256: str
    proof: StepUp
    form: SignatureForm | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFilter:
    """Which letters a list shows; None leaves a column open. `state` is the stored one."""

    cycle_id: UUID | None = None
    employee_id: UUID | None = None
    unit_id: UUID | None = None
    state: LetterState | None = None


async def list_letters(
    actor: Actor, *, where: LetterFilter | None = None, after: UUID | None = None, limit: int = 20
) -> list[LetterRow]:
    """Return the letters that the actor may read, newest first, behind the letter `after`."""
    condition, values = await letter_scope(actor, Permission.LETTER_READ)
    parts = [condition]
    wanted = where or LetterFilter()
    for column in LetterFilter.__slots__:
        if (value := getattr(wanted, column)) is not None:
            values.append(value)
            parts.append(f"l.{column} = ${len(values)}")
    if after is not None:
        values.append(after)
        parts.append(f"l.id < ${len(values)}")
    values.append(limit)
    sql = f"{_LETTERS} where {' and '.join(parts)} order by l.id desc limit ${len(values)}"
    return [_letter(row) for row in await fetch(sql, *values)]


async def letters_by_id(actor: Actor, letter_ids: Sequence[UUID]) -> dict[UUID, LetterRow]:
    """Return those of the letters that the actor may read, by id."""
    condition, values = await letter_scope(actor, Permission.LETTER_READ, first=2)
    rows = await fetch(f"{_LETTERS} where l.id = any($1::uuid[]) and {condition}", list(letter_ids), *values)
    return {row["id"]: _letter(row) for row in rows}


async def get_letter(actor: Actor, letter_id: UUID, *, field: str = "letterId") -> LetterRow:
    """Return one letter that the actor may read, or raise NotFound."""
    found = await letters_by_id(actor, [letter_id])
    if letter_id not in found:
        raise NotFound(field=field)
    return found[letter_id]


async def signatures_of(_: Actor, letter_ids: Sequence[UUID]) -> dict[UUID, list[SignatureRow]]:
    """Return the signatures of letters that the caller has checked, oldest first; a letter without any has an empty list."""
    rows = await fetch(f"{_SIGNATURES} where letter_id = any($1::uuid[]) order by signed_at, id", list(letter_ids))
    found: dict[UUID, list[SignatureRow]] = {each: [] for each in letter_ids}
    for row in rows:
        form = SignatureForm(row["form"]) if row["form"] else None
        said = {"role": Role(row["role"]), "act": Act(row["act"]), "proof": StepUp(row["proof"]), "form": form}
        found[row["letter_id"]].append(SignatureRow(**row | said))
    return found


async def is_outdated(letter_id: UUID, *, hold: bool = False) -> bool:
    """Return whether a letter no longer says what its goals say; `hold` keeps the goals as they are until the commit."""
    if hold:
        await fetch(
            "select g.id from letter_goal b join goal g on g.tenant_id = b.tenant_id and g.id = b.goal_id "
            "where b.letter_id = $1 order by g.id for share of g",
            letter_id,
        )
    return bool(await fetch_value(f"select {OUTDATED.format('l')} from letter l where l.id = $1", letter_id))


def _letter(row: dict[str, Any]) -> LetterRow:
    state, outdated = LetterState(row["state"]), row["outdated"]
    columns = {name: value for name, value in row.items() if name not in ("state", "outdated")}
    return LetterRow(**columns, stored_state=state, state=visible_state(state, outdated=outdated))
