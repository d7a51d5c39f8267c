"""What stands behind the company, as its people see it."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import Resource, boolean, instant, register, text

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

SIGNING_KEY = register(
    Resource(
        type_name="SigningKey",
        doc="签章密钥 / A key that seals letters; retired ones stay, because letters that they sealed are verified by them.",
        table="signing_key",
        read=Permission.SIGNING_KEY_READ,
        reads=("signing_key",),
        order=("-id",),
        columns=(
            text("serial", core=True, doc="证书序列号 / The serial number of the seal certificate."),
            boolean("active", core=True, doc="使用中 / Whether it seals letters now."),
            instant("created_at", core=True),
            instant("not_after", core=True, doc="到期时间 / When the certificate ends."),
        ),
    )
)
