"""Jobs for tests: a company of their own, a sender that remembers, and work that is done on the spot."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from plumb_platform.clock import clock_at
from plumb_platform.database import execute, platform_transaction, tenant_transaction
from plumb_platform.errors import Refused
from plumb_platform.queue.models import Outbox
from plumb_platform.queue.relay import Envelope, RelayLimits, Undelivered, send_due
from plumb_platform.queue.service import enqueue
from plumb_platform.queue.worker_side import Work, work_on
from plumb_workers.jobs import Tools, work_with
from support.companies import CompanyFixture

TOPIC = "tests.work"


class Broken(Refused):
    """What the tests' work refuses with."""

    code = "TEST_BROKEN"
    zh = "测试拒绝({reason})"
    en = "refused by the test ({reason})"


class Hand:
    """A sender that remembers, or is away."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away
        self.sent: list[Envelope] = []

    async def send(self, envelopes: Sequence[Envelope]) -> None:
        if self.away:
            raise Undelivered
        self.sent += envelopes


async def queued(company: CompanyFixture, count: int = 1, **payload: Any) -> list[UUID]:
    async with tenant_transaction(company.hr):
        return [(await enqueue(company.hr, TOPIC, payload)).id for _ in range(count)]


async def job_of(company: CompanyFixture, job_id: UUID) -> Outbox:
    async with tenant_transaction(company.system):
        return await Outbox.get(id=job_id)


def mine(hand: Hand, company: CompanyFixture) -> list[UUID]:
    return [each.id for each in hand.sent if each.tenant_id == company.tenant_id]


async def age(company: CompanyFixture, **columns: str) -> None:
    async with tenant_transaction(company.system):
        for column, value in columns.items():
            await execute(f"update outbox set {column} = {value} where done_at is null and failed_at is null")


async def do(company: CompanyFixture, job_id: UUID, run: Any, *, seconds: float = 60, transient: tuple[type, ...] = ()) -> None:
    await work_on(company.tenant_id, job_id, lambda _: Work(run=run, timeout=seconds, transient=transient))


async def worked_off(company: CompanyFixture, topic: str, *, at: datetime) -> list[dict[str, Any]]:
    """Send what is due as the relay does, do a company's jobs of a topic as a worker does, and return what all of them said."""
    hand = Hand()
    find_work = work_with(Tools(settings=None, seal=None))  # type: ignore[arg-type]  # such jobs need none
    await send_due(hand, RelayLimits(in_flight=10_000))
    with clock_at(at):
        # A claim answers its rows in no order; the oldest is done first here.
        for each in sorted(hand.sent, key=lambda sent: sent.id):
            if each.tenant_id == company.tenant_id and each.topic == topic:
                await work_on(each.tenant_id, each.id, find_work)
    async with tenant_transaction(company.system):
        return [row["result"] for row in await Outbox.filter(topic=topic).order_by("created_at", "id").values("result")]


async def send_everything() -> int:
    """Return how many jobs of all tests count as in flight."""
    async with platform_transaction() as connection:
        count: int = await connection.fetchval(
            "select count(*) from outbox where done_at is null and failed_at is null and sent_at >= now() - interval '15 seconds'"
        )
    return count
