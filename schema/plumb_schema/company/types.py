"""GraphQL type of the company."""

from plumb_platform.permissions import Permission
from plumb_schema.ground.ids import Node
from plumb_schema.ground.permission import tenant_type
from plumb_tenants.company import service


@tenant_type(needs=Permission.COMPANY_READ, description="公司 / The company that the caller is signed in to.")
class Company(Node):
    key: str
    name: str
    locale: str
    time_zone: str
    currency: str


def company_of(row: service.Company) -> Company:
    """Return the GraphQL object of a company row."""
    return Company(uuid=row.id, key=row.key, name=row.name, locale=row.locale, time_zone=row.time_zone, currency=row.currency)
