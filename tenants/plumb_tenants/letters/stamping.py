"""Time stamps after sealing: of letters that went without, and of B-LTA letters anew; each revision of the file is kept."""

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch
from plumb_platform.documents.seal_level import SealLevel
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.queue.service import enqueue, retry
from plumb_tenants.company.service import SigningKey, signing_key
from plumb_tenants.letters.models import Letter, LetterStamp
from plumb_tenants.letters.rules import LetterState
from plumb_tenants.letters.seal_rules import SealRules, seal_rules
from plumb_tenants.letters.sealing import SealTools

if TYPE_CHECKING:
    # Loaded where they are used: pyHanko alone takes 50 MB.
    from plumb_platform.documents.proven_seal import ProvenStamps

STAMP_TOPIC = "letters.stamp"
AHEAD = timedelta(days=90)
"""How long before its end a time stamp is renewed: two months of trying before it is an alarm."""
AGAIN = timedelta(days=1)
# One job for each end: the next round is another job.
DUE = """
select due.id, due.key from (
  select id, tenant_id, stamps_end_at, id || ':' || to_char(stamps_end_at at time zone 'UTC', 'YYYYMMDD"T"HH24MISS') as key
  from letter where seal_level = 'B-LTA' and stamps_end_at <= $1
  union all select id, tenant_id, sealed_at, id || ':late'
  from letter where seal_note is not null and stamped_at is null and state = 'SEALED' and shredded_at is null
) due left join outbox o on o.tenant_id = due.tenant_id and o.topic = $2 and o.dedupe_key = due.key
where o.id is null or o.failed_at <= $3 order by due.stamps_end_at, due.id limit 1000
"""


async def newest_file(letter: Letter) -> tuple[str, str]:
    """Return key and SHA-256 of the newest revision of a sealed file."""
    newest = await LetterStamp.filter(letter_id=letter.id).order_by("-number").first()
    return (newest.file_key, newest.file_sha256) if newest else (letter.file_key or "", letter.file_sha256 or "")


async def queue_stamps(actor: Actor) -> int:
    """Enqueue a time stamp for each letter that was sealed without one while the server was away, and a new one for each B-LTA
    letter whose last one ends within AHEAD; return how many.

    A job that failed is tried again after a day; no letter is too old, and none keeps others from their turn.
    """
    rows = await fetch(DUE, now() + AHEAD, STAMP_TOPIC, now() - AGAIN)
    for row in rows:
        job = await enqueue(actor, STAMP_TOPIC, {"letter_id": str(row["id"])}, dedupe_key=row["key"])
        if job.failed_at is not None:
            await retry(job)
    return len(rows)


async def stamp_letter(actor: Actor, letter_id: UUID, tools: SealTools) -> Letter:
    """Store the file of a letter with the time stamp that it lacks, or of a B-LTA letter with one more.

    One that needs none yet, whose seal left no room for one or whose key has ended since is left as it is. Raises
    TIMESTAMP_UNAVAILABLE, and TIMESTAMP_ENDS_TOO_SOON while the server still stamps under the certificate that ends.
    """
    from plumb_platform.documents.proven_seal import proven

    letter = await Letter.filter(id=letter_id).select_for_update(no_key=True).get()
    if letter.signing_key_id is None or letter.shredded_at is not None:
        return letter
    key, rules, level = await signing_key(actor, letter.signing_key_id), await seal_rules(actor), None
    if letter.seal_note is not None and letter.stamped_at is None and letter.state == LetterState.SEALED:
        stamped, level = await _stamped_late(actor, letter, key, rules, tools), rules.seal_level
    elif letter.stamps_end_at is not None and letter.seal_level == SealLevel.B_LTA and letter.stamps_end_at <= now() + AHEAD:
        stamped = await _stamped_again(letter, key, rules, tools)
    else:
        stamped = None
    if stamped is None:
        return letter
    proof = await proven(stamped, key.root_certificate, tools.timestamps, rules.timestamp_server, level=level)
    return await _keep(actor, letter, stamped, proof, tools)


async def _stamped_late(actor: Actor, letter: Letter, key: SigningKey, rules: SealRules, tools: SealTools) -> bytes | None:
    from plumb_platform.documents.late_stamp import stamp_seal

    # A stamp from after the end of the certificate does not prove that the seal was made before (ETSI EN 319 102-1).
    if rules.seal_level is SealLevel.B_B or key.not_after <= now():
        return None
    content = await tools.storage.get((await newest_file(letter))[0])
    return await stamp_seal(content, tools.opened(key, actor.tenant_id), tools.stamping(rules))


async def _stamped_again(letter: Letter, key: SigningKey, rules: SealRules, tools: SealTools) -> bytes:
    from plumb_platform.documents.seal import stamp_again

    return await stamp_again(
        await tools.storage.get((await newest_file(letter))[0]),
        trusted_roots=(key.root_certificate,),
        servers=tools.timestamps,
        server=rules.timestamp_server,
        ends_at=letter.stamps_end_at or now(),
    )


async def _keep(actor: Actor, letter: Letter, stamped: bytes, found: "ProvenStamps", tools: SealTools) -> Letter:
    """Keep a further revision of a letter's file, which was proven to hold."""
    made = await LetterStamp.create(
        letter_id=letter.id,
        number=1 + await LetterStamp.filter(letter_id=letter.id).count(),
        file_key=await tools.storage.put(actor.tenant_id, "letters", stamped),
        file_sha256=sha256_hex(stamped),
        file_size=len(stamped),
        stamps_end_at=found.stamps_end_at,
    )
    letter.seal_level, letter.seal_note = found.level.value, None
    letter.stamped_at, letter.stamps_end_at = found.stamped_at or letter.stamped_at, found.stamps_end_at
    await letter.save(update_fields=["seal_level", "seal_note", "stamped_at", "stamps_end_at"])
    facts = {"number": made.number, "file_sha256": made.file_sha256, "level": letter.seal_level}
    await record(actor, "letter.stamp", "letter", letter.id, after=facts)
    return letter
