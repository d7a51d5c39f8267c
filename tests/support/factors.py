"""Passwords and authenticators of people in tests."""

import base64
from dataclasses import dataclass
from datetime import datetime

from plumb_platform import clock
from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import tenant_transaction
from plumb_platform.identity.second_factor import confirm_totp, enrol_totp
from plumb_platform.identity.service import set_password
from plumb_platform.identity.totp import code_of, counter_at

FACTOR_KEYS = (b"f" * 32,)
PASSWORD = "a password of the tests"


@dataclass(frozen=True)
class Authenticator:
    """An app that holds a secret and shows the code of the moment."""

    secret: bytes

    def code(self) -> str:
        """Return the code that the app shows now."""
        return code_of(self.secret, counter_at(now()))


async def with_password(actor: Actor) -> Actor:
    """Give the actor's account the password of the tests."""
    assert actor.account_id is not None
    await set_password(actor.account_id, PASSWORD)
    return actor


async def authenticator(actor: Actor, *, at: datetime) -> Authenticator:
    """Enrol and confirm an authenticator at a moment; the code of that moment is used up."""
    with clock.clock_at(at):
        async with tenant_transaction(actor):
            made = await enrol_totp(actor, password=PASSWORD, keys=FACTOR_KEYS)
            app = Authenticator(base64.b32decode(made.secret))
            await confirm_totp(actor, code=app.code(), keys=FACTOR_KEYS)
    return app
