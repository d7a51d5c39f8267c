"""GraphQL types of the company and of what seals its letters."""

from datetime import datetime

from plumb_platform.permissions import Permission
from plumb_schema.ground.ids import Node
from plumb_schema.ground.permission import tenant_type
from plumb_schema.reads.classes import of
from plumb_tenants.company.resources import COMPANY, SIGNING_KEY


@of(COMPANY)
class Company(Node):
    pass


@of(SIGNING_KEY)
class SigningKey(Node):
    pass


@tenant_type(
    needs=Permission.SIGNING_KEY_READ,
    description="签章告警 / What stands or will stand against sealing; `blocking` while no letter is issued for it.",
)
class SealAlarm:
    code: str
    message: str
    blocking: bool
    ends_at: datetime | None
