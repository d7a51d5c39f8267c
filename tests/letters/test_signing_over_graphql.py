"""Signing with an authenticator, declining, cancelling, re-issuing and trying templates, through the API (A23, A35)."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plumb_platform import clock
from plumb_platform.database import tenant_transaction
from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine
from plumb_schema.ground.ids import decode_id, encode_id
from plumb_tenants.letters.service import SealTools, run_trial
from support.asking import Ask
from support.factors import PASSWORD, Authenticator, with_password
from support.letters_made import BODY, Office, add_rules

PROBLEM = "... on Problem { code message field }"
AT = datetime(2031, 3, 2, 1, tzinfo=UTC)
ENROL = f"""mutation ($input: EnrolTotpInput!) {{ enrolTotp(input: $input) {{
  ... on TotpEnrolment {{ secret otpauthUrl qr }} {PROBLEM} }} }}"""
CONFIRM = f"""mutation ($input: ConfirmTotpInput!) {{ confirmTotp(input: $input) {{
  ... on SecondFactor {{ enrolled }} {PROBLEM} }} }}"""
RULES = "{ letterSigningRules { stepUp forms signatureNeeded totpEnrolled } }"
SIGN = f"""mutation ($input: SignLetterInput!) {{ signLetter(input: $input) {{ ... on Letter {{ state version
  signatures {{ role act label proof form }} signers {{ role act step label state name }} }} {PROBLEM} }} }}"""
DECLINE = f"""mutation ($input: DeclineLetterInput!) {{ declineLetter(input: $input) {{
  ... on Letter {{ state version closedReason }} {PROBLEM} }} }}"""
CANCEL = f"""mutation ($input: CancelLetterInput!) {{ cancelLetter(input: $input) {{
  ... on Letter {{ state closedReason }} {PROBLEM} }} }}"""
ISSUE = f"""mutation ($input: IssueLetterInput!) {{ issueLetter(input: $input) {{
  ... on Letter {{ id state version predecessor {{ id number state }} }} {PROBLEM} }} }}"""
DRAFT = f"""mutation ($input: CreateDefinitionInput!) {{ createDefinition(input: $input) {{
  ... on DefinitionVersion {{ id lint {{ code }} }} {PROBLEM} }} }}"""
PREVIEW = f"""mutation ($input: PreviewLetterInput!) {{ previewLetter(input: $input) {{
  ... on LetterTrial {{ id kind pageCount pdfPath job {{ state topic }} }} {PROBLEM} }} }}"""
DRY_RUN = f"""mutation ($input: DryRunLetterTemplateInput!) {{ dryRunLetterTemplate(input: $input) {{
  ... on LetterTrial {{ id checked faults }} {PROBLEM} }} }}"""
TRIAL = "query ($id: ID!) { letterTrial(id: $id) { pageCount pdfPath checked faults findings { person code message } } }"


@pytest.fixture
def ask(product_engine: Engine, ground: Ground, tools: SealTools) -> Ask:
    """Return a function that asks as somebody and returns the one root field's answer."""
    return Ask(product_engine, replace(ground, storage=tools.storage), "zh-CN")


