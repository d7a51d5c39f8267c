"""What a company may be called and set to: refused before anything is written."""

import re
from typing import get_args
from zoneinfo import available_timezones

from plumb_platform.database import platform_transaction
from plumb_platform.errors import InvalidInput, Locale, Refused
from plumb_platform.numbers.money import get_currency
from plumb_platform.texts import as_seen, is_line, refuse_turned

KEY_PATTERN = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]")
LONGEST_NAME = 200


class CompanyKeyInvalid(InvalidInput):
    """A company's key has a fixed form, because it stands in commands and file names."""

    code = "COMPANY_KEY_INVALID"
    zh = "公司代号“{key}”无效：须为 3 到 40 位小写字母、数字或连字符，以字母开头。"
    en = "The company key {key} is not valid: 3 to 40 lower-case letters, digits or hyphens, starting with a letter."


class CompanyNameInvalid(InvalidInput):
    """The name stands on every letter, and fits its column."""

    code = "COMPANY_NAME_INVALID"
    zh = "公司名称须为 1 到 {longest} 个字符，不含换行与控制字符。"
    en = "The name of a company has 1 to {longest} characters, without line breaks and control characters."


class LocaleUnknown(InvalidInput):
    """A company speaks one of the languages that the product speaks."""

    code = "LOCALE_UNKNOWN"
    zh = "不支持的语言“{locale}”，可用：{known}。"
    en = "The locale {locale} is unknown; the locales are {known}."


class CompanyExists(Refused):
    """A key names one company."""

    code = "COMPANY_EXISTS"
    zh = "公司代号“{key}”已被使用。"
    en = "The company key {key} is taken."


class TimeZoneUnknown(InvalidInput):
    """Time zones are IANA names."""

    code = "TIME_ZONE_UNKNOWN"
    zh = "未知时区“{time_zone}”，请使用 IANA 名称，例如 Asia/Shanghai。"
    en = "The time zone {time_zone} is unknown; use an IANA name such as Asia/Shanghai."


def known_time_zones() -> set[str]:
    """Return the names of places, and UTC: what the database takes for a place too.

    To it `CET` is an abbreviation without summer time, and of this machine's `localtime` it knows nothing.
    """
    return {name for name in available_timezones() if "/" in name or name == "UTC"}


def checked_name(name: str) -> str:
    """Return a name as it is kept; raises CompanyNameInvalid and TextTurned for one that no letter could bear."""
    kept = as_seen(name.strip()).strip()
    refuse_turned(kept, place="name")
    if not 1 <= len(kept) <= LONGEST_NAME or not is_line(kept):
        raise CompanyNameInvalid(field="name", longest=LONGEST_NAME)
    return kept


def check_locale(locale: str) -> None:
    """Raise LocaleUnknown for a language that the product does not speak."""
    if locale not in get_args(Locale):
        raise LocaleUnknown(field="locale", locale=locale, known=", ".join(get_args(Locale)))


def check_time_zone(time_zone: str) -> None:
    """Raise TimeZoneUnknown for what is no place."""
    if time_zone not in known_time_zones():
        raise TimeZoneUnknown(field="timeZone", time_zone=time_zone)


async def check_new_company(*, key: str, name: str, time_zone: str, locale: str, currency: str) -> None:
    """Refuse a malformed or taken key, an unfit name, and an unknown time zone, locale or currency; nothing is written."""
    if not KEY_PATTERN.fullmatch(key):
        raise CompanyKeyInvalid(field="key", key=key)
    checked_name(name)
    check_locale(locale)
    get_currency(currency)
    check_time_zone(time_zone)
    async with platform_transaction() as connection:
        if await connection.fetchval("select true from company where key = $1", key):
            raise CompanyExists(field="key", key=key)
