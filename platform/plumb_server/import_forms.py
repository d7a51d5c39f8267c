"""Empty workbooks to be filled in and imported: GET /imports/people.xlsx and the like, headings in the reader's language."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from plumb_platform.actor import Actor
from plumb_platform.exports import form_bytes
from plumb_platform.sheets.cells import Columns
from plumb_server.app import Resources
from plumb_server.downloads import Find, answered, attachment
from plumb_server.pages import page_locale
from plumb_tenants.actions.customer_files import COLUMNS as CUSTOMERS
from plumb_tenants.attribution.importing import COLUMNS as ORDERS
from plumb_tenants.metrics.importing import COLUMNS as OBSERVATIONS
from plumb_tenants.people.service import COLUMNS as PEOPLE

FORMS = {
    "people": ("员工", PEOPLE),
    "customers": ("客户", CUSTOMERS),
    "observations": ("观测", OBSERVATIONS),
    "orders": ("订单", ORDERS),
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def import_form_routes() -> list[BaseRoute]:
    """Return the routes of the workbooks, for whoever is signed in: nothing of a company stands in them."""
    return [Route(f"/imports/{kind}.xlsx", answered(_giving(kind)), methods=["GET"]) for kind in FORMS]


def _giving(kind: str) -> Find:
    name, columns = FORMS[kind]

    async def give(request: Request, actor: Actor, resources: Resources) -> Response:  # noqa: ARG001 - the door's signature
        in_chinese = page_locale(request) == "zh-CN"
        return attachment(form_of(columns, name if in_chinese else kind, in_chinese=in_chinese), f"{kind}.xlsx", XLSX)

    return give


def form_of(columns: Columns, sheet: str, *, in_chinese: bool) -> bytes:
    """Return the workbook of some columns, texts and codes as text: what is typed in them stays as it is typed."""
    told = [(columns.title(key) if in_chinese else key, column.is_text) for key, column in columns.all.items()]
    return form_bytes(sheet, told)
