"""Scanning brought files again: each once under every new state of the scanner's signatures, a few in one job (C92).

Only what people brought is looked at. Letters, snapshots, exports and reports are made here; no scan ever keeps one back.
"""

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch, fetch_value
from plumb_platform.observability import get_logger
from plumb_platform.queue.service import enqueue
from plumb_platform.scanning import FileInfected, FileTooLargeToScan, Scanner
from plumb_platform.storage import FileChanged, FileMissing, Storage
from plumb_tenants.files.models import FileScan
from plumb_tenants.files.quarantine import note_scan
from plumb_tenants.files.sources import FileUnreadable, source_of, sources

RESCAN_TOPIC = "files.rescan"
MOST = 20
"""Files of one job, which is one transaction: it has to end while the scanner takes its longest for each."""
LONGEST_VERSION = 120
_DUE = """
select f.file_key from ({keys} union select file_key from file_scan) f
left join file_scan s on s.file_key = f.file_key
where s.removed_at is null and s.signatures is distinct from $1 order by f.file_key limit $2
"""
log = get_logger(__name__)


async def queue_rescan(actor: Actor) -> None:
    """Queue the scan of a company's brought files, once a day, where somebody brought any."""
    if await fetch_value(f"select exists ({_keys()})"):
        day = now().date().isoformat()
        await enqueue(actor, RESCAN_TOPIC, {"day": day, "part": 1}, dedupe_key=f"{day}:1")


async def rescan(actor: Actor, storage: Storage, scanner: Scanner, *, day: str, part: int, most: int = MOST) -> int:
    """Scan the next files that these signatures have not seen, queue the part after this one, and return how many were scanned.

    Raises SCANNER_UNAVAILABLE and STORAGE_UNAVAILABLE: the part is tried again as a whole. Without a scanner nothing is done.
    """
    if not scanner.is_set:
        return 0
    signatures = (await scanner.version())[:LONGEST_VERSION]
    due = [row["file_key"] for row in await fetch(_DUE.format(keys=_keys()), signatures, most)]
    for key in due:
        await _scan(actor, storage, scanner, key, signatures)
    if len(due) == most:
        await enqueue(actor, RESCAN_TOPIC, {"day": day, "part": part + 1}, dedupe_key=f"{day}:{part + 1}")
    return len(due)


async def forget_scan(file_key: str) -> None:
    """Forget what scans said of a file that is destroyed."""
    await execute("delete from file_scan where file_key = $1", file_key)


def _keys() -> str:
    return " union ".join(source.keys() for source in sources())


async def _scan(actor: Actor, storage: Storage, scanner: Scanner, key: str, signatures: str) -> None:
    scan = await FileScan.get_or_none(file_key=key)
    found: dict[str, str] = {}
    try:
        for field, content in await source_of(key).files(actor, storage, key):
            try:
                await scanner.check(content)
            except FileInfected as infected:
                found[field] = str(infected.values["signature"])
    except (FileMissing, FileChanged, FileTooLargeToScan, FileUnreadable) as problem:
        # What cannot be scanned stays as it was, and no other file waits for it; one that lost its hash is handed to nobody.
        log.warning("a brought file was not scanned", file_key=key, reason=problem.code)
        if scan is not None and scan.found_as is not None and not found:
            found = dict.fromkeys(scan.found_in.split(","), scan.found_as)
    await note_scan(actor, key, signatures=signatures, found=found)
