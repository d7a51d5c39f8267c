"""Orders, shares, periods, a bonus file and a dispute of a company whose people are there already."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import tenant_transaction
from plumb_platform.storage import open_storage
from plumb_tenants.attribution.service import (
    ExportFormat,
    NewOrder,
    Party,
    adopt_shipped_template,
    close_period,
    export_bonus,
    open_dispute,
    open_month,
    record_order,
)


async def fill_attribution(hr: Actor, owner: Actor, unit: UUID) -> None:
    """Leave a closed month with a bonus file, an open one with an order, and a dispute of the order's owner."""
    assert owner.person_id is not None
    async with tenant_transaction(hr):
        await adopt_shipped_template(hr)
        closed, _ = [await open_month(hr, month=month) for month in ("2026-02", "2026-03")]
        days = {"SO-1": date(2026, 2, 1), "SO-2": date(2026, 3, 1)}
        parties = [Party(owner.person_id, "sales")]
        facts = {"amount": Decimal("100000.00"), "unit_id": unit, "parties": parties}
        labels = {"customer": "市一医院", "product": "IVD 试剂", "region": "广东"}
        orders = [
            await record_order(hr, NewOrder(code=code, ordered_on=day, **facts, **labels))  # type: ignore[arg-type] # mixed
            for code, day in days.items()
        ]
        await close_period(hr, period_id=closed, version=1)
        with TemporaryDirectory() as folder:
            await export_bonus(hr, period_id=closed, form=ExportFormat.CSV, storage=open_storage("", home=Path(folder)))
    async with tenant_transaction(owner):
        await open_dispute(owner, order_id=orders[1], number=1, subject="份额过低", text="方案由我主导。")
