"""Problems: the domain errors as GraphQL types, in the caller's language."""

from typing import Any

import strawberry

from plumb_platform import errors
from plumb_platform.errors import DomainError, Locale
from plumb_schema.ground.permission import public_type


@strawberry.interface(description="被拒绝的原因 / An expected refusal; nothing was changed.")
class Problem:
    code: str
    message: str
    field: str | None = None

    @classmethod
    def is_type_of(cls, value: object, _: object) -> bool:
        # Without this, strawberry takes any Problem for any other, since all share the interface.
        return type(value) is cls


@public_type(description="输入有误 / A value of the input is wrong; `field` is its path.")
class InvalidInputProblem(Problem):
    pass


@public_type(description="不存在或无权查看 / The object is not there, or the caller may not see it.")
class NotFoundProblem(Problem):
    pass


@public_type(description="已被他人修改 / Somebody else was faster; `currentVersion` is what stands now.")
class ConflictProblem(Problem):
    current_version: int


@public_type(description="业务规则不允许 / A rule of the business forbids it now.")
class RefusedProblem(Problem):
    pass


@public_type(description="没有权限 / The caller's roles carry no grant for it.")
class ForbiddenProblem(Problem):
    pass


@public_type(description="尚未登录 / Nobody is signed in.")
class UnauthenticatedProblem(Problem):
    pass


@public_type(description="过于频繁 / Too often; `retryAfter` is in seconds.")
class RateLimitedProblem(Problem):
    retry_after: int


@public_type(description="单项被拒绝的原因 / What was wrong with one item of many; the others were not touched by it.")
class ItemProblem(Problem):
    pass


Problems = (
    InvalidInputProblem
    | NotFoundProblem
    | ConflictProblem
    | RefusedProblem
    | ForbiddenProblem
    | UnauthenticatedProblem
    | RateLimitedProblem
)
"""What a mutation (`mutations.py`) may answer in place of what it changed."""

KINDS: tuple[tuple[type[DomainError], type[Problem]], ...] = (
    (errors.InvalidInput, InvalidInputProblem),
    (errors.NotFound, NotFoundProblem),
    (errors.Conflict, ConflictProblem),
    (errors.Refused, RefusedProblem),
    (errors.Forbidden, ForbiddenProblem),
    (errors.Unauthenticated, UnauthenticatedProblem),
    (errors.RateLimited, RateLimitedProblem),
)


def problem_of(error: DomainError, locale: Locale) -> Problem:
    """Return the Problem that an error becomes; an error of no known kind is a plain refusal."""
    kind = next((problem for cause, problem in KINDS if isinstance(error, cause)), RefusedProblem)
    text: dict[str, Any] = {"code": error.code, "message": error.text(locale), "field": error.field}
    if isinstance(error, errors.Conflict):
        return ConflictProblem(**text, current_version=error.current_version)
    if isinstance(error, errors.RateLimited):
        return RateLimitedProblem(**text, retry_after=error.retry_after)
    return kind(**text)


def item_problem(error: DomainError, locale: Locale, *, field: str | None = None) -> ItemProblem:
    """Return what was wrong with one item of a bulk input; `field` is its path (`rows[3].grade`)."""
    return ItemProblem(code=error.code, message=error.text(locale), field=field or error.field)
