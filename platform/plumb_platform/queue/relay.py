"""The relay: sends the due jobs of all companies to the workers, again and again until each is done (N5).

A row of the outbox is the truth; what lies in the queue is only a nudge and may be lost or doubled. A worker holds the lock
of the row that it works on, so a locked row is alive and is passed over; a row that was sent, is not done and is not locked
when its lease ends was lost on the way and is sent again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import asyncpg

from plumb_platform.database import platform_transaction
from plumb_platform.outages import REDIS_AWAY, outage_of
from plumb_platform.queue.worker_side import LONGEST_PAUSE_SECONDS

log = logging.getLogger(__name__)

# The database's clock alone decides, so that a machine whose clock is wrong delays nobody. A job that was never sent is due
# at once: only a retry waits for `available_at`. What was sent in a time to come, or waits longer than a retry does, is from
# before the clock was set back, and due. A company's jobs take turns with the others': the first of each goes before
# anybody's second, and none has more than its share in flight, so that ten thousand letters of one delay nobody's one (A59).
# Each company is looked up by its first waiting job, and no more of its jobs are read than it has places: the statement costs
# the same however many wait behind them. They are found once and by themselves (`materialized`), then joined by their key. While
# PostgreSQL has not counted the table lately it would else look for each waiting job among all of its company's: minutes for ten
# thousand. `is true` hides the partial index's condition, by which it would go through all that wait, and not its likelihood.
CLAIM = """
with recursive lease as (
  select moment, moment - make_interval(secs => $1) as started, moment + make_interval(secs => $1) as ahead,
    moment + make_interval(secs => $4) as latest
  from clock_timestamp() as moment
),
flying as (
  select tenant_id, count(*) as jobs from lease, outbox
  where done_at is null and failed_at is null and sent_at >= lease.started and sent_at <= lease.ahead group by tenant_id
),
company as (
  (select tenant_id from outbox where done_at is null and failed_at is null order by tenant_id limit 1)
  union all
  select (select o.tenant_id from outbox o where o.done_at is null and o.failed_at is null and o.tenant_id > c.tenant_id
    order by o.tenant_id limit 1) from company c where c.tenant_id is not null
),
waiting as materialized (
  select c.tenant_id, first.id, first.available_at, coalesce(f.jobs, 0) + first.turn as place
  from lease, company c left join flying f on f.tenant_id = c.tenant_id, lateral (
    select o.id, o.available_at, row_number() over (order by o.available_at, o.id) as turn from outbox o
    where o.tenant_id = c.tenant_id and o.done_at is null and o.failed_at is null
      and (o.tries = 0 or o.available_at <= lease.moment or o.available_at > lease.latest)
      and (o.sent_at is null or o.sent_at < lease.started or o.sent_at > lease.ahead)
    order by o.available_at, o.id limit greatest(0, $3 - coalesce(f.jobs, 0))
  ) first
),
due as (
  select outbox.tenant_id, outbox.id from waiting, lease, outbox
  where outbox.tenant_id = waiting.tenant_id and outbox.id = waiting.id
    and (outbox.done_at is null) is true and (outbox.failed_at is null) is true
    and (outbox.sent_at is null or outbox.sent_at < lease.started or outbox.sent_at > lease.ahead)
  order by waiting.place, waiting.available_at
  limit greatest(0, $2 - (select coalesce(sum(jobs), 0) from flying))
  for update of outbox skip locked
)
update outbox set sent_at = clock_timestamp(), tries = outbox.tries + 1
from due where outbox.tenant_id = due.tenant_id and outbox.id = due.id
returning outbox.tenant_id, outbox.id, outbox.topic, outbox.tries
"""
GIVE_BACK = """
update outbox set sent_at = null
from unnest($1::uuid[], $2::uuid[], $3::int[]) as unsent (tenant_id, id, tries)
where outbox.tenant_id = unsent.tenant_id and outbox.id = unsent.id and outbox.tries = unsent.tries
"""


class Undelivered(Exception):
    """The queue cannot be reached; what was to be sent stays in the outbox."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the relay knows of a job: whose it is and what it is about, never its payload."""

    tenant_id: UUID
    id: UUID
    topic: str
    tries: int

    @property
    def delivery_id(self) -> str:
        """Return the id of this one delivery; a queue drops a second copy of the same delivery."""
        return f"{self.id}:{self.tries}"


class Sender(Protocol):
    """The way to the workers."""

    async def send(self, envelopes: Sequence[Envelope]) -> None:
        """Hand over the envelopes, or raise Undelivered."""


@dataclass(frozen=True, slots=True)
class RelayLimits:
    """How much may be under way, in all and of one company, for how long a silent job counts so, and how often to look."""

    in_flight: int = 150
    per_company: int = 24
    lease_seconds: float = 15
    poll_seconds: float = 0.1
    pause_seconds: float = 0.5


async def send_due(sender: Sender, limits: RelayLimits) -> int:
    """Send what is due and fits in flight, and return how many; on Undelivered the jobs are due again at once."""
    async with platform_transaction() as connection:
        limited = (limits.lease_seconds, limits.in_flight, limits.per_company, LONGEST_PAUSE_SECONDS)
        rows = await connection.fetch(CLAIM, *limited)
    envelopes = [Envelope(**dict(row)) for row in rows]
    if not envelopes:
        return 0
    # Sent after the commit: a worker that is quicker would find the row locked and believe that another has it.
    try:
        await sender.send(envelopes)
    except Undelivered:
        await _give_back(envelopes)
        raise
    return len(envelopes)


async def waiting_jobs() -> int:
    """Return how many jobs of all companies are neither done nor given up: the depth that workers are scaled by."""
    async with platform_transaction() as connection:
        depth: int = await connection.fetchval("select count(*) from outbox where done_at is null and failed_at is null")
    return depth


async def relay_until(
    stopped: asyncio.Event, sender: Sender, limits: RelayLimits, *, beat: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Send due jobs until `stopped` is set, however often PostgreSQL or the queue go away meanwhile."""
    while not stopped.is_set():
        try:
            sent = await send_due(sender, limits)
            pause = 0 if sent else limits.poll_seconds
            if beat is not None:
                await beat()
        except (Undelivered, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            outage = REDIS_AWAY if isinstance(error, Undelivered) else outage_of(error)
            log.warning("relay pauses: %s", type(error).__name__, extra=outage.said(error) if outage else None)
            pause = limits.pause_seconds
        except Exception:
            # A timer that fails must not keep the jobs of all companies from their workers.
            log.exception("relay goes on after an error")
            pause = limits.pause_seconds
        await wait(stopped, pause)


async def wait(stopped: asyncio.Event, seconds: float) -> None:
    """Sleep, but wake when `stopped` is set."""
    try:
        async with asyncio.timeout(seconds):
            await stopped.wait()
    except TimeoutError:
        pass


async def _give_back(envelopes: Sequence[Envelope]) -> None:
    async with platform_transaction() as connection:
        await connection.execute(
            GIVE_BACK,
            [each.tenant_id for each in envelopes],
            [each.id for each in envelopes],
            [each.tries for each in envelopes],
        )
