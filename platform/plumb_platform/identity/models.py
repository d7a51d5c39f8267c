"""Tables of identity; `account`, `login_throttle` and `second_factor` belong to no company: the platform role's alone."""

from plumb_platform.database.models import CreatedModel, Model, TenantModel, fields, now, uuid7


class Account(Model):
    """A person's way in: one e-mail, one password, memberships in any number of companies."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    email = fields.CharField(max_length=320, unique=True)
    password_hash = fields.CharField(max_length=255)
    locale = fields.CharField(max_length=8, default="zh-CN")
    active = fields.BooleanField(default=True)
    created_at = fields.DatetimeField(default=now)

    class Meta:
        table = "account"


class LoginThrottle(Model):
    """Failed sign-ins of one account or one address, and until when it has to wait."""

    key = fields.CharField(max_length=96, primary_key=True)
    failures = fields.IntField(default=0)
    window_started_at = fields.DatetimeField()
    locked_until = fields.DatetimeField(null=True)

    class Meta:
        table = "login_throttle"


class SecondFactor(Model):
    """An account's authenticator: its secret under encryption, and the last step whose code was used."""

    account_id = fields.UUIDField(primary_key=True)
    secret = fields.BinaryField()
    created_at = fields.DatetimeField(default=now)
    confirmed_at = fields.DatetimeField(null=True)
    last_counter = fields.BigIntField(default=0)

    class Meta:
        table = "second_factor"


class Membership(CreatedModel):
    """An account's place in a company: its roles and the employee it stands for."""

    account_id = fields.UUIDField()
    person_id = fields.UUIDField(null=True)
    roles = fields.JSONField[list[str]]()
    active = fields.BooleanField(default=True)

    class Meta:
        table = "membership"


class Session(TenantModel):
    """A browser's sign-in; only the hash of its credential is kept."""

    token_hash = fields.BinaryField()
    account_id = fields.UUIDField()
    membership_id = fields.UUIDField()
    created_at = fields.DatetimeField(default=now)
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    address = fields.CharField(max_length=64, default="")
    agent = fields.CharField(max_length=300, default="")

    class Meta:
        table = "session"


class ApiToken(CreatedModel):
    """A program's credential: shown once, kept as a hash, limited by scopes and expiry."""

    membership_id = fields.UUIDField()
    name = fields.CharField(max_length=100)
    prefix = fields.CharField(max_length=16)
    token_hash = fields.BinaryField()
    scopes = fields.JSONField[list[str]]()
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "api_token"


class Invitation(CreatedModel):
    """A single-use way to become a member, bound to an e-mail and a company for seven days.

    `sent_by` is the membership that sent it; null when the system did.
    """

    email = fields.CharField(max_length=320)
    token_hash = fields.BinaryField()
    person_id = fields.UUIDField(null=True)
    roles = fields.JSONField[list[str]]()
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)
    sent_by = fields.UUIDField(null=True)

    class Meta:
        table = "invitation"
