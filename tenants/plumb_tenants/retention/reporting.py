"""The report of a run: what was destroyed and what was kept and why, signed by the company's key, checkable without us.

Canonical JSON as of anchors under a schema of its own (decision 15). Objects and people are named by their ids alone, contents
by their SHA-256, so that a report tells nothing that was destroyed.
"""

from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.models import AuditHead
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.documents.key_vault import KeyVault
from plumb_platform.errors import Locale, NotFound, Refused
from plumb_platform.identity.links import Link, new_link
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.permissions import Permission, require
from plumb_platform.queue.service import enqueue
from plumb_platform.storage import Storage
from plumb_tenants.access.fields import refuse_hidden_on
from plumb_tenants.company.service import active_signing_key, get_company, stored_key
from plumb_tenants.retention.due import Line, frame_of, lines
from plumb_tenants.retention.models import RetentionItem, RetentionPrint, RetentionRun
from plumb_tenants.retention.remaining import Remains, remaining
from plumb_tenants.retention.resources import RUN, RunState
from plumb_tenants.retention.rules import Category

SCHEMA = "plumb.retention/1"
PRINT_TOPIC = "retention.print"
_STAYED = {"SHARED": "shared", "HELD": "held"}


class RetentionKeyMissing(Refused):
    """A report that nobody signed proves nothing; what went is written down, and the report waits for a key."""

    code = "RETENTION_KEY_MISSING"
    zh = "公司没有有效的签章密钥，无法签署销毁报告；更新密钥后将自动补签。"
    en = "The company has no valid signing key, so the report cannot be signed; it is made once there is one."


class RetentionReportMissing(Refused):
    """A report is made when its run is over."""

    code = "RETENTION_REPORT_MISSING"
    zh = "该批次当前状态为“{state}”，报告尚未生成。"
    en = "The run is {state}; its report is not there yet."


class RetentionPrintMissing(Refused):
    """A report is printed by a job after it was signed."""

    code = "RETENTION_PRINT_MISSING"
    zh = "该报告的 PDF 正在生成，请稍后再试；JSON 报告已可下载。"
    en = "The PDF of this report is being made, try again in a moment; the JSON is there."


async def finish(actor: Actor, run: RetentionRun, *, storage: Storage, vault: KeyVault) -> None:
    """Sign the report of a run that has nothing left to do, keep it, close the run, and have the report printed."""
    from plumb_platform.documents.anchors import make_anchor

    key = await active_signing_key(actor)
    if key is None:
        raise RetentionKeyMissing
    run.finished_at = now()
    said = await _said(actor, run)
    content = make_anchor(said, stored_key(key), company_id=str(actor.tenant_id), vault=vault)
    run.report_key = await storage.put(actor.tenant_id, "reports", content, suffix="json")
    run.report_sha256, run.state, run.version = sha256_hex(content), RunState.DONE.value, run.version + 1
    await run.save(update_fields=["finished_at", "report_key", "report_sha256", "state", "version"])
    after = {"report_sha256": run.report_sha256, "counts": said["counts"]}
    await record(actor, "retention.finish", "retention_run", run.id, after=after)
    await enqueue(actor, PRINT_TOPIC, {"run_id": str(run.id)}, dedupe_key=str(run.id))


async def download_report(actor: Actor, run_id: UUID, storage: Storage) -> tuple[bytes, str]:
    """Return the report of a run and its SHA-256, and leave an audit entry; raises RETENTION_REPORT_MISSING."""
    run = await _reported(actor, run_id)
    content = await storage.get(run.report_key or "")
    await record(actor, "retention.download", "retention_run", run.id, after={"report_sha256": run.report_sha256})
    return content, run.report_sha256 or ""


async def download_print(actor: Actor, run_id: UUID, storage: Storage, *, locale: Locale) -> tuple[bytes, str]:
    """Return the PDF of a report in a language and its SHA-256, and leave an audit entry; raises RETENTION_PRINT_MISSING."""
    run = await _reported(actor, run_id)
    made = await _printed(run, locale)
    content = await storage.get(made.file_key)
    await record(actor, "retention.download", "retention_run", run.id, after={"locale": locale, "sha256": made.sha256})
    return content, made.sha256


