"""Time-based one-time passwords (RFC 6238): the codes of an authenticator app, six digits every thirty seconds; pure."""

import base64
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_SECONDS, DIGITS = 30, 6
SECRET_BYTES = 20
"""As long as the hash of RFC 4226, section 4."""
DRIFT = 1
"""Steps before and after the present one that a clock may be off (RFC 6238, section 5.2)."""


def new_secret() -> bytes:
    """Return a fresh secret."""
    return secrets.token_bytes(SECRET_BYTES)


def counter_at(moment: datetime) -> int:
    """Return the number of the step that an instant falls into."""
    return int(moment.timestamp()) // STEP_SECONDS


def code_of(secret: bytes, counter: int) -> str:
    """Return the code of a step (RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, counter.to_bytes(8), "sha1")
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def matching_counter(secret: bytes, code: str, *, at: datetime, after: int) -> int | None:
    """Return the step whose code was given, later than the step `after`; None for a wrong, a stale or a used code."""
    given = code.encode("utf-8", "surrogatepass")
    now = counter_at(at)
    found = None
    # All steps are compared, so that the time taken tells nothing.
    for counter in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(code_of(secret, counter).encode(), given) and counter > after:
            found = counter
    return found


def secret_text(secret: bytes) -> str:
    """Return the secret as people type it into an app: base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def otpauth_url(secret: bytes, *, account: str, issuer: str) -> str:
    """Return the address that an authenticator app reads from a QR code."""
    query = urlencode({"secret": secret_text(secret), "issuer": issuer, "digits": DIGITS, "period": STEP_SECONDS})
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?{query}"
