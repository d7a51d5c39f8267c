"""GET /audit/chain.jsonl: the company's audit chain as a file that proves itself, for whoever may read the audit (N16)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from plumb_platform.audit.exporting import exported_chain
from plumb_platform.audit.service import record
from plumb_platform.errors import DomainError
from plumb_platform.permissions import Permission, require
from plumb_server.app import Resources
from plumb_server.incoming import locale_of
from plumb_server.letters import caller_of, refusal_of
from plumb_tenants.company.service import get_company


def audit_export_routes() -> list[BaseRoute]:
    """Return the routes of the audit."""
    return [Route("/audit/chain.jsonl", export, methods=["GET"])]


async def export(request: Request) -> Response:
    """Answer the chain up to the moment; that it was taken is the chain's next entry."""
    resources: Resources = request.state.resources
    try:
        actor = await caller_of(request, resources)
        async with resources.transaction(actor):
            await require(actor, Permission.AUDIT_READ)
            company = await get_company(actor)
            content = b"".join([part async for part in exported_chain(actor, company_key=company.key)])
            await record(actor, "audit.export", "company", company.id)
    except DomainError as error:
        return refusal_of(error, locale_of(request.headers))
    headers = {"content-disposition": f"attachment; filename={company.key}-audit.jsonl"}
    return Response(content, headers=headers, media_type="application/jsonl")
