"""Split types, literal shares, who-when-why and every dimension of credit with their numbers over GraphQL (A19, C60, C61, D1)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.filled_company import fingerprint
from support.sellers import Sellers

P = "... on Problem { code message field }"
LINES = "shares(first: 1) { edges { node { number source reason setBy setAt lines { role percent amount } } } }"
ORDER = "Order { id version splitType " + LINES + " }"
REPORT = """query ($by: [CreditDimension!]!) { creditReport(by: $by) { places { key } amount orders lines } }"""
PLACES = "{ creditReport(by: [PERSON]) { places { key label } } }"
FIRST = """query ($id: ID!) { order(id: $id) { shares(where: {number: {eq: 1}}) {
  edges { node { source setBy lines { percent } } } } } }"""
BALANCE = "{ reconcileCredit { splitType total credited residual holds } }"
ROLES = ("sales", "presales", "success")
NOON = datetime(2030, 1, 7, 4, tzinfo=UTC)


@dataclass
class Desk:
    """HR of a company that sells, and split templates of their own."""

    sellers: Sellers
    ask: Ask

    async def does(self, name: str, shown: str, /, *, by: Actor | None = None, **given: Any) -> Any:
        document = f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ ... on {shown} {P} }} }}"
        return await self.ask(by or self.sellers.hr, document, input=given)

    async def template(self, *percents: str | None, found: Sequence[str] = (), **body: Any) -> str:
        """Publish a split of the three roles with their default percents; what its draft's lint finds is as told."""
        roles = [{"key": key, "name": key, "percent": each} for key, each in zip(ROLES, percents, strict=True)]
        shown = "DefinitionVersion { id version lint { code } }"
        made = await self.does("createDefinition", shown, key="own", name="自定", body={"split": {"roles": roles} | body})
        assert [each["code"] for each in made.pop("lint")] == list(found)
        if not found:
            await self.does("publishVersion", "DefinitionVersion { state }", **made)
        return str(made["id"])

    def parties(self, *percents: str) -> list[dict[str, Any]]:
        found = [{"personId": encode_id("Person", each.person_id), "role": each.role} for each in self.sellers.parties()]
        return [each | {"percent": percent} for each, percent in zip(found, percents, strict=True)] if percents else found

    async def order(self, template: str | None = None, **changes: Any) -> Any:
        """Record 100,000.00 of March over the three parties."""
        given: dict[str, Any] = {"code": "SO-1", "amount": "100000.00", "orderedOn": "2026-03-15", "parties": self.parties()}
        given |= {"unitId": encode_id("OrgUnit", self.sellers.guangdong)}
        given |= {"customer": "市一医院", "product": "IVD 试剂", "region": "广东"}
        made = await self.does("recordOrder", ORDER, order=given | changes, templateVersionId=template)
        assert "id" in made, made
        return made

    async def share(self, order: Any, *percents: str, by: Actor | None = None, **more: Any) -> Any:
        given = {"orderId": order["id"], "version": order["version"], "shares": self.parties(*percents), "reason": "售前主导方案"}
        return await self.does("setOrderShares", ORDER, by=by, **given | more)

    async def refused(self, order: Any, *percents: str, **more: Any) -> tuple[Any, ...]:
        before = await fingerprint(self.sellers.company)
        found = await self.share(order, *percents, **more)
        assert await fingerprint(self.sellers.company) == before
        return found["code"], found["field"]

    async def report(self, *by: str) -> list[tuple[Any, ...]]:
        found = await self.ask(self.sellers.hr, REPORT, by=list(by))
        return [(*(place["key"] for place in each["places"]), each["amount"], each["lines"], each["orders"]) for each in found]


@pytest.fixture
def desk(sellers: Sellers, ask: Ask) -> Desk:
    return Desk(sellers, replace(ask, at=NOON))


def newest(order: Any) -> dict[str, Any]:
    """Return the newest version of an order's shares."""
    (edge,) = order["shares"]["edges"]
    found: dict[str, Any] = edge["node"]
    return found


def amounts(order: Any) -> list[tuple[str, str]]:
    return [(line["percent"], line["amount"]) for line in newest(order)["lines"]]


async def test_50_30_30_is_refused_for_revenue_and_accepted_for_overlay(desk: Desk) -> None:
    assert await desk.refused(await desk.order(), "50", "30", "30") == ("SHARES_NOT_100", "shares")
    template = await desk.template("100", "100", "0", type="OVERLAY")
    made = await desk.order(template, code="SO-2")
    assert (made["splitType"], amounts(made)[:2]) == ("OVERLAY", [("100.00", "100000.00")] * 2)
    done = await desk.share(made, "50", "30", "30")
    assert amounts(done) == [("50.00", "50000.00"), ("30.00", "30000.00"), ("30.00", "30000.00")]
    assert await desk.ask(desk.sellers.hr, BALANCE) == [
        {"splitType": "OVERLAY", "total": "100000.00", "credited": "110000.00", "residual": None, "holds": True},
        {"splitType": "REVENUE", "total": "100000.00", "credited": "100000.00", "residual": "0.00", "holds": True},
    ]


