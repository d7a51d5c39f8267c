"""A file with time stamps is kept once its seal and its last stamp are proven to hold, by what will judge it later."""

from dataclasses import dataclass
from datetime import datetime

from plumb_platform.documents.seal_inspection import inspect_seal
from plumb_platform.documents.seal_level import SealLevel
from plumb_platform.documents.timestamp_servers import TimestampServers, TimestampUnavailable


@dataclass(frozen=True, slots=True)
class ProvenStamps:
    """The level that a file reached, when its seal was stamped, if known roots tell, and when its last stamp ends."""

    level: SealLevel
    stamped_at: datetime | None
    stamps_end_at: datetime


async def proven(
    pdf: bytes, root: bytes, servers: TimestampServers, server: str, *, level: SealLevel | None = None
) -> ProvenStamps:
    """Return what the stamps of a sealed file say, judged by the company's root (DER) and the roots of stamps.

    `level` is the one that a new seal was made for; a later stamp may reach any. Raises TIMESTAMP_UNAVAILABLE for a file that
    does not hold: no signature of ours is kept that does not fit its key (KEY_UNFIT), so that what is wrong is what `server`
    stamped, such as a time at which its own certificate did not hold.
    """
    found = await inspect_seal(pdf, (root,), servers.roots)
    is_as_wanted = level is None or (found.level is level and found.stamped_at is not None)
    if not found.valid or found.level is None or found.stamps_end_at is None or not is_as_wanted:
        raise TimestampUnavailable(server=server, reason="its stamp does not hold")
    return ProvenStamps(found.level, found.stamped_at, found.stamps_end_at)
