"""Letters over plain HTTP: the download behind an access check, and the verify page that anybody may open."""

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from plumb_platform.actor import Actor
from plumb_platform.documents.key_vault import vault_of
from plumb_platform.documents.timestamp_servers import timestamp_servers_of
from plumb_platform.errors import Locale
from plumb_platform.identity.links import Link
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.settings import COPIES, Settings
from plumb_schema.ground.ids import decode_id
from plumb_schema.letters.types import original_path
from plumb_server.app import Resources
from plumb_server.downloads import answered, attachment, if_changed, linked
from plumb_server.incoming import BODY_SECONDS
from plumb_server.pages import other_locale, page, page_locale, stylesheet
from plumb_tenants.letters.service import (
    LONGEST_FILE,
    KeptLists,
    LetterFile,
    LetterVerification,
    download_letter,
    revocation_list,
    verify_by_code,
    verify_upload,
)
from plumb_tenants.letters.signers import LABELS

LINK_SECONDS = 60
"""How long a store's own address of a file is good."""
PAGE_ZONE = ZoneInfo("Asia/Shanghai")
UNTIL = {"zh-CN": " 至 ", "en": " to "}
PROBLEMS = {
    "zh-CN": {
        "size": "文件超过 4 MB，请上传系统下载的原始 PDF。",
        "file": "请选择一个 PDF 文件。",
        "length": "请求没有 Content-Length，请用浏览器上传或注明长度。",
    },
    "en": {
        "size": "The file is larger than 4 MB; upload the PDF as it was downloaded.",
        "file": "Choose a PDF file.",
        "length": "The request has no Content-Length; upload with a browser, or say how long the file is.",
    },
}
STATUS = {"length": 411}


def letter_routes(settings: Settings) -> list[BaseRoute]:
    """Return the routes of letters."""
    verify, downloads = VerifyPage(settings), Downloads(settings)
    return [
        Route("/letters/{letter_id}/file", answered(downloads.download), methods=["GET"]),
        Route("/letters/revocations.json", answered(Revocations(settings).download), methods=["GET"]),
        Route("/letters/by-link", linked(settings, downloads.linked), methods=["GET"]),
        Route("/verify", verify.show, methods=["GET"]),
        Route("/verify", verify.check, methods=["POST"]),
        Route("/static/verify.css", stylesheet("verify.css"), methods=["GET"]),
    ]


class Downloads:
    """The sealed PDF of a letter, or a marked copy of it."""

    def __init__(self, settings: Settings) -> None:
        self._copy_key = settings.derived_keys(COPIES)[0]

    async def download(self, request: Request, actor: Actor, resources: Resources) -> Response:
        """Answer the file to somebody who may have it, with an audit entry."""
        letter_id = decode_id(request.path_params["letter_id"], "Letter", field="letterId")
        original = request.query_params.get("original") == "1"
        return file_answer(await self._file(actor, letter_id, resources, original=original))

    async def linked(self, _: Request, link: Link, actor: Actor, resources: Resources) -> Response:
        """Answer the file; checked and noted here, the bytes themselves may come from the store."""
        letter = await self._file(actor, link.object_id, resources, original=link.original)
        place = await resources.storage.link(letter.file_key, seconds=LINK_SECONDS) if letter.file_key else None
        return RedirectResponse(place, 302) if place else file_answer(letter)

    async def _file(self, actor: Actor, letter_id: UUID, resources: Resources, *, original: bool) -> LetterFile:
        return await download_letter(actor, letter_id, resources.storage, copy_key=self._copy_key, original=original)


class Revocations:
    """The signed list of revoked letters, for whoever checks letters without the server."""

    def __init__(self, settings: Settings) -> None:
        self._vault, self._kept = vault_of(settings), KeptLists()

    async def download(self, request: Request, actor: Actor, _: Resources) -> Response:
        """Answer the list, or that whoever asks has it already."""
        content = await revocation_list(actor, vault=self._vault, kept=self._kept)
        found = attachment(content, "revocations.json", "application/json", sha256=sha256_hex(content))
        return if_changed(request, found)


def file_answer(letter: LetterFile) -> Response:
    """Return a letter as an attachment."""
    return attachment(letter.content, letter.filename, "application/pdf", sha256=letter.sha256)


