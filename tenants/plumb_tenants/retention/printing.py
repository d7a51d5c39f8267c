"""The report of a run on paper: set from the signed bytes alone, sealed by the company's key, once in each language."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.documents.attachments import Attachment
from plumb_platform.documents.key_vault import KeyVault
from plumb_platform.documents.renderer import Renderer
from plumb_platform.errors import Locale
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.storage import Storage
from plumb_platform.stored_files import store_file
from plumb_tenants.company.service import active_signing_key, get_company, stored_key
from plumb_tenants.retention.models import RetentionPrint, RetentionRun
from plumb_tenants.retention.reporting import RetentionKeyMissing
from plumb_tenants.retention.rules import Category
from plumb_tenants.retention.stopping import Stop
from plumb_tenants.retention.wording import WORDS

if TYPE_CHECKING:
    from plumb_platform.documents.report_print import ReportDocument, ReportSection

LOCALES: tuple[Locale, ...] = ("zh-CN", "en")
REPORT_FILE = "retention-report.json"
MOST_SHOWN = 200
"""As many items stand on paper; all of them are in the JSON within."""


async def print_reports(actor: Actor, run_id: UUID, *, renderer: Renderer, storage: Storage, vault: KeyVault) -> int:
    """Make the PDFs of a signed report that are not there yet, and return how many; raises RETENTION_KEY_MISSING."""
    run = await RetentionRun.filter(id=run_id).select_for_update().get()
    zone = (await get_company(actor)).time_zone
    known = {each.locale for each in await RetentionPrint.filter(run_id=run.id)}
    wanted = [locale for locale in LOCALES if locale not in known and run.report_key]
    for locale in wanted:
        report = await storage.get(run.report_key or "")
        document = report_document(report, locale=locale, time_zone=zone)
        content = await _sealed(actor, await _drawn(run, document, report, renderer), run, document.title, vault)
        key, sha256 = await store_file(storage, actor.tenant_id, "reports", content), sha256_hex(content)
        await RetentionPrint.create(run_id=run.id, locale=locale, file_key=key, sha256=sha256, size=len(content))
        await record(actor, "retention.print", "retention_run", run.id, after={"locale": locale, "sha256": sha256})
    return len(wanted)


async def _drawn(run: RetentionRun, document: "ReportDocument", report: bytes, renderer: Renderer) -> bytes:
    from plumb_platform.documents.report_print import print_report

    within = Attachment(name=REPORT_FILE, content=report, title="Plumb report of retention, canonical JSON.")
    identifier, made_at = f"{run.id}{document.locale}".encode(), run.finished_at or run.created_at
    return await print_report(renderer, document, attachments=(within,), identifier=identifier, created=made_at)


async def _sealed(actor: Actor, pdf: bytes, run: RetentionRun, title: str, vault: KeyVault) -> bytes:
    from plumb_platform.documents.seal import OpenedKey, seal_pdf  # pyHanko, which the API does not need

    key = await active_signing_key(actor)
    if key is None:
        raise RetentionKeyMissing
    opened = OpenedKey(stored_key(key), company_id=str(actor.tenant_id), vault=vault)
    signed_at = max(run.finished_at or run.created_at, key.created_at)
    return await seal_pdf(pdf, opened, reason=f"{title} {run.id}", signed_at=signed_at)


def report_document(report: bytes, *, locale: Locale, time_zone: str) -> "ReportDocument":
    """Return what a signed report says, for a reader of one language; times in the company's time zone."""
    from plumb_platform.documents.report_print import ReportDocument

    said, words, zone = json.loads(report)["said"], WORDS[locale], ZoneInfo(time_zone)
    run, audit = said["run"], said["audit"]
    facts = [
        (words["company"], said["company"]["name"]),
        (words["run"], run["id"]),
        (words["person"], run["person_id"]),
        (words["requested"], _moment(run["requested_at"], zone) if run["kind"] == "ERASURE" else None),
        (words["confirmed"], _moment(run["confirmed_at"], zone)),
        (words["stopped"], _stopped(run, locale)),
        (words["made"], _moment(said["made_at"], zone)),
        (words["rules"], said["rules"].get("rules_version") or words["shipped"]),
        (words["head"], f"#{audit['number']}\n{audit['hash']}"),
        (words["digest"], sha256_hex(report)),
    ]
    return ReportDocument(
        locale=locale,
        company=said["company"]["name"],
        title=words["title"],
        subtitle=words[run["kind"]],
        number=run["id"],
        sha256=sha256_hex(report),
        page_of=words["page_of"],
        facts=tuple((name, value) for name, value in facts if value),
        sections=(
            _counts(said, words, locale),
            *_destroyed(said, words, locale),
            _kept(said, words, locale),
            _remains(said, words, locale),
        ),
        notice=words["notice"],
    )