async def test_a_letter_is_signed_with_a_code_of_an_enrolled_app(office: Office, ask: Ask) -> None:
    await add_rules(office.company, step_up="TOTP", forms=["TYPED"])
    employee = await with_password(office.employee)
    letter = await office.issued()
    given: dict[str, Any] = {"letterId": encode_id("Letter", letter.id), "version": 1}
    with clock.clock_at(AT):
        assert (await ask(employee, SIGN, input=given))["code"] == "SIGN_PROOF_NEEDED"
        assert await ask(employee, RULES) == {
            "stepUp": "TOTP",
            "forms": ["TYPED"],
            "signatureNeeded": False,
            "totpEnrolled": False,
        }
        assert (await ask(employee, ENROL, input={"password": "wrong"}))["code"] == "PASSWORD_WRONG"
        made = await ask(employee, ENROL, input={"password": PASSWORD})
        app = Authenticator(base64.b32decode(made["secret"]))
        assert made["qr"].startswith("data:image/svg+xml")
        assert (await ask(employee, CONFIRM, input={"code": "12"})) == {
            "code": "TOTP_WRONG",
            "message": "动态口令不正确、已过期或已使用过，请输入身份验证器中的新口令。",
            "field": "totp",
        }
        assert await ask(employee, CONFIRM, input={"code": app.code()}) == {"enrolled": True}
        assert (await ask(employee, SIGN, input=given | {"totp": app.code()}))["code"] == "TOTP_WRONG"
    with clock.clock_at(AT + timedelta(minutes=2)):
        signature = {"form": "TYPED", "text": "张伟"}
        signed = await ask(employee, SIGN, input=given | {"totp": app.code(), "signature": signature})
    manager = signed["signers"].pop()
    assert (manager["role"], manager["state"]) == ("MANAGER", "ASKED")
    assert signed == {
        "state": "PARTLY_SIGNED",
        "version": 2,
        "signatures": [{"role": "EMPLOYEE", "act": "SIGNER", "label": "责任人", "proof": "TOTP", "form": "TYPED"}],
        "signers": [{"role": "EMPLOYEE", "act": "SIGNER", "step": 1, "label": "责任人", "state": "DONE", "name": "张伟"}],
    }


async def test_a_declined_letter_is_issued_anew_and_cancelled(office: Office, ask: Ask) -> None:
    letter = await office.issued()
    own = {"letterId": encode_id("Letter", letter.id), "version": 1}
    assert (await ask(office.employee, DECLINE, input=own | {"reason": " "}))["code"] == "LETTER_REASON_NEEDED"
    declined = await ask(office.employee, DECLINE, input=own | {"reason": "目标过高"})
    assert declined == {"state": "DECLINED", "version": 2, "closedReason": "目标过高"}
    wanted = {"goalIds": [encode_id("Goal", office.goal)], "templateVersionId": encode_id("DefinitionVersion", office.template)}
    again = await ask(office.company.hr, ISSUE, input=wanted)
    assert again["predecessor"] == {"id": own["letterId"], "number": letter.number, "state": "DECLINED"}
    refused = await ask(office.company.hr, CANCEL, input={"letterId": again["id"], "version": 9, "reason": "调岗"})
    assert (refused["code"], refused["field"]) == ("CONFLICT", "version")
    cancelled = await ask(office.company.hr, CANCEL, input={"letterId": again["id"], "version": 1, "reason": "调岗"})
    assert cancelled == {"state": "CANCELLED", "closedReason": "调岗"}


async def test_a_draft_is_tried_over_the_api_before_anybody_publishes_it(office: Office, ask: Ask, tools: SealTools) -> None:
    hr = office.company.hr
    blocks = [{"kind": "GOALS"}, {"kind": "TEXT", "text": ["奖金基数 {bonus} 元"]}, {"kind": "SIGNATURES"}]
    body = BODY | {"design": "COMMITMENT", "blocks": blocks, "figures": [{"key": "bonus", "formula": "目标合计 * 1%"}]}
    draft = await ask(hr, DRAFT, input={"key": "trial", "name": "试用", "body": {"letter": body}})
    assert draft["lint"] == []
    preview = await ask(hr, PREVIEW, input={"templateVersionId": draft["id"], "goalIds": [encode_id("Goal", office.goal)]})
    assert (preview["kind"], preview["pdfPath"], preview["job"]) == (
        "PREVIEW",
        None,
        {"state": "QUEUED", "topic": "letters.trial"},
    )
    dry_run = await ask(hr, DRY_RUN, input={"templateVersionId": draft["id"], "cycleId": encode_id("Cycle", office.cycle)})
    async with tenant_transaction(office.company.system):
        for trial in (preview, dry_run):
            trial_id = decode_id(trial["id"], "LetterTrial", field="id")
            await run_trial(office.company.system, trial_id, renderer=tools.renderer, storage=tools.storage)
    found = await ask(hr, TRIAL, id=preview["id"])
    assert (found["pageCount"], found["pdfPath"]) == (1, f"/letters/trials/{preview['id']}/preview.pdf")
    assert await ask(hr, TRIAL, id=dry_run["id"]) == {"pageCount": 0, "pdfPath": None, "checked": 1, "faults": 0, "findings": []}
    assert await ask(office.company.admin, TRIAL, id=preview["id"]) is None
