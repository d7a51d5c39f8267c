"""What stands behind members, invitations and API tokens, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import One, Resource, boolean, instant, reference, register, text, texts

_PERSON = One(
    name="person",
    target="Person",
    by="{row}.person_id",
    part=True,
    named=True,
    doc="人员 / The person; number and name, and more to who may read them.",
)

MEMBER = register(
    Resource(
        type_name="Member",
        doc="成员 / An account's place in the company.",
        table="membership",
        read=Permission.MEMBER_READ,
        own=("{row}.person_id",),
        mine=("{row}.id",),
        columns=(
            reference("person_id", "Person"),
            texts("roles", core=True),
            boolean("active", core=True),
            instant("created_at", core=True),
        ),
        relations=(_PERSON,),
    )
)

INVITATION = register(
    Resource(
        type_name="Invitation",
        doc="邀请 / A way to become a member that was sent: open until it is used, cancelled or expired.",
        table="invitation",
        read=Permission.MEMBER_INVITE,
        own=("{row}.person_id",),
        order=("-id",),
        columns=(
            text("email", core=True),
            texts("roles", core=True),
            reference("person_id", "Person"),
            instant("created_at", core=True),
            instant("expires_at", core=True),
            instant("used_at"),
        ),
        relations=(_PERSON,),
    )
)

API_TOKEN = register(
    Resource(
        type_name="ApiToken",
        doc="API 令牌 / A program's credential, known by its first characters.",
        table="api_token",
        read=Permission.TOKEN_MANAGE,
        mine=("{row}.membership_id",),
        order=("-id",),
        columns=(
            text("name", core=True),
            text("prefix", core=True),
            texts("scopes", core=True),
            instant("created_at", core=True),
            instant("expires_at", core=True),
            instant("revoked_at"),
            instant("last_used_at"),
        ),
    )
)
