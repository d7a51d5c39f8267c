"""Answers: data and errors as the client gets them; what was not expected is masked and logged."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from graphql import GraphQLError, GraphQLSchema
from plumb_platform.database.bounds import bound_passed
from plumb_platform.errors import DomainError, Locale, RateLimited, Unavailable
from plumb_platform.observability import tell_failure
from plumb_platform.outages import causes, is_away, state_of
from plumb_platform.texts import LONGEST_PLACE
from plumb_schema.ground.choices import choices_of
from plumb_schema.ground.context import Context
from plumb_schema.ground.executor import is_unexpected
from plumb_schema.ground.in_chinese import field_of, in_chinese
from plumb_schema.ground.limits import DocumentRefused

log = logging.getLogger(__name__)

INTERNAL = {
    "zh-CN": "系统内部错误，请联系管理员并提供请求编号 {request_id}。",
    "en": "Internal error; please give the administrator the request id {request_id}.",
}

UNAVAILABLE = {
    "zh-CN": "服务暂时不可用，请稍后重试（请求编号 {request_id}）。",
    "en": "The service is not available at the moment; try again soon (request id {request_id}).",
}
UNAVAILABLE_CODE = "UNAVAILABLE"
LONGEST_MESSAGE = 500
"""A message that quotes the document may not carry all of it back."""


class Answer:
    """What one request is answered with: a body that is still to be written, or bytes as PostgreSQL made them."""

    __slots__ = ("_body", "_raw", "cost", "headers", "status", "tag")

    def __init__(
        self,
        body: dict[str, Any] | None = None,
        status: int = 200,
        cost: int = 0,
        headers: dict[str, str] | None = None,
        *,
        raw: bytes | None = None,
        tag: Callable[[], str] | None = None,
    ) -> None:
        self._body, self._raw = body, raw
        self.status, self.cost, self.headers, self.tag = status, cost, headers or {}, tag

    @property
    def body(self) -> dict[str, Any]:
        """Return the body as values."""
        if self._body is None:
            self._body = orjson.loads(self._raw or b"{}")
        return self._body

    @property
    def data(self) -> bytes:
        """Return the body as bytes."""
        return self._raw if self._raw is not None else orjson.dumps(self._body)


def refusal(
    error: DomainError, locale: Locale, status: int, *, request_id: str = "", headers: dict[str, str] | None = None
) -> Answer:
    """Return the answer of a request that was refused as a whole."""
    entry = domain_entry(error, locale)
    entry["extensions"]["requestId"] = request_id
    waits = {"Retry-After": str(error.retry_after)} if isinstance(error, RateLimited) else {}
    return Answer({"errors": [entry]}, status, headers={**waits, **(headers or {})})


def domain_entry(error: DomainError, locale: Locale) -> dict[str, Any]:
    """Return the GraphQL error of an expected refusal."""
    extensions = {"code": error.code} | ({"field": error.field} if error.field else {})
    entry: dict[str, Any] = {"message": error.text(locale), "extensions": extensions}
    if isinstance(error, DocumentRefused) and error.at is not None:
        entry["locations"] = [{"line": error.at.line, "column": error.at.column}]
    return entry


def entries(errors: Sequence[GraphQLError], context: Context, schema: GraphQLSchema) -> list[dict[str, Any]]:
    """Return the errors of an execution or a validation in the caller's language."""
    return [_placed(_entry(error, context, schema), error) for error in errors]


def internal_entry(error: BaseException, context: Context, path: object = None) -> dict[str, Any]:
    """Log an unexpected error with its traceback and return what the caller may know of it.

    A bound of time that was passed and an outage are told as what they are; the log has them without a traceback.
    """
    passed, known = bound_passed(error), {"request_id": context.request_id, "path": path}
    if passed is not None:
        log.warning("a bound of time was passed", extra=known | {"code": passed.code})
        context.outages += isinstance(passed, Unavailable)
        told = domain_entry(passed, context.locale)
        return told | {"extensions": told["extensions"] | {"requestId": context.request_id}}
    tell_failure(log, "a request could not be answered", error, known)
    context.ground.on_unexpected(error)
    text, code = (UNAVAILABLE, UNAVAILABLE_CODE) if is_outage(error) else (INTERNAL, "INTERNAL")
    message = text[context.locale].format(request_id=context.request_id)
    return {"message": message, "extensions": {"code": code, "requestId": context.request_id}}


def failure(error: Exception, context: Context, cost: int = 0) -> Answer:
    """Return the answer of a request that failed as a whole: 503 when something that we stand on is away, else 500."""
    entry, passed = internal_entry(error, context), bound_passed(error)
    if entry["extensions"]["code"] == UNAVAILABLE_CODE or isinstance(passed, Unavailable):
        return Answer({"errors": [entry]}, 503, cost, {"Retry-After": "2"})
    return Answer({"errors": [entry]}, 500 if passed is None else 400, cost)


def is_outage(error: BaseException | None) -> bool:
    """Return whether an error, or what caused it, may have passed when the same is asked again.

    Wider than `is_away`, by which a job is tried for a day: whoever asked decides themselves how often they ask again. So here
    belong limits of time that passed, whatever the system refused, and SQLSTATE classes 40 (undone for the sake of others) and
    57 (stopped by an operator).
    """
    return is_away(error) or any(isinstance(each, OSError) or state_of(each)[:2] in ("40", "57") for each in causes(error))


def _entry(error: GraphQLError, context: Context, schema: GraphQLSchema) -> dict[str, Any]:
    cause = error.original_error
    if isinstance(cause, DomainError):
        return domain_entry(cause, context.locale)
    if is_unexpected(error) and cause is not None:
        return internal_entry(cause, context, error.path)
    message, choices = choices_of(error.message, schema, context.locale)
    said = f"请求与接口不符：{in_chinese(message)}" if context.locale == "zh-CN" else message
    field = field_of(error.message)
    return {
        "message": said[: LONGEST_MESSAGE - len(choices)] + choices,
        "extensions": {"code": "GRAPHQL_INVALID"} | ({"field": field[:LONGEST_PLACE]} if field else {}),
    }


def _placed(entry: dict[str, Any], error: GraphQLError) -> dict[str, Any]:
    if error.locations:
        entry["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        entry["path"] = error.path
    return entry
