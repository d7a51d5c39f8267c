"""Queries of the audit chain."""

import strawberry

from plumb_platform.audit import service
from plumb_platform.audit.resources import AUDIT_ENTRY
from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import Node
from plumb_schema.ground.permission import field, tenant_type
from plumb_schema.reads.classes import connection, of


@of(AUDIT_ENTRY)
class AuditEntry(Node):
    pass


@tenant_type(needs=Permission.AUDIT_READ, description="审计链校验结果 / What the check of the chain found.")
class AuditChainReport:
    valid: bool
    entries: int
    head: str
    broken_at: int | None


@strawberry.type
class AuditQuery:
    audit_entries = connection(AuditEntry, description="审计记录 / The entries of the chain, newest first.")

    @field(needs=Permission.AUDIT_READ, description="校验审计链 / Walk the whole chain and name the first broken entry.")
    async def verify_audit_chain(self, info: Info) -> AuditChainReport:
        report = await service.verify_chain(info.context.caller)
        return AuditChainReport(
            valid=report.broken_at is None, entries=report.entries, head=report.head, broken_at=report.broken_at
        )
