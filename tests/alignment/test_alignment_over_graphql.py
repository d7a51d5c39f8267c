"""Case study 000 through the API alone: six sellers, one newcomer at half the mean, talk, levelling, each confirms.

Rows C5 to C8, C18, C25.
"""

from datetime import timedelta

from plumb_platform.clock import clock_at
from plumb_schema.ground.ids import encode_id
from support.alignment_made import DAYS, PROPOSED, START, Region
from support.asking import Ask

PROBLEM = "... on Problem { code message field }"
CREATE = f"""mutation ($input: CreateAlignmentInput!) {{ createAlignment(input: $input) {{
  ... on Alignment {{ id stage version }} {PROBLEM} }} }}"""
PROPOSE = f"mutation ($input: ProposeInput!) {{ propose(input: $input) {{ ... on Proposed {{ proposalIds }} {PROBLEM} }} }}"
OPEN = f"""mutation ($input: OpenNextRoundInput!) {{ openNextRound(input: $input) {{
  ... on Alignment {{ stage version }} {PROBLEM} }} }}"""
BOARD = """query ($id: ID!, $only: BoardFilterInput) { levellingBoard(alignmentId: $id, only: $only) {
  proposalId person value version flag peerMean percent state talk region } }"""
TALKS = "{ talkTasks { edges { node { id version flag state value peerMean person { name } assignee { name } } } } }"
CLOSE = f"mutation ($input: CloseTalkInput!) {{ closeTalk(input: $input) {{ ... on TalkTask {{ state note }} {PROBLEM} }} }}"
MOVE = f"""mutation ($input: MoveProposalValueInput!) {{ moveProposalValue(input: $input) {{
  ... on Alignment {{ stage }} {PROBLEM} }} }}"""
OWN = """{ proposals { edges { node { id version state proposed adjusted confirmed confirmedAt
  versions { number proposed } moves { amount reason } goal { target state metric } } } } }"""
CONFIRM = f"""mutation ($input: ConfirmProposalInput!) {{ confirmProposal(input: $input) {{
  ... on Proposal {{ state confirmed }} {PROBLEM} }} }}"""
TIME = "query ($id: ID!) { settingTime(alignmentId: $id) { openedAt units { unit proposals confirmed days overdue } } }"


async def test_three_rounds_from_six_proposals_to_six_confirmed_goals(region: Region, ask: Ask) -> None:
    alignment = encode_id("Alignment", region.alignment)
    with clock_at(START):
        for seller, value in [(region.newcomer, "40000"), *zip(region.sellers, PROPOSED, strict=True)]:
            await ask(seller, PROPOSE, input={"alignmentId": alignment, "values": {"申报值": value}})
        opened = await ask(region.hr, OPEN, input={"alignmentId": alignment, "version": 2})
        assert opened == {"stage": "LEVELLING", "version": 3}
        late = await ask.in_language("zh-CN")(
            region.newcomer, PROPOSE, input={"alignmentId": alignment, "values": {"申报值": "1"}}
        )
        assert (late["code"], late["message"]) == (
            "ALIGNMENT_ROUND_CLOSED",
            "当前为“第二轮（拉通）”，此操作须在“第一轮（申报）”进行。",
        )
        board = await ask(region.manager, BOARD, id=alignment)
        assert [(row["person"], row["percent"], row["talk"]) for row in board if row["flag"] == "LOW"] == [
            ("销售6", "50.00", "OPEN")
        ]
        (talk,) = [edge["node"] for edge in (await ask(region.manager, TALKS))["edges"]]
        assert (talk["person"], talk["assignee"], talk["peerMean"]) == ({"name": "销售6"}, {"name": "陈经理"}, "100000.00")
        note = {"talkId": talk["id"], "version": talk["version"], "note": "新品线客户池小，先以 7 万起步"}
        assert (await ask(region.manager, CLOSE, input=note))["state"] == "CLOSED"
        source, target = board[1], board[5]
        move = {
            "sourceId": source["proposalId"],
            "sourceVersion": source["version"],
            "targetId": target["proposalId"],
            "targetVersion": target["version"],
            "amount": "20000.00",
            "reason": "新人起步",
        }
        assert await ask(region.manager, MOVE, input=move) == {"stage": "LEVELLING"}
        assert (await ask(region.manager, MOVE, input=move))["code"] == "CONFLICT"
        adjusted = await ask(region.manager, BOARD, id=alignment, only={"state": "ADJUSTED", "region": "华东"})
        assert [(row["person"], row["value"]) for row in adjusted] == [("销售2", "100000.00"), ("销售6", "70000.00")]
        await ask(region.hr, OPEN, input={"alignmentId": alignment, "version": 3})
    with clock_at(START + timedelta(hours=30)):
        for seller in region.sellers:
            (own,) = [edge["node"] for edge in (await ask(seller, OWN))["edges"]]
            confirmed = await ask(seller, CONFIRM, input={"proposalId": own["id"], "version": own["version"]})
            assert confirmed["state"] == "CONFIRMED"
    (own,) = [edge["node"] for edge in (await ask(region.newcomer, OWN))["edges"]]
    assert [own[name] for name in ("proposed", "adjusted", "confirmed", "state")] == [
        "50000.00",
        "70000.00",
        "70000.00",
        "CONFIRMED",
    ]
    assert sorted((each["number"], each["proposed"]) for each in own["versions"]) == [(1, "40000.00"), (2, "50000.00")]
    assert own["moves"] == [{"amount": "20000.00", "reason": "新人起步"}]
    assert own["goal"] == {"target": "70000.00", "state": "CONFIRMED", "metric": "revenue"}
    (unit,) = (await ask(region.hr, TIME, id=alignment))["units"]
    assert unit == {"unit": "华东", "proposals": 6, "confirmed": 6, "days": "1.25", "overdue": False}


async def test_an_alignment_is_set_up_by_who_may(region: Region, ask: Ask) -> None:
    given = {
        "cycleId": encode_id("Cycle", region.cycle),
        "formVersionId": encode_id("DefinitionVersion", region.form),
        "name": "再次对齐",
        "proposingOn": DAYS[0].isoformat(),
        "levellingOn": DAYS[1].isoformat(),
        "confirmingOn": DAYS[2].isoformat(),
        "closesOn": DAYS[3].isoformat(),
    }
    assert (await ask(region.manager, CREATE, input=given))["code"] == "FORBIDDEN"
    with clock_at(START):
        made = await ask(region.hr, CREATE, input=given)
        assert made["stage"] == "PROPOSING"