def _counts(said: Mapping[str, Any], words: Mapping[str, str], locale: Locale) -> "ReportSection":
    names = ("rows", "files", "bytes", "shared", "held")
    rows = [
        (
            _named(category, locale),
            str(said["rules"]["terms"].get(category, "")),
            *(f"{counted.get(name, 0):,}" for name in names),
        )
        for category, counted in said["counts"].items()
    ]
    heads = (words["category"], words["months"], *(words[name] for name in names))
    if not rows:
        return _section(words["counts"], words["none"])
    return _section(words["counts"], "", heads, rows, columns=(2.8, 1.1, 1.3, 1.2, 1.9, 1.5, 1.4), right=range(1, 7))


def _destroyed(said: Mapping[str, Any], words: Mapping[str, str], locale: Locale) -> "list[ReportSection]":
    items = said["destroyed"]
    if not items:
        return []
    rows = [
        (
            _named(item["category"], locale),
            f"{item['object_type']}\n{item['object_id']}",
            words[item["what"]],
            item["event_on"] or "",
            "\n".join(digest[place : place + 32] for digest in [item["sha256"] or ""] for place in range(0, len(digest), 32)),
            words[item["outcome"]],
        )
        for item in items[:MOST_SHOWN]
    ]
    heads = tuple(words[name] for name in ("category", "object", "what", "event_on", "sha256", "outcome"))
    intro = words["destroyed_intro"].format(total=f"{len(items):,}", shown=f"{len(rows):,}")
    return [_section(words["destroyed"], intro, heads, rows, columns=(1.5, 3.5, 0.8, 1.3, 3.1, 1.4), size=6.8)]


def _kept(said: Mapping[str, Any], words: Mapping[str, str], locale: Locale) -> "ReportSection":
    basis = f"basis_{locale[:2]}"
    rows = [
        (
            _named(line["category"], locale),
            "" if line["count"] is None else f"{line['count']:,}",
            f"{line['held']:,}",
            f"{line['undated']:,}",
            words["ever"] if line["months"] is None else str(line["months"]),
            line["next_on"] or "",
            line[basis],
        )
        for line in said["kept"]
    ]
    heads = tuple(words[name] for name in ("category", "count", "held", "undated", "months", "next_on", "basis"))
    columns = (2.3, 0.9, 1.1, 1.1, 1.2, 1.5, 4.4)
    return _section(words["kept"], words["kept_intro"], heads, rows, columns=columns, right=range(1, 5), size=7.8)


def _remains(said: Mapping[str, Any], words: Mapping[str, str], locale: Locale) -> "ReportSection":
    name, basis, until = (f"{said_of}_{locale[:2]}" for said_of in ("name", "basis", "until"))
    rows = [
        (each[name], "" if each["count"] is None else f"{each['count']:,}", each[basis], each[until]) for each in said["remains"]
    ]
    heads = (words["what"], words["count"], words["basis"], words["until"])
    return _section(words["remains"], words["remains_intro"], heads, rows, columns=(3, 0.8, 3.4, 2), right=range(1, 2), size=7.8)


def _section(
    title: str,
    intro: str,
    heads: Sequence[str] = (),
    rows: Sequence[Sequence[str]] = (),
    *,
    columns: Sequence[float] = (),
    right: range = range(0),
    size: float = 8.6,
) -> "ReportSection":
    from plumb_platform.documents.report_print import ReportSection

    align = ["right" if place in right else "left" for place in range(len(heads))]
    return ReportSection.model_validate(
        {"title": title, "intro": intro, "heads": heads, "columns": columns, "align": align, "rows": rows, "size": size}
    )


def _named(category: str, locale: Locale) -> str:
    """Return what a category is called on paper: in English its word in letters that a column can break."""
    return Category(category).text(locale) if locale == "zh-CN" else category.replace("_", " ").capitalize()


def _stopped(run: Mapping[str, Any], locale: Locale) -> str | None:
    # Reports of earlier versions say nothing of it.
    stop = run.get("stopped")
    return Stop(stop).text(locale) if stop else None


def _moment(said: str | None, zone: ZoneInfo) -> str | None:
    return datetime.fromisoformat(said).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %z") if said else None
