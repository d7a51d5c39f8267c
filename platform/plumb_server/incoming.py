"""Reading a GraphQL request: bounded in bytes, time, number and depth, before anything is made of it."""

import asyncio
import re
from collections.abc import Coroutine, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, Protocol

import orjson

from plumb_platform.errors import Locale
from plumb_platform.texts import as_seen, may_turn, refuse_turned, values_as_seen
from plumb_schema.ground.engine import Operation
from plumb_schema.ground.limits import Limits, ListTooLong, TooComplex, TooDeep
from plumb_server.problems import BatchRefused, BodyTooLarge, BodyTooSlow, MediaTypeInvalid, RequestInvalid
from plumb_server.waiting import until

BODY_SECONDS = 30
LONGEST_PLACE = 200
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
_IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,100}", re.ASCII)
# In JSON, or in a GraphQL text inside of JSON: PostgreSQL keeps no text that holds it.
_ZERO_CHARACTER = re.compile(rb"\\u(?:0000|\{0+\})")
_MARKS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{,]', re.DOTALL)


class Body(Protocol):
    """What a body is read from."""

    headers: dict[str, str]

    def next_part(self) -> Coroutine[Any, Any, tuple[bytes, bool]]:
        """Return the next part and whether more follow."""
        ...


async def read_body(asked: Body, limit: int) -> bytes:
    """Return the body; raises BodyTooLarge before more than `limit` bytes are held, and BodyTooSlow."""
    declared = asked.headers.get("content-length", "0")
    if not declared.isdecimal() or len(declared) > 15 or int(declared) > limit:
        raise BodyTooLarge(limit=limit)
    deadline = asyncio.get_running_loop().time() + BODY_SECONDS
    parts: list[bytes] = []
    length, more = 0, True
    while more:
        try:
            part, more = await until(deadline, asked.next_part())
        except TimeoutError:
            raise BodyTooSlow(seconds=BODY_SECONDS) from None
        length += len(part)
        if length > limit:
            raise BodyTooLarge(limit=limit)
        parts.append(part)
    return b"".join(parts) if len(parts) > 1 else parts[0]


def require_json(headers: Mapping[str, str]) -> None:
    """Raise MediaTypeInvalid unless the body is said to be JSON."""
    given = headers.get("content-type", "")
    if given != "application/json" and given.partition(";")[0].strip().lower() != "application/json":
        raise MediaTypeInvalid


def read_operation(body: bytes, limits: Limits) -> Operation:
    """Return the operation in a body; raises RequestInvalid, BatchRefused, TooComplex, TooDeep, ListTooLong, TextTurned."""
    opened, commas = _refuse_crowded(body, limits.body_marks)
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
    _refuse_nested(variables, opened, commas, limits)
    if may_turn(body):
        refuse_turned(query, place="query")
        refuse_turned(variables, place="variables")
    if not body.isascii() or b"\\u" in body:
        query, variables = as_seen(query), values_as_seen(variables)
    return Operation(query, variables, name or None)


def body_of(query: Mapping[str, str]) -> bytes:
    """Return the body that says what the parameters of a URL say, so that it is read as any other; variables are JSON there."""
    members = [b'"query":' + orjson.dumps(query.get("query", ""))]
    members += [b'"variables":' + query["variables"].encode()] if query.get("variables") else []
    members += [b'"operationName":' + orjson.dumps(query["operationName"])] if query.get("operationName") else []
    return b"{" + b",".join(members) + b"}"


def request_id_of(headers: Mapping[str, str]) -> str:
    """Return the caller's request id when it is a plain word, empty when there is none."""
    given = headers.get("x-request-id", "")
    return given if given and _REQUEST_ID.fullmatch(given) else ""


def locale_of(headers: Mapping[str, str]) -> Locale:
    """Return the first language of Accept-Language that we speak; zh-CN when it names none."""
    given = headers.get("accept-language")
    return _first_spoken(given[:200]) if given else "zh-CN"


@lru_cache(maxsize=256)
def _first_spoken(languages: str) -> Locale:
    for part in languages.split(","):
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


def _refuse_crowded(body: bytes, most: int) -> tuple[int, int]:
    """Return how many brackets open in a body and how many commas are in it, those within texts counted too."""
    opened, commas = body.count(b"[") + body.count(b"{"), body.count(b",")
    # Millions of empty lists cost the parser a second; commas inside a text (a CSV file) cost nothing and are skipped.
    if opened + commas > most and next(islice(_MARKS.finditer(body), most, None), None) is not None:
        raise TooComplex(what="values", limit=most, field="variables")
    return opened, commas


def _refuse_nested(variables: dict[str, Any], opened: int, commas: int, limits: Limits) -> None:
    # Few brackets and commas make nothing that is too deep or too long, wherever they stand.
    if opened > limits.variable_depth or commas >= limits.list_items:
        _refuse_deep(variables, limits.variable_depth)
        _refuse_long(variables, limits.list_items)


def _refuse_long(variables: dict[str, Any], most: int) -> None:
    waiting: list[tuple[str, Any]] = [("variables", variables)]
    for place, value in waiting:
        if isinstance(value, list) and len(value) > most:
            raise ListTooLong(field=place, place=place, found=len(value), limit=most)
        inner = enumerate(value) if isinstance(value, list) else value.items()
        name = "{}[{}]" if isinstance(value, list) else "{}.{}"
        # Cut at once: a long key above thousands of lists would be copied for each of them.
        waiting += [
            (name.format(place, f"{key!s:.{LONGEST_PLACE}}")[:LONGEST_PLACE], each)
            for key, each in inner
            if isinstance(each, dict | list)
        ]


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
