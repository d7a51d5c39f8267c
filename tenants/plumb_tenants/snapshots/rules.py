"""What a snapshot's hashes are made of, when a monthly one is due, and what two rows differ in; pure (C67, N6).

Row hash: SHA-256 of the row's canonical JSON. Content hash: SHA-256 of the row hashes (hex, in order, nothing between).
The lines are those of the goals and, behind them, one for each of the three inputs (blocks.py).
Chain hash: SHA-256 of the previous chain hash (32 bytes), the header's bytes and the content hash (32 bytes).
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from plumb_platform.numbers.canonical import canonical_bytes, sha256_hex

SCHEMA = "plumb.snapshot/2"
ROOT_SCHEMA = "plumb.snapshot/1"
"""What the root of a chain is made of; chains that began before the second form of heads go on."""
HEADER_FACTS = ("number", "kind", "period", "label", "taken_at", "goals", "red", "unit", "rules", "blocks")
"""What a head says beside schema and company; one of the first form lacks label, red, unit, rules and blocks."""
LAST_DAY = 5
"""Day of the month by whose end, in the company's time zone, its snapshot must stand (C67)."""
PERIOD = re.compile(r"[1-8]\d{3}-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value of a goal that two snapshots hold differently."""

    field: str
    old: Any
    new: Any


def chain_root(tenant_id: UUID) -> str:
    """Return what stands before the first snapshot: bound to the company, so that no two chains look alike."""
    return sha256_hex(f"{ROOT_SCHEMA}:{tenant_id}".encode())


def header_text(company: Mapping[str, str], **facts: Any) -> str:
    """Return the canonical JSON of a snapshot's head; `company` has id, key and name, `facts` are those of HEADER_FACTS."""
    return canonical_bytes({"schema": SCHEMA, "company": dict(company), **facts}).decode()


def chain_hash(previous: str, header: str, content_hash: str) -> str:
    """Return the hash that binds a snapshot to all before it."""
    return sha256_hex(bytes.fromhex(previous) + header.encode() + bytes.fromhex(content_hash))


class ContentHash:
    """The content hash of rows that come one after the other."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, row_hashes: Iterable[str]) -> None:
        """Take the next rows' hashes."""
        for each in row_hashes:
            self._hash.update(each.encode())

    def hexdigest(self) -> str:
        """Return the hash of what was added."""
        return self._hash.hexdigest()


def period_at(instant: datetime, time_zone: str) -> str:
    """Return the month (`2026-12`) that a company in `time_zone` lives in at `instant`."""
    return f"{instant.astimezone(ZoneInfo(time_zone)):%Y-%m}"


def due_periods(instant: datetime, time_zone: str, *, founded_at: datetime, taken: Collection[str]) -> list[str]:
    """Return the monthly snapshots that are due: the present month's from its day 1 until taken (C67).

    A month that went by cannot be caught up: the goals no longer stand as they stood. The month in which the company was
    founded owes none, because its day 1 was before that.
    """
    period = period_at(instant, time_zone)
    if period in taken or period <= period_at(founded_at, time_zone):
        return []
    return [period]


def is_overdue(instant: datetime, time_zone: str, due: Collection[str]) -> bool:
    """Return whether a month's snapshot is due and the last second of its day LAST_DAY is over."""
    return bool(due) and instant.astimezone(ZoneInfo(time_zone)).day > LAST_DAY


def changed_fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[FieldChange]:
    """Return what differs between two contents of one goal, by field name."""
    names = sorted(old.keys() | new.keys())
    return [FieldChange(each, old.get(each), new.get(each)) for each in names if old.get(each) != new.get(each)]
