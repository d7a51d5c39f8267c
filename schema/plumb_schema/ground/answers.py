"""Answers: data and errors as the client gets them; what was not expected is masked and logged."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from graphql import GraphQLError

from plumb_platform.errors import DomainError, Locale, RateLimited

from .context import Context
from .executor import is_unexpected

log = structlog.get_logger(__name__)

INTERNAL = {
    "zh-CN": "系统内部错误,请联系管理员并提供请求编号 {request_id}。",
    "en": "Internal error; please give the administrator the request id {request_id}.",
}


@dataclass(slots=True)
class Answer:
    """What one request is answered with, before it is written as bytes."""

    body: dict[str, Any]
    status: int = 200
    cost: int = 0
    headers: dict[str, str] = field(default_factory=dict)


def refusal(error: DomainError, locale: Locale, status: int, *, request_id: str = "") -> Answer:
    """Return the answer of a request that was refused as a whole."""
    entry = domain_entry(error, locale)
    entry["extensions"]["requestId"] = request_id
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, RateLimited) else {}
    return Answer({"errors": [entry]}, status, headers=headers)


def domain_entry(error: DomainError, locale: Locale) -> dict[str, Any]:
    """Return the GraphQL error of an expected refusal."""
    extensions = {"code": error.code} | ({"field": error.field} if error.field else {})
    return {"message": error.text(locale), "extensions": extensions}


def entries(errors: Sequence[GraphQLError], context: Context) -> list[dict[str, Any]]:
    """Return the errors of an execution or a validation in the caller's language."""
    return [_placed(_entry(error, context), error) for error in errors]


def internal_entry(error: BaseException, context: Context, path: object = None) -> dict[str, Any]:
    """Log an unexpected error with its traceback and return what the caller may know of it."""
    log.error("unexpected error in a request", request_id=context.request_id, path=path, exc_info=error)
    message = INTERNAL[context.locale].format(request_id=context.request_id)
    return {"message": message, "extensions": {"code": "INTERNAL", "requestId": context.request_id}}


def _entry(error: GraphQLError, context: Context) -> dict[str, Any]:
    cause = error.original_error
    if isinstance(cause, DomainError):
        return domain_entry(cause, context.locale)
    if is_unexpected(error) and cause is not None:
        return internal_entry(cause, context, error.path)
    return {"message": error.message, "extensions": {"code": "GRAPHQL_INVALID"}}


def _placed(entry: dict[str, Any], error: GraphQLError) -> dict[str, Any]:
    if error.locations:
        entry["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        entry["path"] = error.path
    return entry