async def test_a_company_s_own_split_stops_at_the_maximum_that_it_says(desk: Desk) -> None:
    await desk.template("100", "50", "0.01", type="CUSTOM", maximumPercent="150", found=["SPLIT_DEFAULTS_ABOVE_MAXIMUM"])


async def test_shares_of_a_company_s_own_split_reach_its_maximum_and_not_a_hundredth_more(desk: Desk) -> None:
    made = await desk.order(await desk.template("100", "50", "0", type="CUSTOM", maximumPercent="150"))
    assert (made["splitType"], amounts(made)) == ("CUSTOM", [("100.00", "100000.00"), ("50.00", "50000.00"), ("0.00", "0.00")])
    assert await desk.refused(made, "100", "50", "0.01") == ("SHARES_ABOVE_MAXIMUM", "shares")
    assert amounts(await desk.share(made, "20", "30", "100"))[2] == ("100.00", "100000.00")


async def test_three_times_33_leave_one_percent_to_nobody_only_where_the_template_says_so(desk: Desk) -> None:
    await desk.template("33", "33", "33", found=["SPLIT_DEFAULTS_NOT_100"])


async def test_literal_33_each_with_one_percent_unattributed_is_the_whole_order(desk: Desk) -> None:
    made = await desk.order(await desk.template("33", "33", "33", unattributedPercent="1"))
    kept = [(line["role"], line["percent"], line["amount"]) for line in newest(made)["lines"]]
    assert kept == [*((role, "33.00", "33000.00") for role in ROLES), ("unattributed", "1.00", "1000.00")]
    assert await desk.refused(made, "33", "33", "32", unattributed="2") == ("UNATTRIBUTED_TOO_LARGE", "unattributed")
    assert await desk.refused(made, "33", "33", "33") == ("SHARES_NOT_100", "shares")
    done = await desk.share(made, "50", "30", "19", unattributed="1")
    assert [line["amount"] for line in newest(done)["lines"]] == ["50000.00", "30000.00", "19000.00", "1000.00"]
    (balance,) = await desk.ask(desk.sellers.hr, BALANCE)
    assert (balance["credited"], balance["residual"]) == ("100000.00", "0.00")
    nobodys = ("", "1000.00", 1, 1)
    assert min(await desk.report("PERSON")) == nobodys, "what nobody gets stands under no number"
    assert [each["places"] for each in await desk.ask(desk.sellers.hr, PLACES)][-1] == [{"key": "", "label": ""}]


async def test_manual_shares_say_who_set_them_when_and_why_and_the_default_ones_stay(desk: Desk) -> None:
    made = await desk.order()
    manager = desk.sellers.manager
    for wrong, field in ((" ", "reason"), ("", "reason")):
        assert await desk.refused(made, "50", "30", "20", reason=wrong) == ("SHARE_REASON_MISSING", field)
    done = newest(await desk.share(made, "50", "30", "20", by=manager))
    assert done | {"lines": None} == {
        "number": 2,
        "source": "MANUAL",
        "reason": "售前主导方案",
        "setBy": encode_id("Member", manager.membership_id),  # type: ignore[arg-type]  # they are a member
        "setAt": "2030-01-07T04:00:00Z",
        "lines": None,
    }
    (kept,) = (await desk.ask(desk.sellers.hr, FIRST, id=made["id"]))["shares"]["edges"]
    assert kept["node"] == {
        "source": "DEFAULT",
        "setBy": encode_id("Member", desk.sellers.hr.membership_id),  # type: ignore[arg-type]  # they are a member
        "lines": [{"percent": each} for each in ("33.34", "33.33", "33.33")],
    }


async def test_a_share_below_zero_names_its_row_and_changes_nothing(desk: Desk) -> None:
    assert await desk.refused(await desk.order(), "110", "-10", "0") == ("SHARE_BELOW_ZERO", "shares[1].percent")


async def test_credit_is_told_by_person_role_product_period_and_region(desk: Desk) -> None:
    await desk.order()
    await desk.order(code="SO-2", amount="60.00", product="影像", region="湖南", customer="省二医院", orderedOn="2026-04-01")
    for by, found in (
        ((), [("100060.00", 6, 2)]),
        (("PERSON",), [("S1", "33353.34", 2, 2), ("S2", "33353.33", 2, 2), ("S3", "33353.33", 2, 2)]),
        (("ROLE",), [("sales", "33353.34", 2, 2), ("presales", "33353.33", 2, 2), ("success", "33353.33", 2, 2)]),
        (("PRODUCT",), [("IVD 试剂", "100000.00", 3, 1), ("影像", "60.00", 3, 1)]),
        (("PERIOD",), [("2026-03", "100000.00", 3, 1), ("2026-04", "60.00", 3, 1)]),
        (("REGION",), [("广东", "100000.00", 3, 1), ("湖南", "60.00", 3, 1)]),
        (
            ("PRODUCT", "REGION", "PERIOD"),
            [("IVD 试剂", "广东", "2026-03", "100000.00", 3, 1), ("影像", "湖南", "2026-04", "60.00", 3, 1)],
        ),
    ):
        assert sorted(await desk.report(*by)) == sorted(found), by
