"""Reading a GraphQL request: bounded in bytes, time, number and depth, before anything is made of it."""

import asyncio
import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

import orjson
from starlette.requests import Request

from plumb_platform.errors import Locale
from plumb_platform.ids import uuid7
from plumb_schema.ground.engine import Operation
from plumb_schema.ground.limits import Limits, TooComplex, TooDeep
from plumb_server.problems import BatchRefused, BodyTooLarge, BodyTooSlow, MediaTypeInvalid, RequestInvalid

BODY_SECONDS = 30
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
_IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,100}", re.ASCII)
# In JSON, or in a GraphQL text inside of JSON: PostgreSQL keeps no text that holds it.
_ZERO_CHARACTER = re.compile(rb"\\u(?:0000|\{0+\})")
_MARKS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{,]', re.DOTALL)


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body; raises BodyTooLarge before more than `limit` bytes are held, and BodyTooSlow."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or len(declared) > 15 or int(declared) > limit:
        raise BodyTooLarge(limit=limit)
    parts: list[bytes] = []
    length = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                length += len(part)
                if length > limit:
                    raise BodyTooLarge(limit=limit)
                parts.append(part)
    except TimeoutError:
        raise BodyTooSlow(seconds=BODY_SECONDS) from None
    return b"".join(parts)


def require_json(request: Request) -> None:
    """Raise MediaTypeInvalid unless the body is said to be JSON."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise MediaTypeInvalid


def read_operation(body: bytes, limits: Limits) -> Operation:
    """Return the operation in a body; raises RequestInvalid, BatchRefused, TooComplex or TooDeep."""
    _refuse_crowded(body, limits.body_marks)
    if _ZERO_CHARACTER.search(body):
        raise RequestInvalid(what_zh="文本中不能含有空字符 U+0000", what_en="a text holds the character U+0000")
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        place = f"{error.msg} (line {error.lineno})"
        raise RequestInvalid(what_zh=f"不是有效的 JSON：{place}", what_en=f"JSON, {place}") from None
    if isinstance(request, list):
        raise BatchRefused
    if not isinstance(request, dict):
        raise RequestInvalid(what_zh="须为 JSON 对象", what_en="a JSON object is expected")
    query, variables, name = request.get("query"), request.get("variables") or {}, request.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise RequestInvalid(what_zh="query 须为文本", what_en="query must be a text", field="query")
    if not isinstance(variables, dict):
        raise RequestInvalid(what_zh="variables 须为对象", what_en="variables must be an object", field="variables")
    if name is not None and not isinstance(name, str):
        raise RequestInvalid(what_zh="operationName 须为文本", what_en="operationName must be a text", field="operationName")
    _refuse_deep(variables, limits.variable_depth)
    return Operation(query, variables, name or None)


def request_id_of(headers: Mapping[str, str]) -> str:
    """Return the caller's request id when it is a plain word, else a new one."""
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else str(uuid7())


def locale_of(headers: Mapping[str, str]) -> Locale:
    """Return the first language of Accept-Language that we speak; zh-CN when it names none."""
    for part in headers.get("accept-language", "")[:200].split(","):
        language = part.partition(";")[0].strip().lower()
        if language.startswith(("zh", "en")):
            return "zh-CN" if language.startswith("zh") else "en"
    return "zh-CN"


def idempotency_key_of(headers: Mapping[str, str]) -> str:
    """Return the caller's idempotency key, empty when there is none; raises RequestInvalid for an unfit one."""
    given = headers.get("idempotency-key", "")
    if given and not _IDEMPOTENCY_KEY.fullmatch(given):
        allowed = "1 to 100 printable ASCII characters"
        raise RequestInvalid(
            what_zh="Idempotency-Key 须为 1 到 100 个可见 ASCII 字符", what_en=f"Idempotency-Key must be {allowed}"
        )
    return given


def _refuse_crowded(body: bytes, most: int) -> None:
    # Millions of empty lists cost the parser a second; commas inside a text (a CSV file) cost nothing and are skipped.
    if body.count(b"[") + body.count(b"{") + body.count(b",") <= most:
        return
    if next(islice(_MARKS.finditer(body), most, None), None) is not None:
        raise TooComplex(what="values", limit=most)


def _refuse_deep(value: dict[str, Any], deepest: int) -> None:
    level: list[Any] = [value]
    for _ in range(deepest):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise TooDeep(limit=deepest, field="variables")
