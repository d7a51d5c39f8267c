"""The audit chain of a company as one file that proves itself without us: a head, then an entry a line (N16)."""

from collections.abc import AsyncIterator

from plumb_platform.actor import Actor
from plumb_platform.audit.models import AuditEntry, AuditHead
from plumb_platform.audit.service import CONTENT, plain_content
from plumb_platform.numbers.canonical import canonical_bytes

SCHEMA = "plumb.audit/1"


async def exported_chain(actor: Actor, *, company_key: str, page: int = 1000) -> AsyncIterator[bytes]:
    """Yield the lines of the company's chain as it stands, PAGE entries at a time; equal chains give equal bytes."""
    head = await AuditHead.get(tenant_id=actor.tenant_id)
    first = {"schema": SCHEMA, "tenant_id": str(actor.tenant_id), "company_key": company_key}
    yield canonical_bytes(first | {"number": head.number, "head": head.hash}) + b"\n"
    number = 0
    while entries := await AuditEntry.filter(number__gt=number, number__lte=head.number).order_by("number").limit(page):
        yield b"".join(_line(entry) for entry in entries)
        number = entries[-1].number


def _line(entry: AuditEntry) -> bytes:
    content = plain_content({name: getattr(entry, name) for name in CONTENT})
    proof = {"number": entry.number, "previous_hash": entry.previous_hash, "hash": entry.hash}
    return canonical_bytes(content | proof) + b"\n"
