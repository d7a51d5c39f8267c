"""GraphQL type of the company."""

from plumb_schema.ground.ids import Node
from plumb_schema.reads.classes import of
from plumb_tenants.company.resources import COMPANY


@of(COMPANY)
class Company(Node):
    pass
