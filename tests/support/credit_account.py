"""The account of all credit of a company that sells, taken over the API: whether every cent is somebody's once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from plumb_platform.actor import Actor
from support.asking import Ask

ZERO = Decimal(0)
UNITS = {"CNY": Decimal("0.01"), "JPY": Decimal(1)}
ORDERS = """query ($after: String) { orders(first: 8, after: $after) { pageInfo { hasNextPage endCursor } edges { node {
  id code version number amount currency splitType period { code }
  shares(first: 30) { edges { node { number amount source periodCode lines { personId role percent amount } } } }
  credit(first: 100) { edges { node { amount kind role percent personId unitId periodCode } } } } } } }"""
PERIODS = "{ bonusPeriods(first: 20) { edges { node { id code startsOn state version lineCount } } } }"
BALANCE = "{ reconcileCredit { currency splitType orders total credited residual holds } }"
REPORT = (
    "query ($period: ID) { creditReport(by: [PERSON, ROLE], periodId: $period) { places { key } currency amount lines orders } }"
)
MANAGERS = "query ($period: ID!) { creditByManager(periodId: $period) { key currency amount orders } }"
BY_UNIT = "query ($period: ID!) { creditByUnit(periodId: $period) { key currency amount orders } }"


@dataclass(frozen=True)
class Ledger:
    """What stands: orders with their shares and credit, newest version first, and periods by their code."""

    orders: list[dict[str, Any]]
    periods: dict[str, dict[str, Any]]

    def closed(self) -> dict[str, list[Any]]:
        """Return the credit of each closed period, in an order of its own."""
        closed = [code for code, each in self.periods.items() if each["state"] == "CLOSED"]
        return {code: sorted(map(str, lines_of(self, code))) for code in closed}


@dataclass(frozen=True)
class Lines:
    """Who stands above whom, by number or code: people's managers at any depth, a manager among them, and units above a unit."""

    numbers: dict[str, str]
    managers: dict[str, frozenset[str]]
    units: dict[str, frozenset[str]]


