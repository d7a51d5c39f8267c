"""Disputes of shares: a thread bound to the version that was disputed, and who may open, say and resolve (A18)."""

from functools import partial
from uuid import UUID, uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_platform.errors import Conflict, DomainError, Forbidden, NotFound
from plumb_schema.ground.ids import encode_id
from plumb_tenants.attribution.disputes import DisputeOwn, DisputeResolved
from plumb_tenants.attribution.service import comment_dispute, open_dispute, resolve_dispute, set_shares
from support.asking import Ask
from support.companies import add_person
from support.overtaking import overtaken
from support.sellers import Sellers, make_sellers

RESOLVE = """mutation ($input: ResolveDisputeInput!) { resolveDispute(input: $input) { ... on Dispute { id } } }"""
WHY = "方案由我主导，应不低于四成。"


async def disputed(actor: Actor, order_id: UUID, *, number: int = 1, subject: str = "份额过低", text: str = WHY) -> UUID:
    async with tenant_transaction(actor):
        return await open_dispute(actor, order_id=order_id, number=number, subject=subject, text=text)


async def said(actor: Actor, dispute_id: UUID, text: str = "请补充材料。") -> UUID:
    async with tenant_transaction(actor):
        return await comment_dispute(actor, dispute_id=dispute_id, text=text)


async def resolved(actor: Actor, dispute_id: UUID, *, version: int = 1, resolution: str = "改为 40%。") -> UUID:
    async with tenant_transaction(actor):
        return await resolve_dispute(actor, dispute_id=dispute_id, version=version, resolution=resolution)


async def test_who_has_no_share_and_no_say_in_an_order_cannot_dispute_it(sellers: Sellers) -> None:
    order_id = await sellers.record()
    other = await make_sellers("另一家公司")
    stranger = await add_person(sellers.company, "S9", "钱旁人", unit=sellers.hunan)
    for actor in (stranger, other.hr):
        with pytest.raises(NotFound):
            await disputed(actor, order_id)
    with pytest.raises(Forbidden):
        await disputed(sellers.company.auditor, order_id)
    assert await sellers.count("dispute") == 0


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"number": 2}, "NOT_FOUND", "number"),
        ({"subject": " "}, "DISPUTE_TEXT_INVALID", "subject"),
        ({"text": "x" * 4001}, "DISPUTE_TEXT_INVALID", "text"),
    ],
)
async def test_a_dispute_of_no_version_or_without_words_is_refused(
    sellers: Sellers, wrong: dict[str, object], code: str, field: str
) -> None:
    order_id = await sellers.record()
    with pytest.raises(DomainError) as refused:
        await disputed(sellers.presales, order_id, **wrong)  # type: ignore[arg-type]  # mixed
    assert (refused.value.code, refused.value.field) == (code, field)
    assert await sellers.count("dispute") == 0


async def test_a_dispute_stays_with_the_version_that_was_disputed(sellers: Sellers) -> None:
    order_id = await sellers.record()
    dispute_id = await disputed(sellers.success, order_id)
    await said(sellers.manager, dispute_id)
    await said(sellers.success, dispute_id, "材料已上传。")
    await sellers.share(order_id, ["30", "30", "40"])
    with pytest.raises(Conflict) as stale:
        await resolved(sellers.manager, dispute_id)
    assert stale.value.current_version == 3
    assert await resolved(sellers.manager, dispute_id, version=3) == dispute_id
    async with tenant_transaction(sellers.hr):
        (row,) = await fetch(
            "select d.state, d.resolution, d.resolved_number, d.resolved_by, v.number from dispute d "
            "join share_version v on v.id = d.share_version_id"
        )
        comments = await fetch("select text, person_id from dispute_comment order by id")
        acts = await fetch("select action from audit_entry where action like 'dispute.%' order by number")
    assert tuple(row.values()) == ("RESOLVED", "改为 40%。", 2, sellers.manager.membership_id, 1)
    assert [each["text"] for each in comments] == [WHY, "请补充材料。", "材料已上传。"]
    assert [each["person_id"] for each in comments] == [
        actor.person_id for actor in (sellers.success, sellers.manager, sellers.success)
    ]
    assert [each["action"] for each in acts] == ["dispute.open", "dispute.comment", "dispute.comment", "dispute.resolve"]


async def test_a_resolution_that_comes_while_shares_change_names_those_that_stand_when_it_is_given(
    sellers: Sellers, ask: Ask
) -> None:
    order_id = await sellers.record()
    dispute_id = await disputed(sellers.success, order_id)
    shares = sellers.shares("30", "30", "40")
    changing = partial(set_shares, sellers.hr, order_id=order_id, version=1, shares=shares, reason="售前主导")
    given = {"disputeId": encode_id("Dispute", dispute_id), "version": 1, "resolution": "维持现有份额。"}
    assert await overtaken(sellers.hr, changing, partial(ask, sellers.manager, RESOLVE, input=given)) == ""
    (told,) = (await ask(sellers.manager, "{ disputes { edges { node { state resolvedNumber } } } }"))["edges"]
    assert told["node"] == {"state": "RESOLVED", "resolvedNumber": 2}
    async with tenant_transaction(sellers.hr):
        acts = await fetch("select action, after ->> 'number' as number from audit_entry a order by a.number desc limit 2")
    assert [tuple(each.values()) for each in acts] == [("dispute.resolve", "2"), ("share.set", "2")]


async def test_a_resolved_dispute_is_over(sellers: Sellers) -> None:
    dispute_id = await disputed(sellers.presales, await sellers.record())
    await resolved(sellers.hr, dispute_id)
    with pytest.raises(DisputeResolved):
        await said(sellers.presales, dispute_id)
    with pytest.raises(DisputeResolved):
        await resolved(sellers.hr, dispute_id, version=2)


async def test_nobody_resolves_their_own_dispute_and_an_employee_resolves_none(sellers: Sellers) -> None:
    order_id = await sellers.record()
    own = await disputed(sellers.manager, order_id)
    with pytest.raises(DisputeOwn):
        await resolved(sellers.manager, own)
    with pytest.raises(Forbidden):
        await resolved(sellers.presales, await disputed(sellers.presales, order_id))
    await resolved(sellers.director, own)


async def test_another_party_s_dispute_and_a_random_one_are_answered_alike(sellers: Sellers) -> None:
    dispute_id = await disputed(sellers.presales, await sellers.record())
    for asked in (dispute_id, uuid4()):
        with pytest.raises(NotFound):
            await said(sellers.sales, asked)


async def test_what_was_said_never_changes(sellers: Sellers) -> None:
    await disputed(sellers.presales, await sellers.record())
    for sql in ("update dispute_comment set text = 'x'", "delete from dispute_comment"):
        with pytest.raises(Exception, match=r"permission denied|never change"):
            async with tenant_transaction(sellers.company.system):
                await execute(sql)
