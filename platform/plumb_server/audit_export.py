"""GET /audit/chain.jsonl: the company's audit chain as a file that proves itself, for whoever may read the audit (N16)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from plumb_platform.actor import Actor
from plumb_platform.audit.exporting import chain_export
from plumb_platform.audit.resources import AUDIT_ENTRY
from plumb_platform.audit.service import record
from plumb_platform.permissions import Permission, require
from plumb_server.app import Resources
from plumb_server.downloads import answered, asked_again, kept_as
from plumb_tenants.access.fields import refuse_hidden
from plumb_tenants.company.service import get_company


def audit_export_routes() -> list[BaseRoute]:
    """Return the routes of the audit."""
    return [Route("/audit/chain.jsonl", answered(_export), methods=["GET"])]


async def _export(request: Request, actor: Actor, resources: Resources) -> Response:
    """Answer the chain up to this moment, a page at a time; that it was taken is the chain's next entry.

    Whoever may read the audit no more is cut off before the next page: what they have is no whole chain, and a verifier says so.
    """
    await _refuse_unread(actor)
    company = await get_company(actor)
    export = await chain_export(actor, company_key=company.key)
    await record(actor, "audit.export", "company", company.id)
    again = asked_again(request, resources)

    @asynccontextmanager
    async def a_page() -> AsyncIterator[None]:
        async with again() as reader:
            await _refuse_unread(reader)
            yield

    headers = kept_as(f"{company.key}-audit.jsonl")
    return StreamingResponse(export.lines(a_page), headers=headers, media_type="application/jsonl")


async def _refuse_unread(actor: Actor) -> None:
    """Raise Forbidden for who may not read the audit, FIELD_HIDDEN for who sees entries in part: the chain proves them whole."""
    await require(actor, Permission.AUDIT_READ)
    await refuse_hidden(actor, AUDIT_ENTRY, ("objectId", "actor", "before", "after"))
