"""Jobs for tests: a company of their own, a sender that remembers, and work that is done on the spot."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from plumb_platform.database import execute, platform_transaction, tenant_transaction
from plumb_platform.errors import Refused
from plumb_platform.queue.models import Outbox
from plumb_platform.queue.relay import Envelope, Undelivered
from plumb_platform.queue.service import enqueue
from plumb_platform.queue.worker_side import Work, work_on
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


async def send_everything() -> int:
    """Return how many jobs of all tests count as in flight."""
    async with platform_transaction() as connection:
        count: int = await connection.fetchval(
            "select count(*) from outbox where done_at is null and failed_at is null and sent_at >= now() - interval '15 seconds'"
        )
    return count
