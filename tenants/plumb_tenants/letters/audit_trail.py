"""What the audit page of a letter says, gathered from the letter, its chain, its signatures and the company's audit chain."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import fetch
from plumb_platform.errors import Locale
from plumb_tenants.company.service import get_company, signing_key
from plumb_tenants.letters.chain import signers_of
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.printing import ACTS, evidence_text, moment_text
from plumb_tenants.letters.readers import signatures_of
from plumb_tenants.letters.signers import Act, SignerState
from plumb_tenants.letters.signing_rules import SignatureForm, StepUp

if TYPE_CHECKING:
    from plumb_platform.documents.audit_page import AuditDocument, AuditEvent, AuditSigner

ACTIONS: dict[Locale, dict[str, str]] = {
    "zh-CN": {
        "letter.issue": "签发",
        "letter.sign": "签署",
        "letter.remind": "提醒签署",
        "letter.seal": "加盖电子签章",
        "letter.supersede": "被新责任书替代",
        "letter.download": "下载",
        "letter.annex": "生成附件",
        "letter.stamp": "续加时间戳",
        "letter.revoke": "作废",
    },
    "en": {
        "letter.issue": "Issued",
        "letter.sign": "Signed",
        "letter.remind": "Reminded",
        "letter.seal": "Sealed",
        "letter.supersede": "Superseded",
        "letter.download": "Downloaded",
        "letter.annex": "Annex made",
        "letter.stamp": "Time stamp renewed",
        "letter.revoke": "Revoked",
    },
}
STATES: dict[Locale, dict[SignerState, str]] = {
    "zh-CN": {
        SignerState.WAITING: "未轮到",
        SignerState.ASKED: "待处理",
        SignerState.DONE: "已完成",
        SignerState.DECLINED: "已拒签",
        SignerState.TOLD: "已抄送",
    },
    "en": {
        SignerState.WAITING: "not asked",
        SignerState.ASKED: "asked",
        SignerState.DONE: "done",
        SignerState.DECLINED: "declined",
        SignerState.TOLD: "told",
    },
}
SYSTEM: dict[Locale, str] = {"zh-CN": "系统", "en": "System"}
FORMS: dict[Locale, dict[SignatureForm, str]] = {
    "zh-CN": {SignatureForm.TYPED: "键入签名", SignatureForm.DRAWN: "手写签名", SignatureForm.UPLOADED: "上传签名"},
    "en": {SignatureForm.TYPED: "typed", SignatureForm.DRAWN: "drawn by hand", SignatureForm.UPLOADED: "picture brought along"},
}
COPY: dict[Locale, str] = {"zh-CN": "抄送", "en": "copy"}
HASH_SHOWN = 12


async def audit_document(actor: Actor, letter: Letter, *, public_url: str) -> "AuditDocument":
    """Return the audit page of a sealed letter, in its own locale and the company's time zone."""
    from plumb_platform.documents.audit_page import AuditDocument

    company, facts = await get_company(actor), orjson.loads(letter.canonical)
    locale: Locale = letter.content["locale"]
    key = await signing_key(actor, letter.signing_key_id) if letter.signing_key_id else None
    return AuditDocument(
        locale=locale,
        company=facts["company"]["name"],
        title=letter.content["title"],
        number=letter.number,
        employee=facts["parties"]["employee"]["name"],
        period=letter.content["period"],
        original_sha256=letter.canonical_sha256,
        final_sha256=letter.file_sha256 or "",
        file_size=f"{letter.file_size or 0:,} B",
        seal=f"{letter.seal_level or ''} {key.serial if key else ''}".strip(),
        sealed_at=moment_text(letter.sealed_at, company.time_zone) if letter.sealed_at else "",
        verify_url=f"{public_url.rstrip('/')}/verify?code={letter.verify_code}",
        verify_code=letter.verify_code,
        signers=await _signers(actor, letter, facts["parties"], company.time_zone),
        events=await _events(letter, locale, company.time_zone),
        made_at=moment_text(now(), company.time_zone),
    )


async def _signers(actor: Actor, letter: Letter, parties: Mapping[str, Any], zone: str) -> "tuple[AuditSigner, ...]":
    from plumb_platform.documents.audit_page import AuditSigner

    locale: Locale = letter.content["locale"]
    signed_at = {each.role: each.signed_at for each in (await signatures_of(actor, [letter.id]))[letter.id]}
    return tuple(
        AuditSigner(
            label=each.label,
            act=COPY[locale] if each.act is Act.CC else ACTS[locale][each.act],
            name=parties[each.role.value]["name"],
            state=STATES[locale][each.state],
            at=moment_text(signed_at[each.role], zone) if each.role in signed_at else "",
        )
        for each in await signers_of(letter.id)
    )


async def _events(letter: Letter, locale: Locale, zone: str) -> "tuple[AuditEvent, ...]":
    """Return everything that the audit chain holds of the letter, in its order."""
    from plumb_platform.documents.audit_page import AuditEvent

    rows = await fetch(
        "select e.number, e.at, e.action, e.actor, e.after, e.hash, p.name from audit_entry e "
        "left join person p on p.tenant_id = e.tenant_id and p.id = (e.actor ->> 'person')::uuid "
        "where e.object_type = 'letter' and e.object_id = $1 order by e.number",
        letter.id,
    )
    return tuple(
        AuditEvent(
            number=row["number"],
            at=moment_text(row["at"], zone),
            act=ACTIONS[locale].get(row["action"], row["action"]),
            who=row["name"] or _member(row["actor"], locale),
            evidence=_evidence(row["action"], _plain(row["after"]), locale),
            address=_plain(row["actor"]).get("address", ""),
            agent=_plain(row["actor"]).get("agent", ""),
            hash=row["hash"][:HASH_SHOWN],
        )
        for row in rows
    )


def _member(who: Any, locale: Locale) -> str:
    """Name an actor who is no person of the directory: a member by the start of their id, or the system."""
    membership: UUID | str | None = _plain(who).get("membership")
    return f"#{str(membership)[-12:]}" if membership else SYSTEM[locale]


def _evidence(action: str, after: Mapping[str, Any], locale: Locale) -> str:
    if action != "letter.sign" or "proof" not in after:
        return ""
    form = FORMS[locale][SignatureForm(after["form"])] if after.get("form") else ""
    said = evidence_text(StepUp(after["proof"]), Act(after["act"]), locale)
    return " · ".join(part for part in (said, form) if part)


def _plain(value: Any) -> dict[str, Any]:
    loaded = orjson.loads(value) if isinstance(value, str | bytes) else value
    return loaded or {}
