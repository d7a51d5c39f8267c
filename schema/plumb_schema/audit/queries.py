"""Queries of the audit chain."""

from collections.abc import Sequence
from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from plumb_platform.audit import service
from plumb_platform.audit.models import AuditEntry as AuditRow
from plumb_platform.permissions import Permission
from plumb_schema.ground.connections import Connection, page
from plumb_schema.ground.context import Info
from plumb_schema.ground.cursors import Key
from plumb_schema.ground.ids import Node, encode_id
from plumb_schema.ground.permission import field, tenant_type


@tenant_type(needs=Permission.AUDIT_READ, description="审计记录 / One change: who, what, before and after.")
class AuditEntry(Node):
    number: int
    at: datetime
    action: str
    object_type: str
    object_id: strawberry.ID | None
    actor: JSON
    before: JSON | None
    after: JSON | None
    request_id: str
    hash: str


@tenant_type(needs=Permission.AUDIT_READ, description="审计链校验结果 / What the check of the chain found.")
class AuditChainReport:
    valid: bool
    entries: int
    head: str
    broken_at: int | None


@strawberry.type
class AuditQuery:
    @field(needs=Permission.AUDIT_READ, description="审计记录 / The entries of the chain, newest first.")
    async def audit_entries(
        self, info: Info, first: int | None = None, after: str | None = None, action: str | None = None
    ) -> Connection[AuditEntry]:
        async def read(behind: tuple[Key, ...] | None, limit: int) -> Sequence[AuditRow]:
            return await service.list_entries(
                info.context.caller, before=int(str(behind[0])) if behind else None, action=action, limit=limit
            )

        return await page(
            info.context,
            read,
            place=f"audit:{action}",
            key=lambda row: (row.number,),
            node=entry_of,
            first=first,
            after=after,
        )

    @field(needs=Permission.AUDIT_READ, description="校验审计链 / Walk the whole chain and name the first broken entry.")
    async def verify_audit_chain(self, info: Info) -> AuditChainReport:
        report = await service.verify_chain(info.context.caller)
        return AuditChainReport(
            valid=report.broken_at is None, entries=report.entries, head=report.head, broken_at=report.broken_at
        )


def entry_of(row: AuditRow) -> AuditEntry:
    """Return the GraphQL object of an audit row."""
    return AuditEntry(
        uuid=row.id,
        number=row.number,
        at=row.at,
        action=row.action,
        object_type=row.object_type,
        object_id=encode_id(row.object_type.title().replace("_", ""), row.object_id) if row.object_id else None,
        actor=JSON(row.actor),
        before=JSON(row.before),
        after=JSON(row.after),
        request_id=row.request_id,
        hash=row.hash,
    )
