"""How the jobs of all companies stand, for the operator: counts and ages by topic, never what is in them."""

from dataclasses import dataclass
from datetime import timedelta

from plumb_platform.database import platform_transaction
from plumb_platform.identity.company_keys import company_of_key

OFTEN = 3
"""Sent so often and not begun, jobs have no worker, or each attempt ends in an outage and is put back."""

_STANDING = """
select o.topic, count(*) filter (where open and o.started_at is null) as waiting,
  count(*) filter (where open and o.started_at is not null) as begun,
  count(*) filter (where o.failed_at is not null) as given_up,
  coalesce(max(o.tries) filter (where open), 0) as most_tries,
  clock_timestamp() - min(o.created_at) filter (where open) as oldest,
  count(*) filter (where open and o.sent_at is null and o.available_at < clock_timestamp() - interval '1 minute') as unsent
from (select *, done_at is null and failed_at is null as open from (
  select tenant_id, topic, created_at, available_at, sent_at, tries, started_at, done_at, failed_at from outbox
  where done_at is null or failed_at is not null) o) o join company c on c.tenant_id = o.tenant_id
where $1::text is null or c.key = $1 group by o.topic order by oldest desc nulls last, o.topic
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """One topic: jobs that wait, that were begun, that were given up; how often one was sent, how old the oldest is."""

    topic: str
    waiting: int
    begun: int
    given_up: int
    most_tries: int
    oldest: timedelta | None
    unsent: int
    """Due for more than a minute and with no worker: the relay stands still, or cannot reach Redis."""

    @property
    def advice(self) -> tuple[str, str]:
        """Return what to look at, in zh-CN and en; nothing while work goes on."""
        if self.unsent:
            return "未送出：请检查 plumb relay 与 Redis", "not sent: look at plumb relay and at Redis"
        if self.waiting and not self.begun and self.most_tries >= OFTEN:
            return "已送出而未在处理：请检查 plumb worker 及其日志", "sent and not under way: look at plumb worker and its log"
        if self.given_up:
            return "已放弃：公司以 jobs 查看原因，retryJob 重试", "given up: the company's jobs tell why, retryJob tries again"
        return "", ""


async def standing_jobs(company_key: str | None = None) -> list[Standing]:
    """Return the topics that have jobs which are not done, of one company or of all, those with the oldest first.

    Raises CompanyUnknown.
    """
    if company_key:
        await company_of_key(company_key)
    async with platform_transaction() as connection:
        return [Standing(**row) for row in await connection.fetch(_STANDING, company_key)]
