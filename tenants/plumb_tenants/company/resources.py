"""What stands behind the company, as its people see it."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import Resource, register, text

COMPANY = register(
    Resource(
        type_name="Company",
        doc="公司 / The company that the caller is signed in to.",
        table="company",
        read=Permission.COMPANY_READ,
        reads=("company",),
        key="{row}.tenant_id",
        columns=(
            text("key", core=True),
            text("name", core=True),
            text("locale", core=True),
            text("time_zone", core=True),
            text("currency", core=True),
        ),
    )
)
