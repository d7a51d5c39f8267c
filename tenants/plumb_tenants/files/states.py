"""The words for where a brought file stands with the virus scan, and the same as SQL."""

from plumb_platform.words import Word
from plumb_tenants.files.models import FileScan


class ScanState(Word):
    """Where a brought file stands: WAITING for its first scan, CLEAN, HELD for what was found, or REMOVED for good."""

    WAITING = "WAITING", "待扫描"
    CLEAN = "CLEAN", "未发现病毒"
    HELD = "HELD", "已隔离"
    REMOVED = "REMOVED", "已销毁"


STATE = (
    "(case when {scan}.id is null then 'WAITING' when {scan}.removed_at is not null then 'REMOVED' "
    "when {scan}.found_as is not null and {scan}.found_as is distinct from {scan}.cleared_as then 'HELD' else 'CLEAN' end)"
)
"""The state as SQL over the alias `{scan}` of the table of scans, which an outer join may leave empty."""
FINDING = f"(case when {STATE} in ('HELD', 'REMOVED') then {{scan}}.found_as end)"
"""What a file is held or was removed for."""
REASON = "(case when {scan}.removed_at is not null then {scan}.removed_reason else {scan}.cleared_reason end)"
"""Why a file was destroyed, or what was found in it declared false."""


def state_of(scan: FileScan | None) -> ScanState:
    """Return where a file with this scan stands."""
    if scan is None:
        return ScanState.WAITING
    if scan.removed_at is not None:
        return ScanState.REMOVED
    held = scan.found_as is not None and scan.found_as != scan.cleared_as
    return ScanState.HELD if held else ScanState.CLEAN
