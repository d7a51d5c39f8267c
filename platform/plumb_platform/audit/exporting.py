"""The audit chain of a company as one file that proves itself without us: a head, then an entry a line (N16)."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from plumb_platform.actor import Actor
from plumb_platform.audit.models import AuditEntry, AuditHead
from plumb_platform.audit.service import CONTENT, plain_content
from plumb_platform.numbers.canonical import canonical_bytes

SCHEMA = "plumb.audit/1"
PAGE = 200
"""Entries that are read and written out at once: few enough that others are served in between."""


class ChainTorn(LookupError):
    """Entries before the head of a chain are gone: what was written of the export is no whole chain."""


@dataclass(frozen=True, slots=True)
class ChainExport:
    """A company's chain as it stood at one moment, of which an export tells everything up to `number` and nothing behind it.

    Entries before a head never change, so they are the same whenever they are read: an export holds no transaction
    open while its reader takes it, and no more than a page of it in memory.
    """

    head: bytes
    number: int

    async def lines(
        self, transaction: Callable[[], AbstractAsyncContextManager[object]], *, page: int = PAGE
    ) -> AsyncIterator[bytes]:
        """Yield the head, then PAGE entries at a time, each page in a transaction of its own; equal chains give equal bytes.

        Raises ChainTorn where entries are missing, and whatever `transaction` refuses a page with.
        """
        yield self.head
        number = 0
        while number < self.number:
            async with transaction():
                found = AuditEntry.filter(number__gt=number, number__lte=self.number).order_by("number").limit(page)
                entries = await found
            if not entries:
                raise ChainTorn(f"entry {number + 1} of {self.number}")
            number = entries[-1].number
            yield b"".join(_line(entry) for entry in entries)


async def chain_export(actor: Actor, *, company_key: str) -> ChainExport:
    """Return the export of a company's chain as it stands now."""
    head = await AuditHead.get(tenant_id=actor.tenant_id)
    first = {"schema": SCHEMA, "tenant_id": str(actor.tenant_id), "company_key": company_key}
    line = canonical_bytes(first | {"number": head.number, "head": head.hash}) + b"\n"
    return ChainExport(line, head.number)


def _line(entry: AuditEntry) -> bytes:
    content = plain_content({name: getattr(entry, name) for name in CONTENT})
    proof = {"number": entry.number, "previous_hash": entry.previous_hash, "hash": entry.hash}
    return canonical_bytes(content | proof) + b"\n"