async def ledger(ask: Ask, actor: Actor) -> Ledger:
    """Read all orders and periods of a company."""
    orders: list[dict[str, Any]] = []
    after = None
    while True:
        page = await ask(actor, ORDERS, after=after)
        orders += [opened(edge["node"]) for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    return Ledger(orders, {each["code"]: each for each in await ask.nodes(actor, PERIODS)})


def opened(order: dict[str, Any]) -> dict[str, Any]:
    """Return an order with numbers for its amounts, its versions newest first."""
    shares = sorted((edge["node"] for edge in order["shares"]["edges"]), key=lambda each: -each["number"])
    versions = [each | {"amount": Decimal(each["amount"]), "lines": numbers(each["lines"])} for each in shares]
    credit = numbers(edge["node"] for edge in order["credit"]["edges"])
    return order | {"amount": Decimal(order["amount"]), "shares": versions, "credit": credit}


def numbers(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return lines with numbers for what they are."""
    return [each | {"amount": Decimal(each["amount"]), "percent": Decimal(each["percent"])} for each in lines]


def lines_of(there: Ledger, period: str | None) -> list[dict[str, Any]]:
    """Return the credit of a period, or of all, each with its order's code and currency."""
    return [
        line | {"order": order["code"], "currency": order["currency"]}
        for order in there.orders
        for line in order["credit"]
        if period in (None, line["periodCode"])
    ]


async def sound(ask: Ask, actor: Actor, there: Ledger, lines: Lines) -> None:
    """See that every order's credit is what its shares say, each share what its percent says, and every sum made of these."""
    for order in there.orders:
        replayed(order)
        given = summed((line["personId"], line["role"], line["amount"]) for line in order["credit"])
        said = summed((line["personId"], line["role"], line["amount"]) for line in order["shares"][0]["lines"])
        assert given == said, order
        assert order["shares"][0]["amount"] == order["amount"], order
        assert {line["kind"] for line in order["credit"] if line["periodCode"] == order["period"]["code"]} <= {"CREDIT"}
        assert {line["kind"] for line in order["credit"] if line["periodCode"] != order["period"]["code"]} <= {"ADJUSTMENT"}
    await balanced(ask, actor, there)
    for code in (None, *there.periods):
        await reported(ask, actor, there, lines, code)
    for code, period in there.periods.items():
        assert period["state"] == "OPEN" or period["lineCount"] == len(lines_of(there, code)), period
        for document, above in ((MANAGERS, lines.managers), (BY_UNIT, lines.units)):
            found = await ask(actor, document, period=period["id"])
            shown = {(each["key"], each["currency"]): (Decimal(each["amount"]), each["orders"]) for each in found}
            assert shown == rolled_up(there, code, lines, above), (code, document)


def summed(rows: Iterable[tuple[Any, ...]]) -> dict[Any, Decimal]:
    """Add up the last column by the others, and leave out what comes to nothing."""
    sums: dict[Any, Decimal] = {}
    for *key, amount in rows:
        sums[tuple(key)] = sums.get(tuple(key), ZERO) + amount
    return {key: amount for key, amount in sums.items() if amount}


def replayed(order: dict[str, Any]) -> None:
    """Compute the newest shares of an order again: its amount by its percents, thirds exactly, largest remainders first."""
    version, unit = order["shares"][0], UNITS[order["currency"]]
    percents = [line["percent"] for line in version["lines"]]
    last = next(each for each in order["shares"] if each["source"] != "AMOUNT")
    if last["source"] == "DEFAULT":
        weights = by_default(last["lines"])
    else:
        weights = [Fraction(line["percent"]) for line in last["lines"]]
    total = sum(percents, ZERO)
    assert order["splitType"] != "REVENUE" or total == 100, order
    given = (order["amount"] * total / 100).quantize(unit, ROUND_HALF_UP)
    assert [line["amount"] for line in version["lines"]] == by_largest_remainder(given, weights, unit), version


def by_default(lines: Sequence[dict[str, Any]]) -> list[Fraction]:
    """Return the weights of shares that a template gave: each role as much, less what it leaves to nobody."""
    roles = [line["role"] for line in lines]
    whole = 100 - sum((Fraction(line["percent"]) for line in lines if line["personId"] is None), Fraction(0))
    held = len({line["role"] for line in lines if line["personId"]})
    return [whole / held / roles.count(line["role"]) if line["personId"] else Fraction(line["percent"]) for line in lines]


def by_largest_remainder(total: Decimal, weights: Sequence[Fraction], unit: Decimal) -> list[Decimal]:
    """Divide a total by weights, in fractions throughout; the first of equal remainders gets the unit."""
    whole, size = sum(weights, Fraction(0)), abs(int(total / unit))
    if not whole:
        return [ZERO] * len(weights)
    exact = [size * weight / whole for weight in weights]
    parts = [int(each) for each in exact]
    order = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in order[: size - sum(parts)]:
        parts[place] += 1
    return [part * unit * (1 if total >= 0 else -1) for part in parts]


async def balanced(ask: Ask, actor: Actor, there: Ledger) -> None:
    """Compare the proof of credit with sums of our own: what is REVENUE is each order's amount."""
    found = await ask(actor, BALANCE)
    kinds = {(order["currency"], order["splitType"]) for order in there.orders}
    assert sorted((each["currency"], each["splitType"]) for each in found) == sorted(kinds)
    for each in found:
        orders = [
            order for order in there.orders if (order["currency"], order["splitType"]) == (each["currency"], each["splitType"])
        ]
        total, credited = (sum(sums, ZERO) for sums in zip(*map(sums_of, orders), strict=True))
        shown = [each["orders"], Decimal(each["total"]), Decimal(each["credited"]), each["holds"]]
        assert shown == [len(orders), total, credited, True], each
        assert each["residual"] == ("0.00" if each["splitType"] == "REVENUE" else None), each


def sums_of(order: dict[str, Any]) -> tuple[Decimal, Decimal]:
    """Return the amount of an order and what is credited of it."""
    return order["amount"], sum((line["amount"] for line in order["credit"]), ZERO)


async def reported(ask: Ask, actor: Actor, there: Ledger, lines: Lines, code: str | None) -> None:
    """Compare the report of a period, or of all, with its credit."""
    period = there.periods[code]["id"] if code else None
    found = await ask(actor, REPORT, period=period)
    shown = {(*(place["key"] for place in each["places"]), each["currency"]): each for each in found}
    own: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for line in lines_of(there, code):
        own.setdefault((lines.numbers.get(line["personId"], ""), line["role"], line["currency"]), []).append(line)
    assert shown.keys() == own.keys()
    for key, each in own.items():
        figures = (Decimal(shown[key]["amount"]), shown[key]["lines"], shown[key]["orders"])
        assert figures == (sum((line["amount"] for line in each), ZERO), len(each), len({line["order"] for line in each})), key


def rolled_up(
    there: Ledger, code: str, lines: Lines, above: dict[str, frozenset[str]]
) -> dict[tuple[str, str], tuple[Decimal, int]]:
    """Return what whoever stands above gets of the orders that a period has credit of: each once, less what it gave before."""
    starts = {each: period["startsOn"] for each, period in there.periods.items()}
    found: dict[tuple[str, str], tuple[Decimal, int]] = {}
    for order in (each for each in there.orders if code in {line["periodCode"] for line in each["credit"]}):
        so_far = [line for line in order["credit"] if starts[line["periodCode"]] <= starts[code] and line["personId"]]
        for key in {each for line in so_far for each in above[lines.numbers[line["personId"]]]}:
            through = [line for line in so_far if key in above[lines.numbers[line["personId"]]]]
            now = once(order, starts, through, lambda day: day <= starts[code])
            before = once(order, starts, through, lambda day: day < starts[code])
            amount, orders = found.get((key, order["currency"]), (ZERO, 0))
            found[key, order["currency"]] = (amount + now - before, orders + 1)
    return found


def once(order: dict[str, Any], starts: dict[str, str], through: Sequence[dict[str, Any]], within: Any) -> Decimal:
    """Return what came through somebody's people in some periods, the order's amount of then at most."""
    versions = [each for each in order["shares"] if within(starts[each["periodCode"]])]
    whole = versions[0]["amount"] if versions else ZERO
    came = sum((line["amount"] for line in through if within(starts[line["periodCode"]])), ZERO)
    return min(whole, came) if whole >= 0 else max(whole, came)