async def report_link(actor: Actor, *, run_id: UUID, locale: Locale | None = None) -> Link:
    """Return a link by which the actor may fetch a report for some minutes; the access is checked again when they do.

    With a language it is for the PDF, which has to be there: raises RETENTION_PRINT_MISSING.
    """
    run = await _reported(actor, run_id)
    if locale:
        await _printed(run, locale)
    return new_link(actor, act=Permission.RETENTION_READ.value, object_id=run.id)


async def _reported(actor: Actor, run_id: UUID) -> RetentionRun:
    await require(actor, Permission.RETENTION_READ)
    run = await RetentionRun.get_or_none(id=run_id)
    if run is None:
        raise NotFound(field="runId")
    for name in ("personId", "confirmedAt", "finishedAt", "reportSha256"):
        await refuse_hidden_on(actor, RUN, run.id, name)
    if run.report_key is None:
        raise RetentionReportMissing(field="runId", state=RunState(run.state))
    return run


async def _printed(run: RetentionRun, locale: Locale) -> RetentionPrint:
    made = await RetentionPrint.get_or_none(run_id=run.id, locale=locale)
    if made is None:
        raise RetentionPrintMissing(field="runId")
    return made


async def _said(actor: Actor, run: RetentionRun) -> dict[str, Any]:
    company, head = await get_company(actor), await AuditHead.get(tenant_id=actor.tenant_id)
    terms = {Category(name): months for name, months in run.said["terms"].items()}
    destroyed = [_item(each) for each in await RetentionItem.filter(run_id=run.id).order_by("id")]
    kept = [_kept(line) for line in await lines(await frame_of(actor, run.person_id), terms)]
    return {
        "schema": SCHEMA,
        "company": {"key": company.key, "name": company.name},
        "made_at": run.finished_at,
        "run": {
            "id": run.id,
            "kind": run.kind,
            "person_id": run.person_id,
            "requested_at": run.created_at,
            "requested_by": run.requested_by,
            "confirmed_at": run.confirmed_at,
            "confirmed_by": run.confirmed_by,
            "stopped": run.said.get("stopped"),
        },
        "rules": {name: said for name, said in run.said.items() if name != "stopped"},
        "counts": _counts(destroyed),
        "destroyed": destroyed,
        "kept": kept,
        "remains": [_stays(each) for each in await remaining(run.person_id)],
        "audit": {"number": head.number, "hash": head.hash},
    }


def _item(item: RetentionItem) -> dict[str, Any]:
    return {
        "category": item.category,
        "object_type": item.object_type,
        "object_id": item.object_id,
        "what": "ROW" if item.file_key is None else "FILE",
        "event_on": item.event_on,
        "months": item.months,
        "sha256": item.sha256,
        "size": item.size,
        "outcome": item.outcome,
        "destroyed_at": item.destroyed_at,
    }


def _counts(destroyed: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for each in destroyed:
        of = counts.setdefault(each["category"], {"rows": 0, "files": 0, "bytes": 0, "shared": 0, "held": 0})
        if each["outcome"] in _STAYED:
            of[_STAYED[each["outcome"]]] += 1
        elif each["what"] == "ROW":
            of["rows"] += 1
        else:
            of["files"] += 1
            of["bytes"] += each["size"] or 0
    return counts


def _kept(line: Line) -> dict[str, Any]:
    return {
        "category": line.category.value,
        "count": line.total,
        "held": line.held,
        "undated": line.undated,
        "months": line.months,
        "next_on": line.next_on,
        "basis_zh": line.floor.zh,
        "basis_en": line.floor.en,
    }


def _stays(sort: Remains) -> dict[str, Any]:
    return {
        "what": sort.what,
        "name_zh": sort.zh,
        "name_en": sort.en,
        "count": sort.count,
        "basis_zh": sort.ground[0],
        "basis_en": sort.ground[1],
        "until_zh": sort.until[0],
        "until_en": sort.until[1],
    }
