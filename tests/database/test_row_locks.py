"""Rows are locked so that others may still point at them: a foreign key that waits for a lock is half of a deadlock."""

import re
from pathlib import Path

TENANTS = Path(__file__).parents[2] / "tenants" / "plumb_tenants"
WITH_KEY = re.compile(r"\bfor\s+update\b|select_for_update\((?!no_key=True)", re.IGNORECASE)
ALONE = {"people", "retention", "company"}
"""Rooms that wait for what is being made for a row: whoever leaves, what is erased, whose key is made."""


def test_no_room_locks_a_row_against_what_only_points_at_it() -> None:
    found = {
        f"{path.relative_to(TENANTS)}: {match[0]}"
        for path in TENANTS.rglob("*.py")
        if path.relative_to(TENANTS).parts[0] not in ALONE | {"migrations"}
        for match in WITH_KEY.finditer(path.read_text(encoding="utf-8"))
    }
    assert found == set()