class VerifyPage:
    """The public page that says whether a letter is genuine: by its code or by the file itself."""

    def __init__(self, settings: Settings) -> None:
        self._timestamp_roots, self._copy_keys = timestamp_servers_of(settings).roots, settings.derived_keys(COPIES)

    async def show(self, request: Request) -> Response:
        """Answer the page, with the state of the letter when the address names a code."""
        typed = request.query_params.get("code", "")[:80].strip()
        # What cannot be seen was not typed from paper, and could turn the page around that shows it.
        code = "".join(filter(str.isprintable, typed))
        resources: Resources = request.state.resources
        found = await verify_by_code(code, resources.storage, self._timestamp_roots) if typed else None
        return self._page(request, found, code=code or None)

    async def check(self, request: Request) -> Response:
        """Answer the page with what was found out about the uploaded file."""
        content, problem = await _uploaded(request)
        storage = request.state.resources.storage
        found = await verify_upload(content, self._timestamp_roots, storage, self._copy_keys) if content is not None else None
        return self._page(request, found, problem=problem, status=STATUS.get(problem, 400) if problem else 200)

    def _page(
        self,
        request: Request,
        found: LetterVerification | None,
        *,
        code: str | None = None,
        problem: str | None = None,
        status: int = 200,
    ) -> Response:
        locale = page_locale(request)
        query = {"lang": other_locale(locale)} | ({"code": code} if code else {})
        data = page_data(found, locale) | {
            "code": code,
            "problem": PROBLEMS[locale][problem] if problem else None,
            "urls": {
                "verify": "/verify",
                "check": f"/verify?{urlencode({'lang': locale})}",
                "style": "/static/verify.css",
                "other_locale": f"/verify?{urlencode(query)}",
            },
        }
        return page("verify.html", data, status)


def page_data(found: LetterVerification | None, locale: Locale) -> dict[str, Any]:
    """Return what the template sees of a verification; an unknown letter shows nothing but that, a destroyed one its day."""
    known = found is not None and found.status != "UNKNOWN"
    facts = asdict(found) if found is not None and known and found.number is not None else None
    return {
        "locale": locale,
        "status": found.status if found else None,
        "letter": facts
        and {k: facts[k] for k in ("number", "company", "employee", "superseded_by")}
        | {
            "sealed_at": _moment(facts["sealed_at"]),
            "revoked_at": _moment(facts["revoked_at"]),
            "period": UNTIL[locale].join(map(str, (facts["starts_on"], facts["ends_on"]))),
        },
        "signers": [
            {"name": each["name"], "role": LABELS[locale][each["role"]], "signed_at": _moment(each["signed_at"])}
            for each in (facts["signers"] if facts else ())
        ],
        "seal": facts
        and {
            "signer": facts["company"],
            "serial": facts["certificate_serial"],
            "signed_at": _moment(facts["sealed_at"]),
            "level": facts["seal_level"],
            "stamped_at": _moment(facts["stamped_at"]),
            "stamped_by": facts["stamped_by"],
        },
        "hint": _hint(found),
        "destroyed_on": found and found.destroyed_on and str(found.destroyed_on),
        "hashes": _hashes(found),
        "upload_limit": "4 MB",
    }


def _hint(found: LetterVerification | None) -> dict[str, str | None] | None:
    if found is None or found.hint is None or found.letter_id is None:
        return None
    return {"kind": found.hint.value, "original": original_path(found.letter_id), "newest": found.newest_sha256}


def _hashes(found: LetterVerification | None) -> dict[str, str | None] | None:
    if found is None or found.expected_sha256 is None:
        return None
    return {"expected": found.expected_sha256, "actual": found.found_sha256}


async def _uploaded(request: Request) -> tuple[bytes | None, str | None]:
    declared = request.headers.get("content-length", "")
    if not declared:
        return None, "length"
    if int(declared) > LONGEST_FILE + 64 * 1024:
        return None, "size"
    try:
        async with asyncio.timeout(BODY_SECONDS), request.form(max_files=1, max_fields=4) as form:
            upload = form.get("file")
            if upload is None or isinstance(upload, str) or not upload.size:
                return None, "file"
            content = await upload.read()
    except (HTTPException, TimeoutError):
        # HTTPException is Starlette's word for a torn form inside an application.
        return None, "file"
    return (content, None) if len(content) <= LONGEST_FILE else (None, "size")


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(PAGE_ZONE).strftime("%Y-%m-%d %H:%M:%S %z") if moment else None
