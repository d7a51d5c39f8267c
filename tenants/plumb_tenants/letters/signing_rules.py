"""The kind `letter_rules`: how letters are signed in a company, and how it reminds; the key `default` holds for all letters."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from plumb_platform.actor import Actor
from plumb_platform.errors import InvalidInput
from plumb_tenants.definitions.kinds import Body, Finding, Kind, register
from plumb_tenants.definitions.service import effective_version

KIND, KEY = "letter_rules", "default"


class SignatureFormsEmpty(InvalidInput):
    """Whoever must leave a signature needs a way to."""

    code = "LETTER_RULES_FORMS"
    zh = "要求手写签名时，须至少允许一种签名方式。"
    en = "Where a signature is required, at least one form of it has to be allowed."


class ExpiryTooEarly(InvalidInput):
    """A letter does not expire before anybody was reminded."""

    code = "LETTER_RULES_EXPIRY"
    zh = "有效期 {days} 天短于首次提醒的 {first} 天。"
    en = "The expiry of {days} days comes before the first reminder after {first} days."


class StepUp(StrEnum):
    """What a signature needs beyond a session of one's own."""

    NONE = "NONE"
    PASSWORD = "PASSWORD"
    TOTP = "TOTP"


class SignatureForm(StrEnum):
    """How a signature looks on paper: the name as it is typed, drawn by hand, or a picture brought along."""

    TYPED = "TYPED"
    DRAWN = "DRAWN"
    UPLOADED = "UPLOADED"


class Counting(StrEnum):
    """Which days count towards a reminder; none is ever sent on a day that is not worked."""

    CALENDAR_DAYS = "CALENDAR_DAYS"
    WORKING_DAYS = "WORKING_DAYS"


class LetterRules(Body):
    """How letters are signed: proof, form of the signature, reminders (5 days, then every 2, 5 times within 30), expiry."""

    step_up: StepUp = StepUp.NONE
    forms: Annotated[tuple[SignatureForm, ...], Field(max_length=3)] = tuple(SignatureForm)
    signature_needed: bool = False
    first_reminder_days: Annotated[int, Field(ge=1, le=60)] = 5
    repeat_days: Annotated[int, Field(ge=1, le=60)] = 2
    most_reminders: Annotated[int, Field(ge=0, le=30)] = 5
    remind_within_days: Annotated[int, Field(ge=1, le=365)] = 30
    counting: Counting = Counting.CALENDAR_DAYS
    expires_after_days: Annotated[int, Field(ge=0, le=365)] = 0


def lint(body: LetterRules) -> list[Finding]:
    """Return what stands against publishing rules; 0 days of expiry mean that a letter waits for ever."""
    return [Finding(error) for error in _faults(body)]


def _faults(body: LetterRules) -> Iterator[InvalidInput]:
    if body.signature_needed and not body.forms:
        yield SignatureFormsEmpty(field="forms")
    if 0 < body.expires_after_days < body.first_reminder_days:
        yield ExpiryTooEarly(field="expires_after_days", days=body.expires_after_days, first=body.first_reminder_days)


async def letter_rules(actor: Actor) -> LetterRules:
    """Return the company's rules in effect, or the shipped ones."""
    found = await effective_version(actor, kind=KIND, key=KEY)
    return found.body if found is not None else LetterRules()


register(Kind(name=KIND, zh="责任书签署规则", en="Rules of signing", body=LetterRules, lint=lint))
