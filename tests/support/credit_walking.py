"""A random walk of who pays bonuses over the API: orders, shares by hand, other amounts, periods, some nonsense."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.credit_account import Ledger, Lines, ledger, sound
from support.sellers import OVERLAY, Sellers, person
from support.wandering import Wanderer, code_of

ROLES = ("sales", "presales", "success")
ORDER = "Order { id version }"
CUSTOM = {
    "type": "CUSTOM",
    "maximum_percent": "150.00",
    "roles": [{"key": role, "name": role, "percent": "30"} for role in ROLES],
}
OPEN_PART = {"type": "REVENUE", "unattributed_percent": "10.00", "roles": [{"key": role, "name": role} for role in ROLES]}
MANAGERS = {"S1": {"M1", "D1"}, "S2": {"M1", "D1"}, "S3": {"D1"}, "M1": {"M1", "D1"}, "D1": {"D1"}}
UNITS = {"S1": {"GD", "HN"}, "S2": {"GD", "HN"}, "S3": {"HU", "HN"}, "M1": {"GD", "HN"}, "D1": {"HN"}}


@dataclass
class Payer(Wanderer[Ledger]):
    """HR of a company that sells, with templates of each type; `closed` is the credit of closed periods as it was first seen."""

    sellers: Sellers = field(kw_only=True)
    templates: Sequence[str | None] = field(kw_only=True)
    given: dict[str, dict[str, Any]] = field(default_factory=dict)
    closed: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def acts(self) -> Sequence[Callable[[Ledger], Awaitable[None]]]:
        often = (self.record, self.record, self.share, self.share, self.share, self.change, self.change, self.change)
        return (*often, self.again, self.close, self.open, self.at_once)

    def beginning(self) -> Callable[[Ledger], Awaitable[None]] | None:
        """Return what a walk begins with, orders, and what follows once there is something to close."""
        if self.done.get("recordOrders", 0) < 2:
            return self.record
        return self.close if sum(self.done.values()) > 8 and "closeBonusPeriod" not in self.done else None

    async def look(self) -> Ledger:
        return await ledger(replace(self.ask, otherwise=_fail), self.actor)

    async def prove(self, there: Ledger) -> None:
        """See that every cent is somebody's once, and that what was closed stays as it was."""
        await sound(self.ask, self.actor, there, self.lines())
        now = there.closed()
        self.closed = {code: self.closed.get(code, lines) for code, lines in now.items()}
        assert now == self.closed, "a closed period stays as it was"

    def people(self) -> dict[str, str]:
        """Return everybody by their number."""
        found = self.sellers
        actors = {"S1": found.sales, "S2": found.presales, "S3": found.success, "M1": found.manager, "D1": found.director}
        return {number: encode_id("Person", person(each)) for number, each in actors.items()}

    def lines(self) -> Lines:
        above = [{number: frozenset(each) for number, each in table.items()} for table in (MANAGERS, UNITS)]
        return Lines({each: number for number, each in self.people().items()}, above[0], above[1])

    def parties(self) -> list[dict[str, Any]]:
        """Return one to four people in roles, seldom somebody twice in one."""
        people = list(self.people().values())
        count = self.source.randint(1, 4)
        chosen = self.source.sample(people, count) if self.source.random() < 0.9 else self.source.choices(people, k=count)
        return [{"personId": each, "role": self.source.choice(ROLES)} for each in chosen]

    def sum(self, currency: str) -> str:
        """Return an amount, a refund at times."""
        amount = self.amount(10**8)
        if currency == "JPY" and self.source.random() < 0.9:
            amount = amount.partition(".")[0]
        return f"-{amount}" if self.source.random() < 0.2 else amount

    async def record(self, _: Ledger) -> None:
        """Record some orders, of any day of the half year, perhaps late."""
        given: dict[str, Any] = {"orders": [self.order() for _ in range(self.source.randint(1, 3))]}
        given["templateVersionId"] = self.source.choice(self.templates)
        if self.source.random() < 0.5:
            given["lateReason"] = "合同回传晚"
        made = await self.does("recordOrders", "RecordedOrders { orderIds }", **given)
        if "orderIds" in made:
            self.given |= {
                each: given | {"orders": [order]} for each, order in zip(made["orderIds"], given["orders"], strict=True)
            }

    def order(self) -> dict[str, Any]:
        currency = self.source.choice(("CNY", "CNY", "CNY", "JPY"))
        facts = {"customer": "市一医院", "product": "IVD 试剂", "region": "广东", "parties": self.parties(), "currency": currency}
        day = f"2026-{self.source.choice((2, 3, 3, 3, 3, 4, 4, 4)):02}-{self.source.randint(1, 28):02}"
        unit = encode_id("OrgUnit", self.source.choice((self.sellers.guangdong, self.sellers.hunan)))
        placed = {"code": f"W-{self.source.randint(1, 60)}", "orderedOn": day, "unitId": unit}
        return placed | facts | {"amount": self.sum(currency)}

    async def again(self, there: Ledger) -> None:
        """Bring an order a second time: it is the same one, and nothing changes."""
        known = [order for order in there.orders if order["id"] in self.given]
        if known:
            order = self.source.choice(known)["id"]
            found = await self.does("recordOrders", "RecordedOrders { orderIds }", **self.given[order])
            assert found == {"orderIds": [order]}, found

    def standing(self, there: Ledger) -> dict[str, Any]:
        """Return what a change of an order names: its version, seldom another, and a reason, seldom none."""
        order = self.source.choice(there.orders)
        version = order["version"] if self.source.random() < 0.95 else self.source.randint(0, 3)
        return {"orderId": order["id"], "version": version, "reason": "更正" if self.source.random() < 0.95 else " "}

    async def share(self, there: Ledger) -> None:
        if there.orders:
            parties, chance = self.parties(), self.source.random()
            whole = 10_000 if chance < 0.7 else self.source.choice((0, 9_999, 10_001, 12_000, 20_000))
            open_part = self.source.choice((0, 0, 0, 500, 1_000, 1_001))
            cuts = sorted(self.source.randint(0, max(0, whole - open_part)) for _ in parties[1:])
            parts = [high - low for low, high in zip([0, *cuts], [*cuts, max(0, whole - open_part)], strict=True)]
            percents = [f"{part / 100:.2f}" for part in parts]
            if self.source.random() < 0.05:
                percents[0] = self.amount(200)
            shares = [each | {"percent": percent} for each, percent in zip(parties, percents, strict=True)]
            given = self.standing(there) | {"shares": shares, "unattributed": f"{open_part / 100:.2f}"}
            await self.does("setOrderShares", ORDER, **given)

    async def change(self, there: Ledger) -> None:
        if there.orders:
            amount = self.sum(self.source.choice(("CNY", "JPY")))
            await self.does("changeOrderAmount", ORDER, **self.standing(there), amount=amount)

    async def close(self, there: Ledger) -> None:
        period = self.source.choice(list(there.periods.values()))
        await self.does("closeBonusPeriod", "BonusPeriod { id }", periodId=period["id"], version=period["version"])

    async def open(self, _: Ledger) -> None:
        """Open a month, one that lies before closed ones too."""
        month = f"2026-{self.source.choice((2, 2, 5, 6, 7, 13)):02}"
        await self.does("openBonusMonth", "BonusPeriod { id }", month=month)


def _fail(body: dict[str, Any]) -> Any:
    raise AssertionError(body)


async def make_payer(sellers: Sellers, ask: Ask, seed: int) -> Payer:
    """Publish templates of each type, and return who walks by them."""
    bodies = {"walk-overlay": OVERLAY, "walk-custom": CUSTOM, "walk-open": OPEN_PART}
    versions = [encode_id("DefinitionVersion", await sellers.split_template(key, body)) for key, body in bodies.items()]
    refusing = replace(ask, otherwise=code_of)
    shipped = encode_id("DefinitionVersion", sellers.template)
    return Payer(Random(seed), refusing, sellers.hr, sellers=sellers, templates=[shipped, *versions])
