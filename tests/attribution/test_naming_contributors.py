"""Who shares an order's credit is whom the recorder may know, or whom their act reaches: its lines tell names (C56, C60)."""

from typing import Any

import pytest

from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.matrices import grant, matrix, published
from support.sellers import Sellers, person

PROBLEM = "... on Problem { code field }"
RECORD = f"mutation ($input: RecordOrderInput!) {{ recordOrder(input: $input) {{ ... on Order {{ version }} {PROBLEM} }} }}"
SHARE = f"mutation ($input: SetOrderSharesInput!) {{ setOrderShares(input: $input) {{ ... on Order {{ version }} {PROBLEM} }} }}"
IMPORT = f"""mutation ($input: ImportOrdersInput!) {{ importOrders(input: $input) {{
  ... on OrderImport {{ recorded errors {{ row heading code }} }} {PROBLEM} }} }}"""
ACTS = [
    *(grant(each, "UNIT") for each in ("order:read", "order:write", "share:write")),
    grant("period:read"),
    grant("person:read", "OWN"),
]
KNOWING: dict[str, list[dict[str, Any]]] = {"picks": [grant("person:pick")], "reads": [grant("person:read")]}


class Recorder:
    """The manager of Guangdong, who records orders of that unit."""

    def __init__(self, ask: Ask, sellers: Sellers) -> None:
        self.ask, self.sellers = ask, sellers
        self.near, self.far = (encode_id("Person", person(each)) for each in (sellers.sales, sellers.success))

    async def records(self, code: str, *people: str) -> Any:
        roles = zip(people, ("sales", "success"), strict=False)
        order = {
            "code": code,
            "amount": "100.00",
            "orderedOn": "2026-03-15",
            "unitId": encode_id("OrgUnit", self.sellers.guangdong),
            "parties": [{"personId": each, "role": role} for each, role in roles],
            "customer": "市一医院",
            "product": "IVD 试剂",
            "region": "广东",
        }
        return await self.ask(self.sellers.manager, RECORD, input={"order": order})

    async def shares(self, order: str, version: int, *percents: str) -> Any:
        roles = zip((self.near, self.far), ("sales", "success"), percents, strict=False)
        shares = [{"personId": each, "role": role, "percent": percent} for each, role, percent in roles]
        given = {"orderId": order, "version": version, "shares": shares, "reason": "跨部门合作"}
        return await self.ask(self.sellers.manager, SHARE, input=given)

    async def imports(self, code: str) -> Any:
        csv = f"订单编号,金额,下单日,部门编码,客户,产品,区域,工号,角色\n{code},9,2026-03-15,GD,市一医院,IVD 试剂,广东,S1,sales\n"
        return await self.ask.in_language("zh-CN")(
            self.sellers.manager, IMPORT, input={"csv": f"{csv}{code},,,,,,,S3,success\n", "dryRun": True}
        )

    async def id_of(self, code: str) -> str:
        found = await self.ask.nodes(self.sellers.hr, "{ orders { edges { node { id code } } } }")
        return next(str(each["id"]) for each in found if each["code"] == code)


@pytest.fixture
def recorder(ask: Ask, sellers: Sellers) -> Recorder:
    return Recorder(ask, sellers)


async def test_nobody_is_given_a_share_whom_the_recorder_may_not_know(recorder: Recorder) -> None:
    await published(recorder.sellers.company.admin, matrix(manager=ACTS, employee=[]))
    # Those of the unit whose orders one records are within reach of the act itself.
    assert await recorder.records("SO-1", recorder.near) == {"version": 1}
    order = await recorder.id_of("SO-1")
    missing = {"code": "NOT_FOUND"}
    unknown = encode_id("Person", recorder.sellers.template)
    for each in (recorder.far, unknown):
        assert await recorder.records("SO-2", recorder.near, each) == missing | {"field": "order.parties[1].personId"}
    assert await recorder.shares(order, 1, "50", "50") == missing | {"field": "shares[1].personId"}
    assert await recorder.imports("SO-3") == {"recorded": 0, "errors": [{"row": 3, "heading": "工号", "code": "NOT_FOUND"}]}
    assert await recorder.sellers.count("sales_order") == await recorder.sellers.count("share_version") == 1


@pytest.mark.parametrize("knowing", list(KNOWING))
async def test_a_colleague_of_another_unit_shares_once_the_recorder_may_know_them(recorder: Recorder, knowing: str) -> None:
    await published(recorder.sellers.company.admin, matrix(manager=[*ACTS, *KNOWING[knowing]], employee=[]))
    assert await recorder.records("SO-1", recorder.near, recorder.far) == {"version": 1}
    assert await recorder.imports("SO-2") == {"recorded": 1, "errors": []}
    await published(recorder.sellers.company.admin, matrix(manager=ACTS, employee=[]))
    # Who has a share already keeps one: the order itself tells them.
    assert await recorder.shares(await recorder.id_of("SO-1"), 1, "40", "60") == {"version": 2}
