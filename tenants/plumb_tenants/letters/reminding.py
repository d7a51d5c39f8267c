"""Reminding those whose turn it is, on working days and within the company's caps (A24)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now, today
from plumb_platform.database import fetch
from plumb_tenants.calendars.service import CalendarYearMissing, company_calendar
from plumb_tenants.company.service import get_company
from plumb_tenants.letters.chain import tell
from plumb_tenants.letters.models import Letter, LetterSigner
from plumb_tenants.letters.reminder_rules import Asked, IsWorkingDay, is_due
from plumb_tenants.letters.rules import Role
from plumb_tenants.letters.signers import Called
from plumb_tenants.letters.signing_rules import letter_rules
from plumb_tenants.letters.statements import OUTDATED

_ASKED = f"""
select s.id, s.letter_id, s.role, s.label, s.person_id, s.asked_at, s.reminders, s.reminded_at, p.active, l.issued_by
from letter_signer s join letter l on l.tenant_id = s.tenant_id and l.id = s.letter_id
join person p on p.tenant_id = s.tenant_id and p.id = s.person_id
where s.state = 'ASKED' and l.state in ('ISSUED', 'PARTLY_SIGNED') and not {OUTDATED.format("l")} order by s.id
"""
WEEKEND = 5


async def remind_signers(actor: Actor) -> int:
    """Remind everybody in the company for whom a reminder is due today; return how many.

    Somebody who has left is not reminded: the issuer is told, once, that the letter waits for nobody.
    """
    rows = await fetch(_ASKED)
    if not rows:
        return 0
    rules, zone = await letter_rules(actor), (await get_company(actor)).time_zone
    is_working_day, day, sent = await _working_days(actor), today(zone), 0
    for row in rows:
        if not row["active"]:
            await _tell_issuer(actor, row["letter_id"], Role(row["role"]), row["label"], row["issued_by"])
            continue
        asked = Asked(
            _day(row["asked_at"], zone), row["reminders"], _day(row["reminded_at"], zone) if row["reminded_at"] else None
        )
        if is_due(asked, day, rules, is_working_day):
            await _remind(actor, row["id"], row["reminders"] + 1)
            sent += 1
    return sent


async def _remind(actor: Actor, signer_id: object, round_: int) -> None:
    signer = await LetterSigner.get(id=signer_id)
    letter = await Letter.get(id=signer.letter_id)
    signer.reminders, signer.reminded_at = round_, now()
    await signer.save(update_fields=["reminders", "reminded_at"])
    told = "提醒：责任书 {number} 待您处理。", "A reminder: the letter {number} waits for you."
    await tell(actor, letter, [signer.person_id], "letter.reminder", said=told, round_=f"{signer.role}:{round_}")
    await record(actor, "letter.remind", "letter", letter.id, after={"role": signer.role, "round": round_})


async def _tell_issuer(actor: Actor, letter_id: object, role: Role, label: str, issued_by: object) -> None:
    letter = await Letter.get(id=letter_id)
    people = await fetch("select person_id from membership where id = $1 and active and person_id is not null", issued_by)
    zh = "责任书 {number} 等待的{label}已离职，请撤销后重新签发。"
    en = "The letter {number} waits for {label}, who has left: cancel it and issue a new one."
    told = [row["person_id"] for row in people]
    await tell(actor, letter, told, "letter.signer_left", said=(zh, en), round_=label, label=Called((role, label)))


async def _working_days(actor: Actor) -> IsWorkingDay:
    """Return the company's working days; a year without data has those of an ordinary week, so that nobody is forgotten."""
    calendar = await company_calendar(actor)

    def is_working_day(day: date) -> bool:
        try:
            return calendar.is_working_day(day)
        except CalendarYearMissing:
            return day.weekday() < WEEKEND

    return is_working_day


def _day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()
