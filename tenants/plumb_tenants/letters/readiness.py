"""Whether letters can be sealed: a certificate that holds, the fonts, time stamps that do not run out (A26)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import fetch
from plumb_platform.documents.fonts_system import missing_fonts
from plumb_platform.errors import DomainError, Refused
from plumb_platform.permissions import Permission, require
from plumb_tenants.company.service import NOTICE, SigningKey, active_signing_key

LOOK_AGAIN = timedelta(minutes=5)


class NoSigningKey(Refused):
    """Without a valid key no letter could ever be sealed."""

    code = "NO_SIGNING_KEY"
    zh = "公司没有有效的签章密钥，请先由管理员创建。"
    en = "The company has no valid signing key; an administrator has to make one first."


class LetterFontsMissing(Refused):
    """A letter in another font would not be the letter that was designed and proved."""

    code = "LETTER_FONTS_MISSING"
    zh = "服务器缺少责任书字体：{fonts}。"
    en = "The server lacks the letters' fonts: {fonts}."


class SigningKeyEnding(Refused):
    """A certificate that ends soon has to be renewed before it does."""

    code = "SIGNING_KEY_ENDING"
    zh = "签章证书 {serial} 将于 {ends_at} 到期，请更新签章密钥。"
    en = "The seal certificate {serial} ends at {ends_at}; renew the sealing key."


class StampsEnding(Refused):
    """Time stamps of B-LTA letters were not renewed, although the timer tries."""

    code = "LETTER_STAMPS_ENDING"
    zh = "{count} 份责任书的时间戳证书将于 {ends_at} 起到期，续签未成功，请检查时间戳服务。"
    en = "The time stamps of {count} letters end from {ends_at} on and were not renewed; look at the timestamp server."


@dataclass(frozen=True, slots=True)
class SealAlarm:
    """Something that stands or will stand against sealing; `blocking` when no letter is issued for it now."""

    reason: DomainError
    ends_at: datetime | None = None
    blocking: bool = False


@dataclass(slots=True)
class Fonts:
    """The fonts that this machine lacks, looked up again every few minutes: fontconfig needs a moment for it."""

    look: Callable[[], list[str]] = missing_fonts
    _seen_at: datetime | None = None
    _missing: tuple[str, ...] = ()

    async def missing(self) -> tuple[str, ...]:
        """Return the missing faces."""
        if self._seen_at is None or not self._seen_at <= now() < self._seen_at + LOOK_AGAIN:
            self._missing, self._seen_at = tuple(await asyncio.to_thread(self.look)), now()
        return self._missing


FONTS = Fonts()


async def refuse_unready(actor: Actor) -> None:
    """Raise NO_SIGNING_KEY or LETTER_FONTS_MISSING when a letter that is issued now could not be sealed."""
    if await active_signing_key(actor) is None:
        raise NoSigningKey
    fonts = await FONTS.missing()
    if fonts:
        raise LetterFontsMissing(fonts="、".join(fonts))


async def seal_alarms(actor: Actor) -> list[SealAlarm]:
    """Return what an administrator has to see to, the blocking ones first."""
    await require(actor, Permission.SIGNING_KEY_READ)
    alarms = []
    key = await SigningKey.get_or_none(active=True)
    if key is None or key.not_after <= now():
        alarms.append(SealAlarm(NoSigningKey(), ends_at=key.not_after if key else None, blocking=True))
    if fonts := await FONTS.missing():
        alarms.append(SealAlarm(LetterFontsMissing(fonts="、".join(fonts)), blocking=True))
    if key is not None and now() < key.not_after <= now() + NOTICE:
        ending = SigningKeyEnding(serial=key.serial, ends_at=_said(key.not_after))
        alarms.append(SealAlarm(ending, ends_at=key.not_after))
    return [*alarms, *await _ending_stamps()]


async def _ending_stamps() -> list[SealAlarm]:
    (row,) = await fetch(
        "select count(*) as count, min(stamps_end_at) as ends_at from letter where seal_level = 'B-LTA' and stamps_end_at <= $1",
        now() + NOTICE,
    )
    if not row["count"]:
        return []
    return [SealAlarm(StampsEnding(count=row["count"], ends_at=_said(row["ends_at"])), ends_at=row["ends_at"])]


def _said(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
